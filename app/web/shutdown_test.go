package web_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"dchat/test/harness"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// A node that shuts down finishes its requests: every acknowledged message is stored,
// every other one was refused, and pages reconnect.
func TestDrain(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		n := b.Start(t)
		crowd := n.Crowd(t, 50, 0)
		var sockets []*harness.Socket
		for _, p := range crowd {
			sockets = append(sockets, p.Socket(t, ""))
		}
		slow := slowRequest(t, n)

		var sends sync.WaitGroup
		var mu sync.Mutex
		acknowledged := map[string]bool{}
		for i, p := range crowd {
			sends.Go(func() {
				for k := 0; ; k++ {
					body := fmt.Sprintf("%s %d", p.Username, k)
					if !accepted(p, crowd[i^1].Username, body) {
						return
					}
					mu.Lock()
					acknowledged[body] = true
					mu.Unlock()
				}
			})
		}
		require.Eventually(t, func() bool {
			mu.Lock()
			defer mu.Unlock()
			return len(acknowledged) > 100
		}, 10*time.Second, time.Millisecond)
		n.BeginStop()
		requireNotReady(t, n, slow)
		sends.Wait()
		n.AwaitStop()
		for _, socket := range sockets {
			require.Equal(t, 1012, socket.AwaitClose(t, time.Second))
		}
		stored := bodies(t, b)
		for body := range acknowledged {
			require.True(t, stored[body], "%q was acknowledged and is lost", body)
		}
		require.Greater(t, len(acknowledged), 100)
		require.NotContains(t, n.Log(), "panic")
		require.NotContains(t, n.Log(), "did not end in time")

		n.Restart()
		require.Equal(t, http.StatusOK, crowd[0].Get("/chats/"+crowd[1].Username, false).Status)
	})
}

// accepted reports whether a message was acknowledged; a stopped node acknowledges nothing.
func accepted(p *person, to, body string) bool {
	a, err := p.Try(http.MethodPost, "/chats/"+to+"/messages", url.Values{"body": {body}, "key": {uuid.NewString()}}, true)
	return err == nil && a.Status == http.StatusOK
}

func bodies(t *testing.T, b *backend) map[string]bool {
	t.Helper()
	rows, err := b.Open(t).Read().QueryContext(t.Context(), "SELECT body FROM messages")
	require.NoError(t, err)
	defer rows.Close()
	all := map[string]bool{}
	for rows.Next() {
		var body string
		require.NoError(t, rows.Scan(&body))
		all[body] = true
	}
	require.NoError(t, rows.Err())
	return all
}

// slowRequest begins to ask whether the node is ready, and stops in the middle: the node waits for
// the rest, also while it drains.
func slowRequest(t *testing.T, n *harness.Node) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(n.URL, "http://"))
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	_, err = io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /readyz HTTP/1.1\r\nHost: localhost\r\n")
	require.NoError(t, err)
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, answer.StatusCode)
	return conn
}

// requireNotReady waits until the node takes no new connections, and then ends the slow request.
func requireNotReady(t *testing.T, n *harness.Node, slow net.Conn) {
	t.Helper()
	require.Eventually(t, func() bool {
		conn, err := net.Dial("tcp", strings.TrimPrefix(n.URL, "http://"))
		if err == nil {
			conn.Close()
		}
		return err != nil
	}, 5*time.Second, time.Millisecond)
	_, err := io.WriteString(slow, "\r\n")
	require.NoError(t, err)
	answer, err := http.ReadResponse(bufio.NewReader(slow), nil)
	require.NoError(t, err, "a request that was under way was cut off")
	defer answer.Body.Close()
	require.Equal(t, http.StatusServiceUnavailable, answer.StatusCode)
}
