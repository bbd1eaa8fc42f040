package web

import (
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/compress"
)

// middleware holds the handlers that requests pass before the handler of their route.
type middleware struct{ *Web }

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self'; connect-src 'self'; " +
	"font-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

func (m middleware) headers(c *fiber.Ctx) error {
	m.setHeaders(c)
	return c.Next()
}

// setHeaders sets the headers that every answer has.
func (w *Web) setHeaders(c *fiber.Ctx) {
	c.Set("Content-Security-Policy", policy)
	c.Set("X-Content-Type-Options", "nosniff")
	c.Set("Referrer-Policy", "same-origin") // "no-referrer" would make forms post with Origin: null
	c.Set("Cross-Origin-Opener-Policy", "same-origin")
	if w.secure() {
		c.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// recover turns a panic into an error with its stack.
func (m middleware) recover(c *fiber.Ctx) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	return c.Next()
}

// compress compresses pages. Answers to actions are small, and static files are stored compressed.
func (m middleware) compress() fiber.Handler {
	return compress.New(compress.Config{
		Level: compress.LevelDefault, // a fifth smaller than at the fastest level
		Next: func(c *fiber.Ctx) bool {
			return c.Method() != fiber.MethodGet || c.Path() == "/ws" || strings.HasPrefix(c.Path(), "/static/") || strings.HasPrefix(c.Path(), "/files/")
		},
	})
}
