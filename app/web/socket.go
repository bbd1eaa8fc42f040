package web

import (
	"runtime/debug"
	"sync"
	"time"

	"dchat/app/account"
	"dchat/app/errs"
	"dchat/app/limit"
	"dchat/app/listen"
	"dchat/app/live"
	"dchat/app/web/request"

	"github.com/gofiber/contrib/websocket"
	"github.com/gofiber/fiber/v2"
)

type socketHandlers struct{ *Web }

// gone is the close code of a socket whose session is gone: the page goes to sign-in.
const gone = 4401

// A node that restarts meets all of a person's pages at once, each of them several times.
var socketsPerPerson = limit.Rule{Name: "socket", Burst: 300, Per: time.Minute}

// socket upgrades. Whoever is signed out is let in and shown out at once: to a page a refused
// handshake looks like a network that failed, and it would try for ever.
func (h socketHandlers) socket(c *fiber.Ctx) error {
	if !websocket.IsWebSocketUpgrade(c) {
		return fiber.ErrUpgradeRequired
	}
	if !listen.Of(c.Context().Conn()).MayStay() {
		c.Context().SetConnectionClose()
		c.Set("Retry-After", "4")
		return c.SendStatus(fiber.StatusServiceUnavailable) // the gate has logged why, once for many
	}
	if h.draining.Load() {
		return &errs.Error{Code: errs.Unavailable}
	}
	session, err := h.sessionNow(c)
	if err != nil {
		return err
	}
	cursor, ok := live.ParseCursor(request.Query(c, "cursor"))
	if session != nil {
		if err := h.Accounts.SetZone(c.UserContext(), session.User, zoneOf(c)); err != nil {
			return err
		}
		if !ok {
			if cursor, err = h.Hub.Now(c.UserContext(), session.UserID); err != nil {
				return err
			}
		}
	}
	as := request.Query(c, request.AsField)
	return h.upgrade(c, func(conn *websocket.Conn) {
		switch {
		case session == nil:
			h.Hub.Refuse(conn.NetConn(), gone, "signed out")
			return
		case !request.RenderedFor(session, as):
			h.Hub.Refuse(conn.NetConn(), gone, "another person is signed in")
			return
		}
		h.Hub.Serve(conn.NetConn(), session.UserID, session.ID, cursor)
	})
}

// sessionNow is the session as the database has it, nil if it is gone or its person is not admitted. A socket stays open for long,
// so one that was opened on a word from memory would outlive its session for as long as it takes to
// find that out.
func (h socketHandlers) sessionNow(c *fiber.Ctx) (*account.Session, error) {
	session, err := h.session(c)
	if errs.CodeOf(err) == errs.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if err := h.allow(c, socketsPerPerson, id(session.UserID)); err != nil {
		return nil, err
	}
	if !h.Accounts.Admits(session.User) {
		return nil, nil
	}
	alive, err := h.Accounts.SessionsAlive(c.UserContext(), []int64{session.ID})
	if err != nil || !alive[session.ID] {
		return nil, err
	}
	return session, nil
}

// noBuffers spares the upgrade a buffer for writing: the hub reads and writes by itself.
var noBuffers sync.Pool

func (h socketHandlers) upgrade(c *fiber.Ctx, serve func(*websocket.Conn)) error {
	return websocket.New(serve, websocket.Config{
		Origins:         []string{"*"}, // sameOrigin has looked already, and more closely
		ReadBufferSize:  1,
		WriteBufferPool: &noBuffers,
		RecoverHandler: func(conn *websocket.Conn) {
			if r := recover(); r != nil {
				_ = conn.Close() // nobody else will
				h.Log.Error("a socket panicked", "panic", r, "stack", string(debug.Stack()))
			}
		},
	})(c)
}
