package request

import (
	"context"
	"time"

	"github.com/gofiber/fiber/v2"
)

// Timeout is the time limit of a request.
const Timeout = 20 * time.Second

const cancelLocal = "cancel"

// WithTimeout gives the request a context that ends after Timeout. Fiber's own context ends with the shutdown of the
// server, which waits for requests instead.
func WithTimeout(c *fiber.Ctx) error {
	ResetTimeout(c)
	defer func() { cancelOf(c)() }() // ResetTimeout may have replaced the context
	return c.Next()
}

// ResetTimeout restarts the time limit of the request.
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

// Brief returns a context with Timeout for one step of an operation without a time limit of its own.
func Brief() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), Timeout)
}
