package live

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/stretchr/testify/require"
)

// page is a browser's page: a socket and everything received on it.
type page struct {
	t    *testing.T
	conn *websocket.Conn

	mu       sync.Mutex
	cond     *sync.Cond
	rows     []int64 // the paragraphs in the order of arrival
	text     string  // all messages
	cursor   Cursor  // the latest
	cursors  int     // how many were received
	pings    int
	ended    bool
	closeErr error
}

// open opens a page and reads from it. With an empty cursor the page sends none.
func (n *node) open(t *testing.T, user, session int64, cursor string) *page {
	t.Helper()
	p := n.dial(t, user, session, cursor)
	go p.read()
	return p
}

func (n *node) dial(t *testing.T, user, session int64, cursor string) *page {
	t.Helper()
	query := url.Values{
		"user":    {strconv.FormatInt(user, 10)},
		"session": {strconv.FormatInt(session, 10)},
		"cursor":  {cursor},
	}
	conn, _, err := n.dialer.Dial(n.url+"/?"+query.Encode(), nil)
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	p := &page{t: t, conn: conn}
	p.cond = sync.NewCond(&p.mu)
	conn.SetPingHandler(func(payload string) error {
		p.note(func() { p.pings++ })
		return conn.WriteControl(websocket.PongMessage, []byte(payload), time.Now().Add(patience))
	})
	return p
}

var (
	rowPattern    = regexp.MustCompile(`<p>(\d+)</p>`)
	cursorPattern = regexp.MustCompile(`<hx-partial hx-target="#cursor" hx-swap="innerHTML" data-ack="ack\.">([^<]*)</hx-partial>$`)
)

func (p *page) read() {
	for {
		_, message, err := p.conn.ReadMessage()
		if err != nil {
			p.note(func() { p.ended, p.closeErr = true, err })
			return
		}
		p.note(func() { p.take(string(message)) })
	}
}

func (p *page) take(message string) {
	p.text += message
	for _, match := range rowPattern.FindAllStringSubmatch(message, -1) {
		n, _ := strconv.ParseInt(match[1], 10, 64)
		p.rows = append(p.rows, n)
	}
	match := cursorPattern.FindStringSubmatch(message)
	if match == nil {
		p.t.Errorf("a message without a cursor at its end: %q", message)
		return
	}
	cursor, ok := ParseCursor(match[1])
	if !ok {
		p.t.Errorf("not a cursor: %q", match[1])
	}
	p.cursor = cursor
	p.cursors++
}

func (p *page) note(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
	p.cond.Broadcast()
}

// wait returns once the condition holds. The page is locked while the condition is checked.
func (p *page) wait(what string, condition func() bool) {
	p.t.Helper()
	late := false
	timer := time.AfterFunc(patience, func() { p.note(func() { late = true }) })
	defer timer.Stop()
	p.mu.Lock()
	defer p.mu.Unlock()
	for !condition() {
		if late {
			require.FailNow(p.t, "timed out waiting for "+what, "rows %v, cursor %v, end %v", p.rows, p.cursor, p.closeErr)
		}
		p.cond.Wait()
	}
}

// settle waits for the first cursor, which every page receives.
func (p *page) settle() *page {
	p.t.Helper()
	p.wait("the first cursor", func() bool { return p.cursors > 0 })
	return p
}

// has waits for version last and requires that the page shows rows first to last, in order.
func (p *page) has(first, last int64) {
	p.t.Helper()
	p.wait(fmt.Sprintf("version %d", last), func() bool { return p.cursor.Version >= last })
	p.mu.Lock()
	defer p.mu.Unlock()
	var want []int64
	for n := first; n <= last; n++ {
		want = append(want, n)
	}
	require.Equal(p.t, want, p.rows)
}

// closed waits for the end and requires its code.
func (p *page) closed(code int) {
	p.t.Helper()
	p.wait("the end", func() bool { return p.ended })
	p.mu.Lock()
	defer p.mu.Unlock()
	require.True(p.t, websocket.IsCloseError(p.closeErr, code), "ended by %v", p.closeErr)
}

func (p *page) send(text string) {
	p.t.Helper()
	require.NoError(p.t, p.conn.WriteMessage(websocket.TextMessage, []byte(text)))
}

// write writes raw bytes to the connection.
func (p *page) write(frames ...[]byte) {
	p.t.Helper()
	_, err := p.conn.NetConn().Write(slices.Concat(frames...))
	require.NoError(p.t, err)
}

func (p *page) contains(text string) func() bool {
	return func() bool { return strings.Contains(p.text, text) }
}
