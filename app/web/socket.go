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

// socketsPerPerson allows for a restart, after which all pages of a user connect at once, each several times.
var socketsPerPerson = limit.Rule{Name: "socket", Burst: 300, Per: time.Minute}

// socket upgrades a request to a WebSocket. Without a session it upgrades too and closes the socket at once: to a
// page, a refused handshake looks like a network failure, and it would retry forever.
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
			h.Hub.Refuse(conn.NetConn(), live.CloseSignedOut, "signed out")
			return
		case !request.RenderedFor(session, as):
			h.Hub.Refuse(conn.NetConn(), live.CloseSignedOut, "another person is signed in")
			return
		}
		h.Hub.Serve(conn.NetConn(), session.UserID, session.ID, cursor)
	})
}

// sessionNow returns the session, or nil if it has ended or its user is not admitted. It asks the database: a socket
// that was opened from the cache could outlive its session.
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

// noBuffers saves the upgrade a write buffer: the hub reads and writes the connection itself.
var noBuffers sync.Pool

func (h socketHandlers) upgrade(c *fiber.Ctx, serve func(*websocket.Conn)) error {
	return websocket.New(serve, websocket.Config{
		Origins:         []string{"*"}, // sameOrigin has checked the origin more strictly
		ReadBufferSize:  1,
		WriteBufferPool: &noBuffers,
		RecoverHandler: func(conn *websocket.Conn) {
			if r := recover(); r != nil {
				_ = conn.Close()
				h.Log.Error("a socket panicked", "panic", r, "stack", string(debug.Stack()))
			}
		},
	})(c)
}
