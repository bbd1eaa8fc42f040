package web

import "github.com/gofiber/fiber/v2"

// healthz says that the process lives.
func healthz(c *fiber.Ctx) error { return c.SendString("ok\n") }

// readyz says whether to send people here.
func (w *Web) readyz(c *fiber.Ctx) error {
	said, yes := w.Ready(c.UserContext())
	if !yes {
		c.Status(fiber.StatusServiceUnavailable)
	}
	return c.SendString(said + "\n")
}
