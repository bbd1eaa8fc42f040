package harness

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/stretchr/testify/require"
)

// Socket is a page's WebSocket and everything received on it.
type Socket struct {
	Conn *websocket.Conn

	mu    sync.Mutex
	cond  *sync.Cond
	all   strings.Builder
	ended error
}

// Dial opens a WebSocket with the given header and the cookies.
func (p *Person) Dial(cursor string, header http.Header) (*websocket.Conn, *http.Response, error) {
	return p.DialAs(cursor, "", header)
}

// DialAs is Dial from a page that was rendered for another person.
func (p *Person) DialAs(cursor, as string, header http.Header) (*websocket.Conn, *http.Response, error) {
	query := url.Values{}
	if cursor != "" {
		query.Set("cursor", cursor)
	}
	if as != "" {
		query.Set("as", as)
	}
	address := "ws" + strings.TrimPrefix(p.server.URL, "http") + "/ws?" + query.Encode()
	header = header.Clone()
	if cookie := p.Jar.String(); cookie != "" {
		header.Set("Cookie", cookie)
	}
	dialer := websocket.Dialer{HandshakeTimeout: patience, TLSClientConfig: p.server.tls}
	return dialer.Dial(address, header)
}

// Socket opens a WebSocket; an empty cursor requests all changes from now. It returns after the first frame,
// so that no later change is missed.
func (p *Person) Socket(t *testing.T, cursor string) *Socket {
	t.Helper()
	conn, response, err := p.Dial(cursor, http.Header{"Origin": {p.server.Origin}})
	require.NoError(t, err)
	require.Equal(t, http.StatusSwitchingProtocols, response.StatusCode)
	t.Cleanup(func() { conn.Close() })
	s := &Socket{Conn: conn}
	s.cond = sync.NewCond(&s.mu)
	go s.read()
	s.wait(t, patience, "the first frame", func() bool { return s.all.Len() > 0 || s.ended != nil })
	return s
}

func (s *Socket) read() {
	for {
		_, message, err := s.Conn.ReadMessage()
		s.mu.Lock()
		s.all.Write(message)
		s.ended = err
		s.cond.Broadcast()
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// All returns the frames received so far.
func (s *Socket) All() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all.String()
}

// Await waits until enough returns true for the frames received so far.
func (s *Socket) Await(t *testing.T, enough func(all string) bool) {
	t.Helper()
	s.wait(t, patience, "a frame", func() bool { return enough(s.all.String()) })
}

// AwaitText waits until a text is received.
func (s *Socket) AwaitText(t *testing.T, text string) {
	t.Helper()
	s.wait(t, patience, text, func() bool { return strings.Contains(s.all.String(), text) })
}

// AwaitClose waits for the end and returns the close code, 0 if the connection ended without one.
func (s *Socket) AwaitClose(t *testing.T, within time.Duration) int {
	t.Helper()
	s.wait(t, within, "the close", func() bool { return s.ended != nil })
	s.mu.Lock()
	defer s.mu.Unlock()
	var closed *websocket.CloseError
	if errors.As(s.ended, &closed) {
		return closed.Code
	}
	return 0
}

// Open reports whether the socket has not ended.
func (s *Socket) Open() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended == nil
}

// wait checks the condition after every frame, with the socket locked.
func (s *Socket) wait(t *testing.T, within time.Duration, what string, condition func() bool) {
	t.Helper()
	late := false
	timer := time.AfterFunc(within, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		late = true
		s.cond.Broadcast()
	})
	defer timer.Stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	for !condition() {
		if late {
			require.FailNow(t, "timed out waiting for "+what, "end: %v\nframes:\n%s", s.ended, s.all.String())
		}
		s.cond.Wait()
	}
}
