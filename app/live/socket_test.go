package live

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// hasty is a peer that sends more bytes together with its handshake.
type hasty struct {
	net.Conn
	more []byte
}

func (h *hasty) Write(p []byte) (int, error) {
	if h.more == nil {
		return h.Conn.Write(p)
	}
	_, err := h.Conn.Write(slices.Concat(p, h.more))
	h.more = nil
	return len(p), err
}

func TestMessagesSentWithHandshake(t *testing.T) {
	var long []byte
	for gen := range 100 {
		long = append(long, masked(textFrame, fmt.Sprintf("e1.0.7.0.%d", gen+1))...)
	}
	whole := masked(textFrame, "e1.0.7.0.100")
	for name, c := range map[string]struct{ early, late []byte }{
		"a frame":           {whole, nil},
		"a hundred frames":  {long, nil},
		"a byte of a frame": {whole[:1], whole[1:]},
		"half a frame":      {whole[:13], whole[13:]},
		"a frame and a bit": {slices.Concat(masked(pingFrame, "x"), whole[:8]), whole[8:]},
	} {
		t.Run(name, func(t *testing.T) {
			database := newFixture()
			n := startNode(t, NewMemoryBroker(), quiet(database.options()))
			n.dialer.NetDial = func(network, address string) (net.Conn, error) {
				conn, err := net.Dial(network, address)
				return &hasty{conn, c.early}, err
			}
			database.write(alice, 0)
			p := n.open(t, alice, 1, "e1.1")
			p.write(c.late)
			p.wait("the echo", func() bool { return p.cursor == Cursor{"e1", 1, 7, 0, 100} })
			require.Equal(t, int64(1), p.rows[0])
		})
	}
}

func TestMessageOfSlowWriter(t *testing.T) {
	database := newFixture()
	n := startNode(t, NewMemoryBroker(), quiet(database.options()))
	p := n.open(t, alice, 1, "").settle()
	frames := slices.Concat(
		masked(opText, "e1.0."), masked(pingFrame, "x"), masked(opContinuation, ""), masked(lastFrame, "7.0.1"), // fragmented
		masked(textFrame, "e1.0.7.0.2"),
	)
	for _, b := range frames {
		p.write([]byte{b})
	}
	p.wait("the echo", func() bool { return p.cursor.Gen == 2 })
}

func TestUnfinishedMessageTimesOut(t *testing.T) {
	for name, beginning := range map[string][]byte{
		"half a header":  {textFrame},
		"half a payload": masked(textFrame, "e1.0")[:7],
		"half a message": masked(opText, "e1.0"),
	} {
		t.Run(name, func(t *testing.T) {
			database := newFixture()
			n := startNode(t, NewMemoryBroker(), quiet(database.options()), func(h *Hub) { h.patience = 100 * time.Millisecond })
			n.dial(t, alice, 1, "").write(beginning)
			eventually(t, "the socket ends", func() bool { return n.Count() == 0 })
		})
	}
}

func TestProtocolErrorCodes(t *testing.T) {
	database := newFixture()
	n := startNode(t, NewMemoryBroker(), quiet(database.options()))
	good := n.open(t, bob, 9, "").settle()
	for name, bad := range map[string]struct {
		frames []byte
		code   int
	}{
		"not masked":      {[]byte{textFrame, 1, 'x'}, closeProtocol},
		"no websocket":    {[]byte("GET / HTTP/1.1\r\n\r\n"), closeProtocol},
		"too long":        {masked(textFrame, strings.Repeat("1", 200<<10)), closeTooBig},
		"not UTF-8":       {slices.Concat(masked(opText, "\xc3"), masked(lastFrame, "\x28")), closeInvalid},
		"binary":          {masked(finalFrame|opBinary, "e1.0"), closeUnsupported},
		"bad close frame": {closing(1006, ""), closeProtocol},
	} {
		t.Run(name, func(t *testing.T) {
			p := n.open(t, alice, 1, "").settle()
			p.write(bad.frames, masked(textFrame, "e1.0.7.0.1"))
			p.closed(bad.code)
			require.Zero(t, p.cursor.Gen, "later messages are ignored")
		})
	}
	eventually(t, "the bad sockets end", func() bool { return n.Count() == 1 })
	n.Publish(t.Context(), database.write(bob, 0))
	good.has(1, 1)
}

// After the close frame the server closes the connection and does not wait for the peer to do so.
func TestConnectionEndsWithTheSocket(t *testing.T) {
	database := newFixture()
	n := startNode(t, NewMemoryBroker(), quiet(database.options()))
	for name, end := range map[string]func(p *page){
		"close":      func(p *page) { p.write(closing(1000, "")) },
		"signed out": func(p *page) { n.CloseSession(1, alice) },
		"refused":    func(p *page) {},
	} {
		t.Run(name, func(t *testing.T) {
			session := int64(1)
			if name == "refused" {
				session = -1
			}
			p := n.dial(t, alice, session, "")
			if session > 0 {
				eventually(t, "the page is connected", func() bool { return n.Here(alice) })
			}
			end(p)
			go p.read() // answers a close frame
			p.wait("the end", func() bool { return p.ended })
			require.NoError(t, p.conn.NetConn().SetReadDeadline(time.Now().Add(patience)))
			if _, err := io.Copy(io.Discard, p.conn.NetConn()); err != nil {
				require.ErrorIs(t, err, syscall.ECONNRESET, "it may be closed before its close frame is answered")
			}
		})
	}
}

func TestHalfClosedPeerIsDisconnected(t *testing.T) {
	database := newFixture()
	n := startNode(t, NewMemoryBroker(), quiet(database.options()))
	p := n.open(t, alice, 1, "").settle()
	require.NoError(t, p.conn.NetConn().(*net.TCPConn).CloseWrite())
	p.wait("the end", func() bool { return p.ended })
	eventually(t, "the socket ends", func() bool { return n.Count() == 0 })
}

func TestOverTLS(t *testing.T) {
	cert := httptest.NewUnstartedServer(nil)
	cert.StartTLS()
	cert.Close()
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	database := newFixture()
	options := quiet(database.options())
	options.Heartbeat = 50 * time.Millisecond
	n := startNodeOn(t, tls.NewListener(plain, &tls.Config{Certificates: cert.TLS.Certificates}), NewMemoryBroker(), options)
	n.url = strings.Replace(n.url, "ws://", "wss://", 1)
	n.dialer.NetDialTLSContext = func(_ context.Context, network, address string) (net.Conn, error) {
		conn, err := tls.Dial(network, address, &tls.Config{InsecureSkipVerify: true})
		return &hasty{conn, masked(textFrame, "e1.0.7.0.1")}, err
	}

	p := n.open(t, alice, 1, "")
	p.wait("the echo of what came with the handshake", func() bool { return p.cursor.Gen == 1 })
	for range 20 {
		n.Publish(t.Context(), database.write(alice, 0))
	}
	p.has(1, 20)
	p.send("e1.20.7.0.2")
	p.wait("the echo", func() bool { return p.cursor.Gen == 2 })
	p.wait("heartbeats", func() bool { return p.pings >= 3 })
	n.CloseSession(1, alice)
	p.closed(CloseSignedOut)

	n.dial(t, alice, 2, "").conn.Close()
	eventually(t, "the sockets end", func() bool { return n.Count() == 0 })
}

// watched is a connection that counts calls of Close, and may panic.
type watched struct {
	net.Conn
	closes, panics atomic.Int64
	onRead         bool
	onWrite        bool
}

func (w *watched) Read(p []byte) (int, error) {
	if w.onRead {
		w.panics.Add(1)
		panic("panic in Read")
	}
	return w.Conn.Read(p)
}

func (w *watched) Write(p []byte) (int, error) {
	if w.onWrite {
		w.panics.Add(1)
		panic("panic in Write")
	}
	return w.Conn.Write(p)
}

func (w *watched) Close() error {
	w.closes.Add(1)
	return w.Conn.Close()
}

// connect serves one end of a connection, and returns it with the other end.
func (n *node) connect(t *testing.T, change func(*watched)) (*watched, net.Conn) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	peer, err := net.Dial("tcp", listener.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { peer.Close() })
	conn, err := listener.Accept()
	require.NoError(t, err)
	w := &watched{Conn: conn}
	change(w)
	n.Serve(w, alice, 1, Cursor{Epoch: "e1"})
	return w, peer
}

func TestConnectionIsClosedOnce(t *testing.T) {
	for name, end := range map[string]func(n *node, peer net.Conn) error{
		"by a peer that disconnects":         func(_ *node, peer net.Conn) error { return peer.Close() },
		"by a peer that sends a close frame": func(_ *node, peer net.Conn) error { _, err := peer.Write(closing(1001, "")); return err },
		"by a peer that violates the protocol": func(_ *node, peer net.Conn) error {
			_, err := peer.Write([]byte("what?"))
			return errors.Join(err, peer.Close())
		},
		"by signing out": func(n *node, peer net.Conn) error { n.CloseSession(1, alice); return peer.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			n := startNode(t, NewMemoryBroker(), quiet(newFixture().options()))
			conn, peer := n.connect(t, func(*watched) {})
			require.NoError(t, end(n, peer))
			n.Drain(t.Context())
			require.Zero(t, n.Count())
			require.Equal(t, int64(1), conn.closes.Load())
		})
	}
}

func TestPanicClosesOnlyItsSocket(t *testing.T) {
	for name, fit := range map[string]func(*watched){
		"of the reader": func(w *watched) { w.onRead = true },
		"of the writer": func(w *watched) { w.onWrite = true },
	} {
		t.Run(name, func(t *testing.T) {
			database := newFixture()
			options := quiet(database.options())
			var log strings.Builder
			options.Logger = slog.New(slog.NewTextHandler(&log, nil))
			n := startNode(t, NewMemoryBroker(), options)
			good := n.open(t, bob, 9, "").settle()
			conn, _ := n.connect(t, fit)
			eventually(t, "the socket ends", func() bool { return n.Count() == 1 && conn.closes.Load() == 1 })
			require.Equal(t, int64(1), conn.panics.Load())
			n.Publish(t.Context(), database.write(bob, 0))
			good.has(1, 1)
			n.Drain(t.Context())
			require.Contains(t, log.String(), "a socket panicked")
		})
	}
}
