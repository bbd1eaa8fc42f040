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

// queueCatchUp keeps the rate of catch-ups: what makes a page fall behind meanwhile is made up for by
// the same one. The caller holds mu.
func (c *client) queueCatchUp() {
	if wait := c.catchUps.next(catchUpRate, time.Now()); wait > 0 {
		time.AfterFunc(wait, func() { c.hub.catchUps.add(c) })
		return
	}
	c.hub.catchUps.add(c)
}

// catchUp reads what the page misses and leaves it for the writer.
func (c *client) catchUp() {
	c.mu.Lock()
	cursor, asked := c.cursor, c.asked
	ended := c.ended || c.closeCode != 0
	c.behind = false // from here on frames are kept: the answer may not have them
	c.mu.Unlock()
	if ended {
		return
	}
	epoch := c.hub.options.Epoch()
	frames, err := c.hub.readMissing(c.user, cursor)

	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case err != nil:
		c.retryLater()
		return
	case asked == c.asked:
		c.caught, c.epoch = frames, epoch
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

// readMissing asks the database, and survives what rendering one person's page may bring.
func (h *Hub) readMissing(user int64, cursor Cursor) (frames []Frame, err error) {
	ctx, cancel := context.WithTimeout(h.ctx, catchUpTimeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
			h.options.Logger.Error("live: a catch-up panicked, will be tried again", "user", user, "error", err)
		} else if err != nil {
			h.options.Logger.Debug("live: catch-up failed, will be tried again", "user", user, "error", err)
		}
	}()
	return h.options.CatchUp(ctx, user, cursor)
}
