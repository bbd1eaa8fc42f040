package chat

import (
	"context"
	"sync"
	"time"
)

// deliverEvery is how often a node writes what pages have acknowledged, and deliverWithin how long that may take.
const (
	deliverEvery  = time.Second
	deliverWithin = 10 * time.Second
)

// span says that a person's pages have everything up to version upTo. What is stamped up to after was written before.
type span struct{ after, upTo int64 }

// delivery collects what pages acknowledge, so that a node writes it once a second, however many there are.
type delivery struct {
	write func(context.Context, map[int64]span)

	mu      sync.Mutex
	waiting map[int64]span // by person; nil while nothing waits, and then no timer runs
	timer   *time.Timer
	running sync.WaitGroup
	stopped bool
}

// Acknowledge takes note that a page of a person has everything up to version upTo; an earlier call said so up to
// version after. It does not block.
func (s *Store) Acknowledge(user, after, upTo int64) { s.delivery.add(user, span{after, upTo}) }

func (d *delivery) add(user int64, s span) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stopped {
		return // the page says it again to another node
	}
	if d.waiting == nil {
		d.waiting = map[int64]span{}
		d.running.Add(1)
		d.timer = time.AfterFunc(deliverEvery, d.flush)
	}
	if other, known := d.waiting[user]; known {
		s = span{min(s.after, other.after), max(s.upTo, other.upTo)}
	}
	d.waiting[user] = s
}

func (d *delivery) flush() {
	defer d.running.Done()
	d.mu.Lock()
	waiting, stopped := d.waiting, d.stopped
	d.waiting = nil
	d.mu.Unlock()
	if stopped {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), deliverWithin)
	defer cancel()
	d.write(ctx, waiting)
}

// stop returns when nothing is written any more.
func (d *delivery) stop() {
	d.mu.Lock()
	d.stopped = true
	if d.timer != nil && d.timer.Stop() {
		d.running.Done()
	}
	d.mu.Unlock()
	d.running.Wait()
}
