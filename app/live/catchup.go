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

const (
	catchUpsAtOnce = 16 // of one hub: a storm of reconnects must leave the database to the sends
	catchUpsOfOne  = 2  // of one person: however many pages they have, the others do not wait for them
)

// catchUpPool runs the catch-ups of all clients: few at a time, person by person in turn. They do
// not run in the clients' writers, which have heartbeats and close frames to write while the
// database is slow.
type catchUpPool struct {
	mu      sync.Mutex
	people  map[int64]*turn // those with a catch-up that waits or runs
	queue   []*turn         // those whose next catch-up may run
	running int
}

// turn is one person's share of the pool.
type turn struct {
	user    int64
	waiting []*client
	running int
	queued  bool
}

// add queues a client. Each is queued once at most (client.catching).
func (p *catchUpPool) add(c *client) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.people == nil {
		p.people = make(map[int64]*turn)
	}
	t := p.people[c.user]
	if t == nil {
		t = &turn{user: c.user}
		p.people[c.user] = t
	}
	t.waiting = append(t.waiting, c)
	p.enqueue(t)
	if len(p.queue) > 0 && p.running < catchUpsAtOnce {
		p.running++
		go p.run()
	}
}

func (p *catchUpPool) run() {
	for {
		c, t := p.next()
		if c == nil {
			return
		}
		c.catchUp()
		p.done(t)
	}
}

func (p *catchUpPool) next() (*client, *turn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.queue) == 0 {
		p.queue = nil
		p.running--
		return nil, nil
	}
	t := p.queue[0]
	p.queue[0], p.queue = nil, p.queue[1:]
	c := t.waiting[0]
	t.waiting[0], t.waiting = nil, t.waiting[1:]
	t.queued = false
	t.running++
	p.enqueue(t)
	return c, t
}

func (p *catchUpPool) done(t *turn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t.running--
	p.enqueue(t)
	if t.running == 0 && len(t.waiting) == 0 {
		delete(p.people, t.user)
	}
}

// enqueue gives a person a place behind all others, if they may have one. The caller holds mu.
func (p *catchUpPool) enqueue(t *turn) {
	if !t.queued && len(t.waiting) > 0 && t.running < catchUpsOfOne {
		t.queued = true
		p.queue = append(p.queue, t)
	}
}
