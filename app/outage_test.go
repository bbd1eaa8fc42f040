package app_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dchat/app/config"
	"dchat/db"
	"dchat/test/harness"
	"dchat/test/services"

	"github.com/stretchr/testify/require"
)

// testUnwritableDatabase checks the answers and the log of a node while its database cannot write, and that it
// recovers.
func testUnwritableDatabase(t *testing.T, b *harness.Backend, fail, mend func()) {
	private := fmt.Sprintf("127.0.0.1:%d", services.FreePort(t))
	n := b.Start(t, func(c *config.Config) { c.MetricsAddr = private })
	anna, bert := n.SignUp(t, "anna"), n.SignUp(t, "bert")
	harness.Connect(t, anna, bert)
	n.Email(t, "anna@example.org", "confirm") // all parts of the node have started
	require.Equal(t, http.StatusOK, send(anna, "bert", "before").Status)

	fail()
	require.Eventually(t, func() bool { return send(anna, "bert", strings.Repeat("long ", 1000)).Status != http.StatusOK }, patience, time.Millisecond)
	for range 20 {
		a := send(anna, "bert", strings.Repeat("long ", 1000))
		require.Equal(t, http.StatusServiceUnavailable, a.Status)
		require.NotEmpty(t, a.Header.Get("Retry-After"))
	}
	awaitReadyz(t, n, http.StatusServiceUnavailable, "the database cannot write")
	require.Contains(t, anna.Get("/chats/bert", false).Body, "before", "reading works")
	require.Equal(t, 1, strings.Count(n.Log(), "the database cannot write; until it does"))
	require.LessOrEqual(t, len(lines(t, n.Log(), "a request failed")), 3, "requests on connections that were closed")
	ended := strings.Count(n.Log(), `"level":"ERROR","msg":"the database does not answer`) // only where the failure closes connections
	require.LessOrEqual(t, ended, 1)
	require.Equal(t, 1+ended, strings.Count(n.Log(), `"level":"ERROR"`))
	count := func(reason string) string {
		_, text := getPrivate(t, private, "/metrics")
		for text := range strings.Lines(text) {
			if value, ok := strings.CutPrefix(text, `dchat_db_errors_total{reason="`+reason+`"} `); ok {
				return value
			}
		}
		return ""
	}
	require.Contains(t, []string{"", "0\n"}, count("other"))
	outages := count("outage")
	require.Eventually(t, func() bool { return count("outage") != outages }, patience, 50*time.Millisecond, "the node probes the database without requests")

	mend()
	require.Eventually(t, func() bool { return send(anna, "bert", "after").Status == http.StatusOK }, patience, 50*time.Millisecond)
	awaitReadyz(t, n, http.StatusOK, "ok")
	require.Len(t, lines(t, n.Log(), "the database answers again"), 1+ended)
}

func TestReadOnlyPostgres(t *testing.T) {
	b := harness.EmptyPostgres(t)
	set := func(value string) func() {
		return func() {
			d, err := db.OpenReading(t.Context(), b.DSN())
			require.NoError(t, err)
			defer d.Close()
			for _, query := range []string{
				"BEGIN; SET TRANSACTION READ WRITE; DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = " + value + "', current_database()); END $$; COMMIT",
				"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE 'dchat%'",
			} {
				_, err := d.Writer().ExecContext(t.Context(), query)
				require.NoError(t, err)
			}
		}
	}
	testUnwritableDatabase(t, b, set("on"), set("off"))
}

func TestSQLiteOnFullDisk(t *testing.T) {
	b := harness.EmptySQLite(t)
	smallDisk(t, b.DataDir())
	filler := filepath.Join(b.DataDir(), "filler")
	testUnwritableDatabase(t, b, func() { fill(t, filler) }, func() { require.NoError(t, os.Remove(filler)) })
}

// fill creates a file that fills its disk.
func fill(t *testing.T, path string) {
	t.Helper()
	file, err := os.Create(path)
	require.NoError(t, err)
	defer file.Close()
	for size := 1 << 20; size > 0; {
		if _, err := file.Write(make([]byte, size)); err != nil {
			size /= 2
		}
	}
}
