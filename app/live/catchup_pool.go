package live

import "sync"

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
