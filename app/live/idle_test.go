//go:build !race

package live

import (
	"bytes"
	"fmt"
	"net"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// An idle socket needs only its client and a goroutine with the smallest stack, whatever the page has sent
// before. (The measurement includes the other end.)
func TestIdleSocketMemory(t *testing.T) {
	const sockets, most = 1000, 6 << 10
	database := newFixture()
	n := startNode(t, NewMemoryBroker(), quiet(database.options()))
	n.handshake(t, 0)
	before := memory()
	for i := range sockets {
		conn := n.handshake(t, int64(i)+1)
		_, err := conn.Write(bytes.Join([][]byte{masked(opText, "e1"), masked(pingFrame, "ping"), masked(lastFrame, ".0.7.0.1"), masked(finalFrame|opPong, "")}, nil))
		require.NoError(t, err)
		readUntil(t, conn, "e1.0.7.0.1")
	}
	eventually(t, "the writers have ended", func() bool {
		return runtime.NumGoroutine() < sockets+100
	})
	each := (memory() - before) / sockets
	t.Logf("%d bytes per socket", each)
	require.Less(t, each, most)
}

// handshake connects and returns the raw connection.
func (n *node) handshake(t *testing.T, user int64) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(n.url, "ws://"))
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	_, err = fmt.Fprintf(conn, "GET /?user=%d&session=1 HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OTAxMjM0NQ==\r\n\r\n", user)
	require.NoError(t, err)
	readUntil(t, conn, cursorTail)
	return conn
}

// readUntil reads until a text is received.
func readUntil(t *testing.T, conn net.Conn, text string) {
	t.Helper()
	var all []byte
	for part := make([]byte, 512); !bytes.Contains(all, []byte(text)); {
		n, err := conn.Read(part)
		require.NoError(t, err)
		all = append(all, part[:n]...)
	}
}

// memory returns the bytes in use. Two collections empty the pools.
func memory() int {
	for range 3 {
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc + m.StackInuse)
}
