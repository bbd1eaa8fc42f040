package app_test

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"dchat/test/harness"
	"dchat/test/services"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// flood opens idle connections from a loopback address.
func flood(t *testing.T, address, from string, connections int) {
	t.Helper()
	dialer := net.Dialer{Timeout: 5 * time.Second, LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	for range connections {
		conn, err := dialer.Dial("tcp", address)
		require.NoError(t, err)
		t.Cleanup(func() { conn.Close() })
	}
}

// A process with few descriptors survives idle connections and keeps serving requests.
func TestConnectionFlood(t *testing.T) {
	harness.Empty(t, func(t *testing.T, b *harness.Backend) {
		private := fmt.Sprintf("127.0.0.1:%d", services.FreePort(t))
		p := b.ExecWithin(t, 256, "DCHAT_METRICS_ADDR="+private)
		anna, bert := p.SignUp(t, "anna"), p.SignUp(t, "bert")
		harness.Connect(t, anna, bert)
		served := func(text string) {
			t.Helper()
			answer := anna.Post("/chats/bert/messages", url.Values{"body": {text}, "key": {uuid.NewString()}}, true)
			require.Equal(t, http.StatusOK, answer.Status, answer.Body)
			require.Contains(t, bert.Get("/chats/anna", false).Body, text)
			status, text := getPrivate(t, private, "/readyz")
			require.Equal(t, http.StatusOK, status, text)
		}
		address := strings.TrimPrefix(p.URL, "http://")
		for i, from := range []string{"127.0.0.1", "127.0.0.2", "127.0.0.3"} {
			flood(t, address, from, 300)
			flood(t, private, from, 100)
			served(fmt.Sprint("under a flood ", i))
		}
		socket := bert.Socket(t, "")
		anna.Post("/chats/bert/messages", url.Values{"body": {"over a socket"}}, true)
		socket.AwaitText(t, "over a socket")
		_, numbers := getPrivate(t, private, "/metrics")
		require.Equal(t, float64(160), metricValue(t, numbers, "dchat_connections_limit"))
		require.LessOrEqual(t, metricValue(t, numbers, "dchat_connections"), float64(160))
		require.Greater(t, metricValue(t, numbers, "dchat_connections_refused_total", "idle"), float64(100))

		p.Stop()
		require.Equal(t, 1012, socket.AwaitClose(t, 5*time.Second))
		p.Start()
		flood(t, address, "127.0.0.1", 300)
		served("after a restart")
		require.Less(t, strings.Count(p.Log(), "connections"), 10, "repeated events are logged once")
	})
}

// Sockets do not take all connections: pages are still served.
func TestSocketsLeaveRoomForRequests(t *testing.T) {
	p := harness.EmptySQLite(t).ExecWithin(t, 256)
	anna := p.SignUp(t, "anna")
	var people []*harness.Person
	for i := range 15 {
		people = append(people, p.SignUp(t, fmt.Sprint("person", i)))
	}
	taken := 0
	for range 10 {
		for _, person := range people {
			conn, response, err := person.Dial("", http.Header{"Origin": {p.Origin}})
			if err != nil {
				if response != nil {
					require.Equal(t, http.StatusServiceUnavailable, response.StatusCode)
				}
				continue
			}
			taken++
			t.Cleanup(func() { conn.Close() })
		}
	}
	require.Greater(t, taken, 50)
	require.LessOrEqual(t, taken, 105)
	require.Equal(t, http.StatusOK, anna.Get("/profile", false).Status)
}

// The listeners are: TLS, the redirect to TLS, and the private address.
func TestConnectionFloodOnEveryListener(t *testing.T) {
	files := issue(t)
	private, plain := fmt.Sprintf("127.0.0.1:%d", services.FreePort(t)), fmt.Sprintf("127.0.0.1:%d", services.FreePort(t))
	p := harness.EmptySQLite(t).ExecWithin(t, 256, "DCHAT_METRICS_ADDR="+private, "DCHAT_HTTP_ADDR="+plain,
		"DCHAT_BASE_URL=https://"+tlsHost, "DCHAT_TLS_CERT="+files.cert, "DCHAT_TLS_KEY="+files.key)
	for _, address := range []string{strings.TrimPrefix(p.URL, "https://"), plain, private} {
		flood(t, address, "127.0.0.1", 200)
		flood(t, address, "127.0.0.2", 200)
		require.Equal(t, http.StatusOK, p.Stranger().Get("/login", false).Status)
		status, _ := getPrivate(t, private, "/metrics")
		require.Equal(t, http.StatusOK, status)
		client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		answer, err := client.Get("http://" + plain + "/login")
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		require.Equal(t, http.StatusMovedPermanently, answer.StatusCode)
	}
}
