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

// fake is a listener that accepts the connections and errors in next.
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

// line is the server's end of a connection from an address; far is the client's.
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

// fixture is a gate on a fake listener.
type fixture struct {
	t        *testing.T
	gate     *listen.Gate
	listener net.Listener
	fake     *fake
	log      bytes.Buffer
}

func newFixture(t *testing.T, limits listen.Limits) *fixture {
	f := &fixture{t: t, fake: &fake{make(chan any, 100)}}
	f.gate = listen.New(limits, slog.New(slog.NewTextHandler(&f.log, nil)))
	f.listener = f.gate.Listener(f.fake)
	return f
}

// dial connects from an address. The accepted connection is nil if the gate refused it.
func (f *fixture) dial(from string) (*line, net.Conn) {
	near, far := net.Pipe()
	f.t.Cleanup(func() { near.Close(); far.Close() })
	l := &line{near, far, net.TCPAddrFromAddrPort(netip.MustParseAddrPort(from)), make(chan struct{})}
	f.fake.next <- l
	f.fake.next <- nil
	conn, err := f.listener.Accept()
	if err != nil {
		return l, nil
	}
	_, err = f.listener.Accept()
	require.ErrorIs(f.t, err, net.ErrClosed)
	return l, conn
}

func TestAcceptErrorsAreTemporary(t *testing.T) {
	for _, temporary := range []error{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.ECONNABORTED, syscall.ENETDOWN, syscall.EPROTO} {
		f := newFixture(t, listen.Limits{})
		f.fake.next <- temporary
		f.fake.next <- temporary
		_, conn := f.dial("192.0.2.1:1")
		require.NotNil(t, conn, temporary)
		require.EqualValues(t, 2, f.gate.Stats().Starved)
		require.Equal(t, 1, strings.Count(f.log.String(), "\n"), f.log.String())
	}
	for _, permanent := range []error{syscall.EBADF, syscall.EINVAL, net.ErrClosed} {
		f := newFixture(t, listen.Limits{})
		f.fake.next <- permanent
		_, err := f.listener.Accept()
		require.True(t, errors.Is(err, permanent), err)
	}
}

// Without a free descriptor, the longest idle connection is closed.
func TestDescriptorShortageClosesIdleConnection(t *testing.T) {
	f := newFixture(t, listen.Limits{})
	oldest, _ := f.dial("192.0.2.1:1")
	younger, _ := f.dial("192.0.2.1:2")
	f.fake.next <- syscall.EMFILE
	_, conn := f.dial("192.0.2.1:3")
	require.NotNil(t, conn)
	require.False(t, oldest.open())
	require.True(t, younger.open())
}

func TestLongestIdleConnectionIsClosed(t *testing.T) {
	f := newFixture(t, listen.Limits{Total: 3})
	busy, working := f.dial("192.0.2.1:1")
	listen.Of(working).Begin()
	first, idle := f.dial("192.0.2.2:1")
	second, _ := f.dial("192.0.2.3:1")

	_, conn := f.dial("192.0.2.4:1")
	require.NotNil(t, conn)
	require.False(t, first.open())
	_, err := idle.Read(make([]byte, 1))
	require.Equal(t, io.EOF, err, "the server reads the end of the connection")
	require.NoError(t, idle.Close())
	_, conn = f.dial("192.0.2.5:1")
	require.NotNil(t, conn)
	require.False(t, second.open())
	require.True(t, busy.open(), "it has a request in progress")
	require.Equal(t, 3, f.gate.Stats().Open)
	require.EqualValues(t, 2, f.gate.Stats().Evicted)
}

func TestNewConnectionIsRefusedWithoutIdleOnes(t *testing.T) {
	f := newFixture(t, listen.Limits{Total: 2})
	for _, from := range []string{"192.0.2.1:1", "192.0.2.2:1"} {
		_, conn := f.dial(from)
		listen.Of(conn).Begin()
	}
	refused, conn := f.dial("192.0.2.3:1")
	require.Nil(t, conn)
	require.False(t, refused.open())
	require.EqualValues(t, 1, f.gate.Stats().Full)
}

// A connection with a request in progress is not closed while others are idle, even if they were opened later.
func TestStartedRequestResetsIdleTime(t *testing.T) {
	f := newFixture(t, listen.Limits{Total: 2})
	active, conn := f.dial("192.0.2.1:1")
	silent, _ := f.dial("192.0.2.2:1")
	go func() { _, _ = active.far.Write([]byte("GET / ")) }()
	_, err := conn.Read(make([]byte, 10))
	require.NoError(t, err)
	f.dial("192.0.2.3:1")
	require.True(t, active.open())
	require.False(t, silent.open())
}

func TestConnectionLimitPerAddress(t *testing.T) {
	f := newFixture(t, listen.Limits{Total: 10, PerAddress: 2, Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}})
	for _, from := range []string{"192.0.2.1:1", "192.0.2.1:2", "[2001:db8::1]:1", "[2001:db8::2]:1"} {
		_, conn := f.dial(from)
		listen.Of(conn).Begin()
	}
	for _, from := range []string{"192.0.2.1:3", "[2001:db8::3]:1", "[::ffff:192.0.2.1]:4"} {
		_, conn := f.dial(from)
		require.Nil(t, conn, from)
	}
	require.EqualValues(t, 3, f.gate.Stats().Crowded)
	for _, from := range []string{"192.0.2.2:1", "[2001:db8:0:1::1]:1", "10.1.2.3:1", "10.1.2.3:2", "10.1.2.3:3"} {
		_, conn := f.dial(from)
		require.NotNil(t, conn, from)
		listen.Of(conn).Begin()
	}
	own, _ := f.dial("192.0.2.2:2")
	_, conn := f.dial("192.0.2.2:3")
	require.NotNil(t, conn, "its own idle connection is closed instead")
	require.False(t, own.open())
}

func TestConnectionCounts(t *testing.T) {
	f := newFixture(t, listen.Limits{Kept: 1})
	_, conn := f.dial("192.0.2.1:1")
	c := listen.Of(conn)
	count := func() [3]int { s := f.gate.Stats(); return [3]int{s.Open, s.Busy, s.Kept} }
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
	require.Equal(t, [3]int{1, 0, 0}, count(), "the server waits for the next request")
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
