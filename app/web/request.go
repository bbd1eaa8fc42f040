package web

import (
	"crypto/rand"
	"log/slog"
	"time"

	"dchat/app/web/request"

	"github.com/gofiber/fiber/v2"
)

const (
	requestLocal = "request"
	routeLocal   = "route"
)

// noRoute names a request that matches no route, in the log and in metrics.
const noRoute = "none"

// identify gives the request an id that appears in the log and in the answer. A trusted proxy may have given it one
// already.
func (m middleware) identify(c *fiber.Ctx) error {
	began := time.Now()
	name := c.Get(fiber.HeaderXRequestID)
	if !m.behindProxy(c) || !isRequestName(name) {
		name = rand.Text()
	}
	c.Locals(requestLocal, name)
	c.Set(fiber.HeaderXRequestID, name)
	err := c.Next()
	if err != nil { // Fiber's own error handler runs too late: the route is unknown there
		err = m.refuse(c, err)
	}
	if m.Observe != nil {
		m.Observe(c.Method(), routeOf(c), c.Response().StatusCode(), time.Since(began))
	}
	return err
}

// behindProxy reports whether the peer is a trusted proxy.
func (w *Web) behindProxy(c *fiber.Ctx) bool { return len(w.TrustedProxies) > 0 && c.IsProxyTrusted() }

// isRequestName keeps unusual characters out of the log.
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

// onRoute stores the pattern of the route for routeOf.
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
	return noRoute
}

// log returns the log of one request. It names the route and not the address, which may hold a secret: the token of
// an email link, or the signature of a file.
func (w *Web) log(c *fiber.Ctx) *slog.Logger {
	log := w.Log.With("request", c.Locals(requestLocal), "method", c.Method(), "route", routeOf(c))
	if session := request.CurrentSession(c); session != nil {
		log = log.With("user", session.UserID)
	}
	return log
}
