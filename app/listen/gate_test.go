package listen_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"dchat/app/listen"

	"github.com/stretchr/testify/require"
)

// fake hands out what it is told to.
type fake struct{ next chan any }

func (f *fake) Accept() (net.Conn, error) {
	switch next := (<-f.next).(type) {
	case net.Conn:
		return next, nil
	case error:
		return nil, &net.OpError{Op: "accept", Err: os.NewSyscallError("accept4", next)}
	}
	return nil, &net.OpError{Op: "accept", Err: net.ErrClosed}
}

func (f *fake) Close() error   { return nil }
func (f *fake) Addr() net.Addr { return &net.TCPAddr{} }

// line is one end of a connection from somewhere.
type line struct {
	net.Conn
	far    net.Conn
	from   net.Addr
	closed chan struct{}
}

func (l *line) RemoteAddr() net.Addr { return l.from }

func (l *line) Close() error {
	select {
	case <-l.closed:
		return net.ErrClosed
	default:
		close(l.closed)
		return l.Conn.Close()
	}
}

func (l *line) open() bool {
	select {
	case <-l.closed:
		return false
	default:
		return true
	}
}

// world is a gate and who comes to it.
type world struct {
	t        *testing.T
	gate     *listen.Gate
	listener net.Listener
	fake     *fake
	log      bytes.Buffer
}

func newWorld(t *testing.T, limits listen.Limits) *world {
	w := &world{t: t, fake: &fake{make(chan any, 100)}}
	w.gate = listen.New(limits, slog.New(slog.NewTextHandler(&w.log, nil)))
	w.listener = w.gate.Listener(w.fake)
	return w
}

// dial comes from an address. The server's end is nil if it was refused.
func (w *world) dial(from string) (*line, net.Conn) {
	near, far := net.Pipe()
	w.t.Cleanup(func() { near.Close(); far.Close() })
	l := &line{near, far, net.TCPAddrFromAddrPort(netip.MustParseAddrPort(from)), make(chan struct{})}
	w.fake.next <- l
	w.fake.next <- nil
	conn, err := w.listener.Accept()
	if err != nil {
		return l, nil
	}
	_, err = w.listener.Accept()
	require.ErrorIs(w.t, err, net.ErrClosed)
	return l, conn
}

func TestAcceptErrorsAreTemporary(t *testing.T) {
	for _, passing := range []error{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.ECONNABORTED, syscall.ENETDOWN, syscall.EPROTO} {
		w := newWorld(t, listen.Limits{})
		w.fake.next <- passing
		w.fake.next <- passing
		_, conn := w.dial("192.0.2.1:1")
		require.NotNil(t, conn, passing)
		require.EqualValues(t, 2, w.gate.Stats().Starved)
		require.Equal(t, 1, strings.Count(w.log.String(), "\n"), w.log.String())
	}
	for _, lasting := range []error{syscall.EBADF, syscall.EINVAL, net.ErrClosed} {
		w := newWorld(t, listen.Limits{})
		w.fake.next <- lasting
		_, err := w.listener.Accept()
		require.True(t, errors.Is(err, lasting), err)
	}
}

// Without a free descriptor, the connection that has waited longest gives way.
func TestDescriptorShortageClosesIdleConnection(t *testing.T) {
	w := newWorld(t, listen.Limits{})
	oldest, _ := w.dial("192.0.2.1:1")
	younger, _ := w.dial("192.0.2.1:2")
	w.fake.next <- syscall.EMFILE
	_, conn := w.dial("192.0.2.1:3")
	require.NotNil(t, conn)
	require.False(t, oldest.open())
	require.True(t, younger.open())
}

func TestLongestIdleConnectionIsClosed(t *testing.T) {
	w := newWorld(t, listen.Limits{Total: 3})
	busy, working := w.dial("192.0.2.1:1")
	listen.Of(working).Begin()
	first, idle := w.dial("192.0.2.2:1")
	second, _ := w.dial("192.0.2.3:1")

	_, conn := w.dial("192.0.2.4:1")
	require.NotNil(t, conn)
	require.False(t, first.open())
	_, err := idle.Read(make([]byte, 1))
	require.Equal(t, io.EOF, err, "the server takes it for the end")
	require.NoError(t, idle.Close())
	_, conn = w.dial("192.0.2.5:1")
	require.NotNil(t, conn)
	require.False(t, second.open())
	require.True(t, busy.open(), "a request is under way")
	require.Equal(t, 3, w.gate.Stats().Open)
	require.EqualValues(t, 2, w.gate.Stats().Evicted)
}

func TestNewConnectionIsRefusedWithoutIdleOnes(t *testing.T) {
	w := newWorld(t, listen.Limits{Total: 2})
	for _, from := range []string{"192.0.2.1:1", "192.0.2.2:1"} {
		_, conn := w.dial(from)
		listen.Of(conn).Begin()
	}
	refused, conn := w.dial("192.0.2.3:1")
	require.Nil(t, conn)
	require.False(t, refused.open())
	require.EqualValues(t, 1, w.gate.Stats().Full)
}

// A request that has begun to come is not cut off while others have said nothing for less long.
func TestStartedRequestResetsIdleTime(t *testing.T) {
	w := newWorld(t, listen.Limits{Total: 2})
	speaks, conn := w.dial("192.0.2.1:1")
	silent, _ := w.dial("192.0.2.2:1")
	go func() { _, _ = speaks.far.Write([]byte("GET / ")) }()
	_, err := conn.Read(make([]byte, 10))
	require.NoError(t, err)
	w.dial("192.0.2.3:1")
	require.True(t, speaks.open())
	require.False(t, silent.open())
}

func TestConnectionLimitPerAddress(t *testing.T) {
	w := newWorld(t, listen.Limits{Total: 10, PerAddress: 2, Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}})
	for _, from := range []string{"192.0.2.1:1", "192.0.2.1:2", "[2001:db8::1]:1", "[2001:db8::2]:1"} {
		_, conn := w.dial(from)
		listen.Of(conn).Begin()
	}
	for _, from := range []string{"192.0.2.1:3", "[2001:db8::3]:1", "[::ffff:192.0.2.1]:4"} {
		_, conn := w.dial(from)
		require.Nil(t, conn, from)
	}
	require.EqualValues(t, 3, w.gate.Stats().Crowded)
	for _, from := range []string{"192.0.2.2:1", "[2001:db8:0:1::1]:1", "10.1.2.3:1", "10.1.2.3:2", "10.1.2.3:3"} {
		_, conn := w.dial(from)
		require.NotNil(t, conn, from)
		listen.Of(conn).Begin()
	}
	own, _ := w.dial("192.0.2.2:2")
	_, conn := w.dial("192.0.2.2:3")
	require.NotNil(t, conn, "its own idle one gives way")
	require.False(t, own.open())
}

func TestConnectionCounts(t *testing.T) {
	w := newWorld(t, listen.Limits{Kept: 1})
	_, conn := w.dial("192.0.2.1:1")
	c := listen.Of(conn)
	count := func() [3]int { s := w.gate.Stats(); return [3]int{s.Open, s.Busy, s.Kept} }
	require.Equal(t, [3]int{1, 0, 0}, count())
	c.Begin()
	require.Equal(t, [3]int{1, 1, 0}, count())
	c.End()
	require.Equal(t, [3]int{1, 1, 0}, count(), "the answer is still being written")
	c.Begin()
	c.End()
	require.NoError(t, conn.SetReadDeadline(time.Unix(1, 0)))
	_, err := conn.Read(make([]byte, 1))
	require.ErrorIs(t, err, os.ErrDeadlineExceeded)
	require.Equal(t, [3]int{1, 0, 0}, count(), "the server has read on")
	require.True(t, c.MayStay())
	c.Begin()
	c.Keep()
	require.Equal(t, [3]int{1, 0, 1}, count())
	require.False(t, c.MayStay())
	require.NoError(t, conn.Close())
	require.NoError(t, conn.Close())
	require.Equal(t, [3]int{0, 0, 0}, count())
}

func TestMostDescriptorsAreForConnections(t *testing.T) {
	for descriptors, total := range map[int]int{0: 0, 64: 16, 256: 160, 1024: 832, 4096: 3520, 20000: 17436, 1 << 20: 250_000} {
		limits := listen.For(descriptors, nil)
		require.Equal(t, total, limits.Total, descriptors)
		require.LessOrEqual(t, limits.PerAddress, total)
		require.LessOrEqual(t, limits.Kept, total)
	}
	require.Positive(t, listen.Descriptors())
}
