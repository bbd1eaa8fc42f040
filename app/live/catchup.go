package live

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"time"
)

const (
	catchUpsAtOnce  = 16 // of one hub: a storm of reconnects must leave the database to the sends
	catchUpTimeout  = 10 * time.Second
	shortestBackOff = 250 * time.Millisecond
	longestBackOff  = 5 * time.Second
)

// lane runs the catch-ups of all clients: few at a time, first come, first served. They do not run
// in the clients' writers, which have heartbeats and goodbyes to write while the database is slow.
type lane struct {
	mu      sync.Mutex
	waiting []*client
	running int
}

// add queues a client. Each is queued once at most (client.catching).
func (l *lane) add(c *client) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting = append(l.waiting, c)
	if l.running < catchUpsAtOnce {
		l.running++
		go l.run()
	}
}

func (l *lane) run() {
	for {
		c := l.next()
		if c == nil {
			return
		}
		c.catchUp()
	}
}

func (l *lane) next() *client {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) == 0 {
		l.waiting = nil
		l.running--
		return nil
	}
	c := l.waiting[0]
	l.waiting[0], l.waiting = nil, l.waiting[1:]
	return c
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
	frame, err := c.hub.readMissing(c.user, cursor)

	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case err != nil:
		c.retryLater()
		return
	case asked == c.asked:
		c.caught, c.cursor.Epoch = &frame, epoch
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
func (h *Hub) readMissing(user int64, cursor Cursor) (frame Frame, err error) {
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
