package web

import (
	"crypto/rand"
	"log/slog"
	"time"

	"dchat/app/chat"

	"github.com/gofiber/fiber/v2"
)

const (
	requestLocal = "request"
	routeLocal   = "route"
)

// elsewhere is the route of what no route is for.
const elsewhere = "none"

// identify gives the request a name that stands in the log and in the answer, so that the one is found by
// the other. A proxy that is trusted may have given it one already.
func (w *Web) identify(c *fiber.Ctx) error {
	began := time.Now()
	name := c.Get(fiber.HeaderXRequestID)
	if !w.behindProxy(c) || !isRequestName(name) {
		name = rand.Text()
	}
	c.Locals(requestLocal, name)
	c.Set(fiber.HeaderXRequestID, name)
	err := c.Next()
	if err != nil { // while the route is known
		err = w.refuse(c, err)
	}
	if w.Observe != nil {
		w.Observe(c.Method(), routeOf(c), c.Response().StatusCode(), time.Since(began))
	}
	return err
}

// behindProxy reports whether whoever speaks to us may speak for others.
func (w *Web) behindProxy(c *fiber.Ctx) bool { return len(w.TrustedProxies) > 0 && c.IsProxyTrusted() }

// isRequestName keeps out of the log what a name does not need.
func isRequestName(s string) bool {
	if len(s) < 8 || len(s) > 64 {
		return false
	}
	for i := range len(s) {
		switch b := s[i]; {
		case b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z', b >= '0' && b <= '9', b == '-', b == '_':
		default:
			return false
		}
	}
	return true
}

// onRoute notes which route it is.
func onRoute(route string) fiber.Handler {
	return func(c *fiber.Ctx) error {
		c.Locals(routeLocal, route)
		return c.Next()
	}
}

func routeOf(c *fiber.Ctx) string {
	if route, ok := c.Locals(routeLocal).(string); ok {
		return route
	}
	return elsewhere
}

// log is the log of one request. It names the route and not the address, which may hold a secret: a link
// from a letter, or the signature of a file.
func (w *Web) log(c *fiber.Ctx) *slog.Logger {
	log := w.Log.With("request", c.Locals(requestLocal), "method", c.Method(), "route", routeOf(c))
	if session, ok := c.Locals(sessionLocal).(*chat.Session); ok {
		log = log.With("user", session.UserID)
	}
	return log
}
