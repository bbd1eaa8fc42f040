package live

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"time"
)

const (
	catchUpTimeout  = 10 * time.Second
	shortestBackOff = 250 * time.Millisecond
	longestBackOff  = 5 * time.Second
)

// queueCatchUp limits the rate of catch-ups: one that has to wait also brings what happens meanwhile.
// The caller holds mu.
func (c *client) queueCatchUp() {
	if wait := c.catchUps.next(catchUpRate, time.Now()); wait > 0 {
		time.AfterFunc(wait, func() { c.hub.catchUps.add(c) })
		return
	}
	c.hub.catchUps.add(c)
}

// catchUp reads what the page lacks and leaves it for the writer.
func (c *client) catchUp() {
	c.mu.Lock()
	cursor, resyncs := c.cursor, c.resyncs
	ended := c.ended || c.closeCode != 0
	c.behind = false // from here on fragments are kept: the answer may not have them
	c.mu.Unlock()
	if ended {
		return
	}
	epoch := c.hub.options.Epoch()
	fragments, err := c.hub.readMissing(c.user, cursor)

	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case err != nil:
		c.retryLater()
		return
	case resyncs == c.resyncs:
		c.caught, c.epoch = fragments, epoch
	}
	c.failures, c.catching = 0, false
	c.wake()
}

// retryLater keeps the client behind, and its socket open. The caller holds mu.
func (c *client) retryLater() {
	c.fallBehind(Failed)
	if c.ended {
		return
	}
	pause := min(shortestBackOff<<c.failures, longestBackOff)
	if pause < longestBackOff {
		c.failures++
	}
	time.AfterFunc(pause/2+rand.N(pause/2), func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.catching = false
		c.wake()
	})
}

// readMissing reads from the database, and recovers from a panic of the rendering.
func (h *Hub) readMissing(user int64, cursor Cursor) (fragments []Fragment, err error) {
	ctx, cancel := context.WithTimeout(h.ctx, catchUpTimeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
			h.options.Logger.Error("live: a catch-up panicked and will be retried", "user", user, "error", err)
		} else if err != nil {
			h.options.Logger.Debug("live: a catch-up failed and will be retried", "user", user, "error", err)
		}
	}()
	return h.options.CatchUp(ctx, user, cursor)
}
