package app_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"dchat/app/config"
	"dchat/test/harness"
	"dchat/test/services"

	"github.com/stretchr/testify/require"
)

// awaitReadyz waits until /readyz returns this status and text.
func awaitReadyz(t *testing.T, n *harness.Node, status int, text string) {
	t.Helper()
	var a *harness.Answer
	require.Eventually(t, func() bool { // the result of a probe is kept for a second
		a = n.Stranger().Get("/readyz", false)
		return a.Status == status && a.Body == text+"\n"
	}, patience, 20*time.Millisecond, "/readyz never returns %d %s", status, text)
}

// A node is not ready when an older schema is restored while it runs.
func TestNotReadyWithOldSchema(t *testing.T) {
	harness.Empty(t, func(t *testing.T, b *harness.Backend) {
		n := b.Start(t)
		exec := func(query string) {
			_, err := b.Open(t).Writer().ExecContext(t.Context(), query)
			require.NoError(t, err)
		}
		awaitReadyz(t, n, http.StatusOK, "ok")
		exec("UPDATE goose_db_version SET version_id = version_id - 1 WHERE version_id > 0")
		awaitReadyz(t, n, http.StatusServiceUnavailable, "the database is not as this version needs it")
		exec("UPDATE goose_db_version SET version_id = version_id + 2 WHERE version_id >= 0")
		awaitReadyz(t, n, http.StatusOK, "ok")
		require.Len(t, lines(t, n.Log(), "not ready"), 1)
		require.Len(t, lines(t, n.Log(), "ready again"), 1)
	})
}

// During the drain delay a stopping node reports that it is draining and keeps serving.
func TestDrainDelay(t *testing.T) {
	private := fmt.Sprintf("127.0.0.1:%d", services.FreePort(t))
	n := harness.EmptySQLite(t).Start(t, func(c *config.Config) { c.DrainDelay, c.MetricsAddr = "2s", private })
	anna := n.SignUp(t, "anna")
	n.BeginStop()
	awaitReadyz(t, n, http.StatusServiceUnavailable, "draining")
	require.Equal(t, http.StatusOK, anna.Get("/settings", false).Status)
	socket := anna.Socket(t, "")
	status, body := getPrivate(t, private, "/readyz")
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.Equal(t, "draining\n", body)
	n.AwaitStop()
	require.Equal(t, 1012, socket.AwaitClose(t, time.Second))
}
