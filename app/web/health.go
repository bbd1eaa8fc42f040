package web

import "github.com/gofiber/fiber/v2"

// healthz reports that the process is running.
func healthz(c *fiber.Ctx) error { return c.SendString("ok\n") }

// readyz reports whether a load balancer may send requests to this node.
func (w *Web) readyz(c *fiber.Ctx) error {
	reason, ready := w.Ready(c.UserContext())
	if !ready {
		c.Status(fiber.StatusServiceUnavailable)
	}
	return c.SendString(reason + "\n")
}
