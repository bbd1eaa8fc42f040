package web

import (
	"context"
	"time"

	"github.com/gofiber/fiber/v2"
)

// healthz says that the process lives.
func (w *Web) healthz(c *fiber.Ctx) error { return c.SendString("ok\n") }

// readyz says whether to send people here.
func (w *Web) readyz(c *fiber.Ctx) error {
	if w.draining.Load() {
		return c.Status(fiber.StatusServiceUnavailable).SendString("draining\n")
	}
	ctx, cancel := context.WithTimeout(c.UserContext(), 2*time.Second)
	defer cancel()
	if err := w.Store.Ready(ctx); err != nil {
		w.Log.Warn("not ready", "error", err)
		return c.Status(fiber.StatusServiceUnavailable).SendString("the database does not answer\n")
	}
	return c.SendString("ok\n")
}
