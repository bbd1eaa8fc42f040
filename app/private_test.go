package app_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"dchat/app/config"
	"dchat/test/harness"
	"dchat/test/services"

	"github.com/stretchr/testify/require"
)

// getPrivate requests a path from the private address.
func getPrivate(t *testing.T, address, path string) (int, string) {
	t.Helper()
	answer, err := http.Get("http://" + address + path)
	require.NoError(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return answer.StatusCode, string(body)
}

// metricValue returns the sum of a metric's samples that have all these labels.
func metricValue(t *testing.T, text, name string, labels ...string) (sum float64) {
	t.Helper()
	found := false
	for line := range strings.Lines(text) {
		rest, ok := strings.CutPrefix(line, name)
		if !ok || rest[0] != '{' && rest[0] != ' ' {
			continue
		}
		fits := true
		for _, label := range labels {
			fits = fits && strings.Contains(rest, label)
		}
		if fits {
			var value float64
			_, err := fmt.Sscan(strings.TrimSpace(rest[strings.LastIndex(rest, " "):]), &value)
			require.NoError(t, err, line)
			sum, found = sum+value, true
		}
	}
	require.True(t, found, "no metric %s %v in\n%s", name, labels, text)
	return sum
}

func TestPrivateAddress(t *testing.T) {
	harness.Empty(t, func(t *testing.T, b *harness.Backend) {
		private := fmt.Sprintf("127.0.0.1:%d", services.FreePort(t))
		n := b.Start(t, func(c *config.Config) { c.MetricsAddr = private })
		anna, bert := n.SignUp(t, "anna"), n.SignUp(t, "bert")
		harness.Connect(t, anna, bert)
		socket := bert.Socket(t, "")
		for range 3 {
			a := anna.Post("/chats/bert/messages", url.Values{"body": {"hello"}}, true)
			require.Equal(t, http.StatusOK, a.Status)
		}
		require.Equal(t, http.StatusNotFound, anna.Get("/chats/nobody", true).Status)
		socket.Await(t, func(all string) bool { return strings.Count(all, ">hello<") >= 3 })

		var text string
		require.Eventually(t, func() bool { // the emails of the sign-ups are jobs
			_, text = getPrivate(t, private, "/metrics")
			return strings.Contains(text, `dchat_job_seconds_count{kind="letter"} 2`) && strings.Contains(text, "dchat_jobs{")
		}, patience, 100*time.Millisecond)
		require.EqualValues(t, 3, metricValue(t, text, "dchat_commit_messages_sum"))
		require.GreaterOrEqual(t, metricValue(t, text, "dchat_delivery_seconds_count", `from="here"`), 3.)
		require.EqualValues(t, 1, metricValue(t, text, "dchat_sockets"))
		require.EqualValues(t, 1, metricValue(t, text, "dchat_people"))
		require.EqualValues(t, 1, metricValue(t, text, "dchat_catchups_total", `reason="opened"`))
		require.GreaterOrEqual(t, metricValue(t, text, "dchat_frames_total"), 3.)
		require.EqualValues(t, 3, metricValue(t, text, "dchat_http_request_seconds_count", `route="/chats/:username/messages"`, `status="2xx"`))
		require.EqualValues(t, 1, metricValue(t, text, "dchat_http_request_seconds_count", `route="/chats/:username"`, `status="4xx"`))
		require.Zero(t, metricValue(t, text, "dchat_db_errors_total"), "nothing failed")
		require.NotContains(t, text, "nobody", "labels name routes, never paths")

		status, body := getPrivate(t, private, "/readyz")
		require.Equal(t, http.StatusOK, status, body)
		status, _ = getPrivate(t, private, "/debug/pprof/heap?debug=1")
		require.Equal(t, http.StatusOK, status)
		for _, path := range []string{"/metrics", "/debug/pprof/"} {
			require.Equal(t, http.StatusNotFound, anna.Get(path, false).Status, "%s is not public", path)
		}
	})
}

// Without Redis a node stays ready, and its metrics show the outage.
func TestReadyWithoutRedis(t *testing.T) {
	b := harness.EmptyPostgres(t)
	private := fmt.Sprintf("127.0.0.1:%d", services.FreePort(t))
	b.Start(t, func(c *config.Config) { c.MetricsAddr = private })
	up := func() float64 {
		_, text := getPrivate(t, private, "/metrics")
		return metricValue(t, text, "dchat_redis_up")
	}
	require.Eventually(t, func() bool { return up() == 1 }, patience, 50*time.Millisecond)
	b.Redis().Stop()
	require.Eventually(t, func() bool { return up() == 0 }, patience, 50*time.Millisecond)
	status, body := getPrivate(t, private, "/readyz")
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, body, "Redis is away")
}
