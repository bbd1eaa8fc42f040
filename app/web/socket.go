package web

import (
	"runtime/debug"
	"sync"
	"time"

	"dchat/app/chat"
	"dchat/app/limit"
	"dchat/app/listen"
	"dchat/app/live"

	"github.com/gofiber/contrib/websocket"
	"github.com/gofiber/fiber/v2"
)

// gone is the close code of a socket whose session is gone: the page goes to sign-in.
const gone = 4401

// A node that restarts meets all of a person's pages at once, each of them several times.
var socketsPerPerson = limit.Rule{Name: "socket", Burst: 300, Per: time.Minute}

// socket upgrades. Whoever is signed out is let in and shown out at once: to a page a refused
// handshake looks like a network that failed, and it would try for ever.
func (w *Web) socket(c *fiber.Ctx) error {
	if !websocket.IsWebSocketUpgrade(c) {
		return fiber.ErrUpgradeRequired
	}
	if !listen.Of(c.Context().Conn()).MayStay() {
		c.Context().SetConnectionClose()
		c.Set("Retry-After", "4")
		return c.SendStatus(fiber.StatusServiceUnavailable) // the gate has logged why, once for many
	}
	if w.draining.Load() {
		return &chat.Error{Code: chat.Unavailable}
	}
	session, err := w.sessionNow(c)
	if err != nil {
		return err
	}
	cursor, ok := live.ParseCursor(query(c, "cursor"))
	if session != nil {
		if err := w.Store.SetZone(c.UserContext(), session.User, zoneOf(c)); err != nil {
			return err
		}
		if !ok {
			if cursor, err = w.Hub.Now(c.UserContext(), session.UserID); err != nil {
				return err
			}
		}
	}
	as := query(c, asField)
	return w.upgrade(c, func(conn *websocket.Conn) {
		switch {
		case session == nil:
			w.Hub.Refuse(conn.NetConn(), gone, "signed out")
			return
		case !renderedFor(session, as):
			w.Hub.Refuse(conn.NetConn(), gone, "another person is signed in")
			return
		}
		w.Hub.Serve(conn.NetConn(), session.UserID, session.ID, cursor)
	})
}

// sessionNow is the session as the database has it, nil if it is gone or its person is not admitted. A socket stays open for long,
// so one that was opened on a word from memory would outlive its session for as long as it takes to
// find that out.
func (w *Web) sessionNow(c *fiber.Ctx) (*chat.Session, error) {
	session, err := w.session(c)
	if chat.CodeOf(err) == chat.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if err := w.allow(c, socketsPerPerson, id(session.UserID)); err != nil {
		return nil, err
	}
	if !w.Store.Admits(session.User) {
		return nil, nil
	}
	alive, err := w.Store.SessionsAlive(c.UserContext(), []int64{session.ID})
	if err != nil || !alive[session.ID] {
		return nil, err
	}
	return session, nil
}

// noBuffers spares the upgrade a buffer for writing: the hub reads and writes by itself.
var noBuffers sync.Pool

func (w *Web) upgrade(c *fiber.Ctx, serve func(*websocket.Conn)) error {
	return websocket.New(serve, websocket.Config{
		Origins:         []string{"*"}, // sameOrigin has looked already, and more closely
		ReadBufferSize:  1,
		WriteBufferPool: &noBuffers,
		RecoverHandler: func(conn *websocket.Conn) {
			if r := recover(); r != nil {
				_ = conn.Close() // nobody else will
				w.Log.Error("a socket panicked", "panic", r, "stack", string(debug.Stack()))
			}
		},
	})(c)
}
