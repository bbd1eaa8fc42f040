package request

import (
	"context"
	"time"

	"github.com/gofiber/fiber/v2"
)

// Timeout is how long a request may take.
const Timeout = 20 * time.Second

const cancelLocal = "cancel"

// WithTimeout gives the request a context of its own: Fiber's ends with the server's shutdown, which
// waits for requests instead of cutting them off.
func WithTimeout(c *fiber.Ctx) error {
	ResetTimeout(c)
	defer func() { cancelOf(c)() }() // ResetTimeout may have replaced the context
	return c.Next()
}

// ResetTimeout gives the request its whole time again, from now on.
func ResetTimeout(c *fiber.Ctx) {
	cancelOf(c)()
	ctx, cancel := context.WithTimeout(context.Background(), Timeout)
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

// Brief returns a context for one step of an operation whose whole duration is not limited.
func Brief() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), Timeout)
}
