// Package commit stores what arrives at the same time in one transaction (group commit). It knows nothing of
// what it stores but the conversation and the sender of each draft.
package commit

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"dchat/app/guard"
)

// maxBatch is how many drafts share a transaction.
const maxBatch = 200

// Committer gathers the drafts that wait at the same time into one transaction:
// there is no timer, a lone draft goes at once, and the busier the server the larger the
// batches.
//
// A batch that takes long (a lock, a connection that went silent) does not stop the next one: it goes on
// beside it, and only the drafts of its own conversations wait. Drafts whose rows another transaction has
// locked are set aside and tried again, see retries. Within a conversation the order holds.
type Committer[D Draft] struct {
	log      *slog.Logger
	write    WriteFunc[D]
	parallel bool // batches may run beside each other
	queue    chan D
	ended    chan struct{}
	quit     chan struct{}
	once     sync.Once
	landed   chan *flight[D] // those that have ended

	careful atomic.Int64 // until then, in Unix nanoseconds, keys are looked for

	// Of run alone:
	ready    []D                // before those in the queue
	main     *flight[D]         // the batch that the next one waits for, nil if none
	detached int                // how many flights are under way that it does not wait for
	holding  map[int64]*held[D] // drafts that wait for their conversation
	crowded  time.Time          // until then rows that others have locked are not waited for
	retrying int                // how many flights of retries are under way
}

// Start starts a committer; Stop ends it. parallel says whether the database runs transactions beside each other.
func Start[D Draft](log *slog.Logger, parallel bool, write WriteFunc[D]) *Committer[D] {
	c := &Committer[D]{
		log: log, write: write, parallel: parallel,
		queue: make(chan D, maxBatch), quit: make(chan struct{}), ended: make(chan struct{}),
		landed: make(chan *flight[D], maxBeside+1), holding: map[int64]*held[D]{},
	}
	go c.run()
	return c
}

// Commit waits until the draft is stored, and returns its Err. If ctx ends first the outcome is unknown.
func (c *Committer[D]) Commit(ctx context.Context, d D) error {
	d.base().begin(ctx)
	select {
	case c.queue <- d:
	case <-c.quit:
		return errStopping
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-d.base().done:
		return d.base().Err
	case <-c.ended:
		return errStopping
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Stop waits for what is under way.
func (c *Committer[D]) Stop() {
	c.once.Do(func() { close(c.quit) })
	<-c.ended
}

// run has one batch under way at a time, as long as none takes long.
func (c *Committer[D]) run() {
	defer close(c.ended)
	guard.Loop(c.log, "storing messages", c.loop)
}

func (c *Committer[D]) loop() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		if c.main == nil && len(c.ready) > 0 {
			c.launch()
		}
		queue := c.queue
		if c.main != nil {
			queue = nil // let the next batch grow meanwhile
		}
		timer.Reset(c.nextLook())
		select {
		case first := <-queue:
			c.launch(first)
		case f := <-c.landed:
			c.land(f)
		case <-timer.C:
		case <-c.quit:
			c.finish()
			return
		}
		c.detach()
		c.retry()
	}
}

// finish waits for what is under way.
func (c *Committer[D]) finish() {
	for c.main != nil || c.detached > 0 {
		f := <-c.landed
		if f == c.main {
			c.main = nil
		} else {
			c.detached--
		}
	}
}

// launch stores a batch: what is ready, and then what is in the queue. Drafts whose conversation
// waits join it there.
func (c *Committer[D]) launch(more ...D) {
	batch := c.take(nil, c.ready...)
	c.ready = c.ready[:0]
	batch = c.take(batch, more...)
gather:
	for len(batch) < maxBatch {
		select {
		case d := <-c.queue:
			batch = c.take(batch, d)
		default:
			break gather
		}
	}
	if len(batch) > 0 {
		c.main = &flight[D]{drafts: batch, started: time.Now(), free: time.Now().Before(c.crowded)}
		go c.main.run(c)
	}
}

func (c *Committer[D]) take(batch []D, drafts ...D) []D {
	for _, d := range drafts {
		if h := c.holding[d.base().Conversation]; h != nil {
			h.drafts = append(h.drafts, d)
		} else {
			batch = append(batch, d)
		}
	}
	return batch
}
