package live

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime"
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

// write commits a change in a conversation (0: none) and returns its fragment.
func (d *fixture) write(user, conversation int64) Fragment {
	d.mu.Lock()
	defer d.mu.Unlock()
	rows := d.rows[user]
	mark := Mark{Conversation: conversation, Rev: 1}
	for _, m := range rows {
		if m.Conversation == conversation {
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
		inConversation := m.Conversation == cursor.Conversation && m.Conversation != 0
		if int64(i) >= cursor.Version || inConversation && m.Rev > cursor.Rev {
			f.Body = append(f.Body, paragraph(int64(i)+1)...)
		}
		if inConversation {
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

	app := serveSockets(hub)
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
		_ = listener.Close() // a short test may end before the server has begun to listen
		<-served
		cancel()
		broker.Close()
	})
	return &node{Hub: hub, url: "ws://" + listener.Addr().String()}
}

func serveSockets(hub *Hub) *fiber.App {
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
	return app
}

func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	require.Eventually(t, condition, patience, 5*time.Millisecond, what)
}
