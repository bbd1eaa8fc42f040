package web

import (
	"context"
	"fmt"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"dchat/app/address"
	"dchat/app/chat"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/compress"
)

// answerWithin is how long a request may take.
const answerWithin = 20 * time.Second

// bound gives the request a context of its own: Fiber's ends with the server's shutdown, which
// waits for requests instead of cutting them off.
func (w *Web) bound(c *fiber.Ctx) error {
	begin(c)
	defer func() { cancelOf(c)() }() // of the context that is the request's by then
	return c.Next()
}

const cancelLocal = "cancel"

// begin gives the request all its time, from now on.
func begin(c *fiber.Ctx) {
	cancelOf(c)()
	ctx, cancel := context.WithTimeout(context.Background(), answerWithin)
	c.SetUserContext(ctx)
	c.Locals(cancelLocal, cancel)
}

func cancelOf(c *fiber.Ctx) context.CancelFunc {
	cancel, ok := c.Locals(cancelLocal).(context.CancelFunc)
	if !ok {
		return func() {}
	}
	return cancel
}

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self'; connect-src 'self'; " +
	"font-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

func (w *Web) headers(c *fiber.Ctx) error {
	w.setHeaders(c)
	return c.Next()
}

// setHeaders puts on what goes out with every answer.
func (w *Web) setHeaders(c *fiber.Ctx) {
	c.Set("Content-Security-Policy", policy)
	c.Set("X-Content-Type-Options", "nosniff")
	c.Set("Referrer-Policy", "same-origin") // "no-referrer" would make forms post with Origin: null
	c.Set("Cross-Origin-Opener-Policy", "same-origin")
	if w.secure() {
		c.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// recover turns a panic into an answer and a line in the log.
func (w *Web) recover(c *fiber.Ctx) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	return c.Next()
}

// compress packs pages. What is small (answers to actions) or packed already is left alone.
func (w *Web) compress() fiber.Handler {
	return compress.New(compress.Config{
		Level: compress.LevelDefault, // a fifth less than at best speed; only pages come here
		Next: func(c *fiber.Ctx) bool {
			return c.Method() != fiber.MethodGet || c.Path() == "/ws" || strings.HasPrefix(c.Path(), "/static/") || strings.HasPrefix(c.Path(), "/files/")
		},
	})
}

// sameOrigin refuses what other sites make a browser send: whatever changes something must come
// from a page of ours. No GET changes anything.
func (w *Web) sameOrigin(c *fiber.Ctx) error {
	switch c.Method() {
	case fiber.MethodGet, fiber.MethodHead, fiber.MethodOptions:
		if c.Path() != "/ws" {
			return c.Next()
		}
	}
	if w.ours(c.Get("Origin"), hostOf(c)) {
		return c.Next()
	}
	return &chat.Error{Code: chat.Refused, Sentence: "This request came from another site, so nothing was done."}
}

// ours reports whether a page of origin may speak for its person.
func (w *Web) ours(origin, host string) bool {
	if strings.HasSuffix(origin, "/") {
		return false
	}
	given, err := address.Origin(origin)
	if err != nil {
		return false
	}
	own := w.BaseURL
	if own == "" {
		scheme, _, _ := strings.Cut(given, ":")
		own = scheme + "://" + host
	}
	own, err = address.Origin(own)
	return err == nil && given == own
}

// signedIn lets nobody else pass.
func (w *Web) signedIn(c *fiber.Ctx) error {
	_, err := w.session(c)
	if chat.CodeOf(err) == chat.NotFound {
		return w.toLogin(c)
	}
	if err != nil {
		return err
	}
	return c.Next()
}

// admitted sends whoever has to confirm their address first to do so.
func (w *Web) admitted(c *fiber.Ctx) error {
	if w.Store.Admits(mine(c).User) {
		return c.Next()
	}
	if scripted(c) {
		c.Set("HX-Redirect", "/verify")
		return c.SendStatus(fiber.StatusForbidden)
	}
	return c.Redirect("/verify", fiber.StatusSeeOther)
}

// outside is for pages that make no sense when one is signed in. Memory does not count: it may lag behind
// the socket that has just said that the session is gone, and the page would go to and fro.
func (w *Web) outside(c *fiber.Ctx) error {
	session, err := w.visitor(c)
	if err != nil {
		return err
	}
	if session == nil {
		return c.Next()
	}
	alive, err := w.Store.SessionsAlive(c.UserContext(), []int64{session.ID})
	if err != nil {
		return err
	}
	if !alive[session.ID] { // so the page is nobody's
		c.Locals(sessionLocal, nil)
		c.Response().Header.Del(asHeader)
		return c.Next()
	}
	return c.Redirect("/", fiber.StatusSeeOther)
}

func (w *Web) toLogin(c *fiber.Ctx) error {
	target := "/login"
	if c.Method() == fiber.MethodGet && !scripted(c) {
		target += "?next=" + url.QueryEscape(c.OriginalURL())
	}
	if scripted(c) {
		c.Set("HX-Redirect", target)
		return c.SendStatus(fiber.StatusUnauthorized)
	}
	return c.Redirect(target, fiber.StatusSeeOther)
}
