package web

import (
	"context"
	"sync/atomic"
	"time"

	"dchat/app/errs"

	"github.com/gofiber/fiber/v2"
)

// running counts the requests in progress. fasthttp's own shutdown waits for connections instead, and browsers keep
// idle connections open.
type running struct {
	requests atomic.Int64
	stopped  atomic.Bool
}

// count counts a request, and refuses it once the shutdown no longer waits for requests.
func (m middleware) count(c *fiber.Ctx) error {
	m.running.requests.Add(1)
	defer m.running.requests.Add(-1)
	if m.running.stopped.Load() {
		c.Context().SetConnectionClose() // the client's next request goes to another node
		return &errs.Error{Code: errs.Unavailable}
	}
	return c.Next()
}

// inProgress reports whether a request is in progress, until the last byte of its answer is written.
func (w *Web) inProgress() bool {
	return w.running.requests.Load() > 0 || w.Busy != nil && w.Busy() > 0
}

// Shutdown stops listening and waits for the requests in progress. It returns the error of ctx if ctx ends first.
func (w *Web) Shutdown(ctx context.Context) error {
	done := make(chan error, 1)
	go func() { done <- w.app.ShutdownWithContext(ctx) }()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			if err == nil && w.inProgress() { // the server counts connections, not answers
				done = nil
				continue
			}
			w.running.stopped.Store(true)
			return err
		case <-ctx.Done():
			w.running.stopped.Store(true)
			return ctx.Err()
		case <-tick.C:
		}
		if w.inProgress() {
			continue
		}
		// A request that arrives now is refused, or was counted before.
		if w.running.stopped.Store(true); !w.inProgress() {
			return nil
		}
		w.running.stopped.Store(false)
	}
}
