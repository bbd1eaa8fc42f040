package live

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"dchat/test/services"

	"github.com/fasthttp/websocket"
	contrib "github.com/gofiber/contrib/websocket"
	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

const patience = 10 * time.Second // how long a test waits for an event that must happen

func TestMain(m *testing.M) {
	// Goroutines of fasthttp: one for the process, and one for each server, which sleeps before it sees
	// that the server has stopped.
	goleak.VerifyTestMain(settled{services.Wrap(m)},
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"),
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).Start.func2"))
}

// settled waits after the tests until rueidis has closed the connections that a Cluster client no longer uses:
// it sleeps for five seconds first, even if the client is closed.
type settled struct{ goleak.TestingM }

func (m settled) Run() int {
	code := m.TestingM.Run()
	stacks := make([]byte, 1<<20)
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if n := runtime.Stack(stacks, true); !bytes.Contains(stacks[:n], []byte("rueidis.(*clusterClient)._refresh")) {
			break
		}
	}
	return code
}

// fixture is a fake database: each user's changes in order. The body of change n is <p>n</p>.
type fixture struct {
	mu       sync.Mutex
	epoch    string
	rows     map[int64][]Mark // per user; row i leads to version i+1
	dead     map[int64]bool
	down     bool
	catchUps atomic.Int64
}

func newFixture() *fixture {
	return &fixture{epoch: "e1", rows: make(map[int64][]Mark), dead: make(map[int64]bool)}
}

// write commits a change in a thread (0: none) and returns its fragment.
func (d *fixture) write(user, thread int64) Fragment {
	d.mu.Lock()
	defer d.mu.Unlock()
	rows := d.rows[user]
	mark := Mark{Thread: thread, Rev: 1}
	for _, m := range rows {
		if m.Thread == thread {
			mark.Rev = m.Rev + 1
		}
	}
	d.rows[user] = append(rows, mark)
	n := int64(len(rows)) + 1
	return Fragment{User: user, From: n - 1, To: n, Marks: []Mark{mark}, Body: paragraph(n)}
}

func (d *fixture) set(change func(*fixture)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change(d)
}

func (d *fixture) options() Options {
	return Options{
		Epoch: func() string {
			d.mu.Lock()
			defer d.mu.Unlock()
			return d.epoch
		},
		CatchUp:  d.catchUp,
		Versions: d.versions,
		Alive:    d.alive,
		Logger:   slog.New(slog.DiscardHandler),
	}
}

var errDown = errors.New("database is down")

func (d *fixture) catchUp(_ context.Context, user int64, cursor Cursor) ([]Fragment, error) {
	d.catchUps.Add(1)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.down {
		return nil, errDown
	}
	f := Fragment{User: user, To: int64(len(d.rows[user]))}
	if cursor.Epoch != d.epoch || cursor.Version > f.To {
		cursor.Version, cursor.Rev = 0, 0
		f.Body = append(f.Body, "<snapshot>"...)
	}
	for i, m := range d.rows[user] {
		inThread := m.Thread == cursor.Thread && m.Thread != 0
		if int64(i) >= cursor.Version || inThread && m.Rev > cursor.Rev {
			f.Body = append(f.Body, paragraph(int64(i)+1)...)
		}
		if inThread {
			f.Marks = []Mark{m}
		}
	}
	return []Fragment{f}, nil
}

func (d *fixture) versions(_ context.Context, users []int64) (map[int64]int64, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	versions := make(map[int64]int64)
	for _, user := range users {
		versions[user] = int64(len(d.rows[user]))
	}
	return versions, nil
}

func (d *fixture) alive(_ context.Context, sessions []int64) (map[int64]bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	alive := make(map[int64]bool)
	for _, session := range sessions {
		alive[session] = !d.dead[session]
	}
	return alive, nil
}

func paragraph(n int64) []byte { return fmt.Appendf(nil, "<p>%d</p>", n) }

// node is a hub behind a real server.
type node struct {
	*Hub
	url    string
	dialer websocket.Dialer
}

// startNode serves a hub at its url, with ?user=1&session=1&cursor=…, and drains it at the end.
func startNode(t *testing.T, broker Broker, options Options, change ...func(*Hub)) *node {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	return startNodeOn(t, listener, broker, options, change...)
}

func startNodeOn(t *testing.T, listener net.Listener, broker Broker, options Options, change ...func(*Hub)) *node {
	t.Helper()
	hub := NewHub(broker, options)
	for _, f := range change {
		f(hub)
	}
	ctx, cancel := context.WithCancel(context.Background())
	hub.Start(ctx)

	app := fiber.New(fiber.Config{DisableStartupMessage: true, Immutable: true})
	app.Server().KeepHijackedConns = true
	app.Get("/", func(c *fiber.Ctx) error {
		user, session := int64(c.QueryInt("user")), int64(c.QueryInt("session"))
		cursor, ok := ParseCursor(c.Query("cursor"))
		if !ok {
			var err error
			if cursor, err = hub.Now(c.UserContext(), user); err != nil {
				return err
			}
		}
		return contrib.New(func(conn *contrib.Conn) {
			if session < 0 {
				hub.Refuse(conn.NetConn(), CloseSignedOut, "signed out")
				return
			}
			hub.Serve(conn.NetConn(), user, session, cursor)
		})(c)
	})
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = app.Listener(listener)
	}()
	t.Cleanup(func() {
		end, stop := context.WithTimeout(context.Background(), patience)
		defer stop()
		hub.Drain(end)
		require.NoError(t, end.Err(), "the hub did not drain")
		require.NoError(t, app.Shutdown())
		<-served
		cancel()
		broker.Close()
	})
	return &node{Hub: hub, url: "ws://" + listener.Addr().String()}
}

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
	cursorPattern = regexp.MustCompile(`<hx-partial hx-target="#cursor" hx-swap="innerHTML">([^<]*)</hx-partial>$`)
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

func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	require.Eventually(t, condition, patience, 5*time.Millisecond, what)
}
