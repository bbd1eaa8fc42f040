package chat

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"dchat/app/errs"
	"dchat/app/guard"

	"github.com/google/uuid"
)

// maxBatch is how many messages share a transaction.
const maxBatch = 200

// committer gathers the messages that wait at the same time into one transaction (group commit):
// there is no timer, a lone message goes at once, and the busier the server the larger the
// batches.
//
// A batch that takes long (a lock, a connection that went silent) does not stop the next one: it goes on
// beside it, and only the messages of its own conversations wait. Messages whose rows somebody else has
// locked are set aside and tried again, see retries. Within a conversation the order holds.
type committer struct {
	store  *Store
	queue  chan *draft
	ended  chan struct{}
	quit   chan struct{}
	once   sync.Once
	landed chan *flight // those that have ended

	careful atomic.Int64 // until then, in Unix nanoseconds, keys are looked for

	// Of run alone:
	ready    []*draft        // before those in the queue
	main     *flight         // the batch that the next one waits for, nil if none
	beside   int             // how many flights are under way that it does not wait for
	holding  map[int64]*held // messages that wait for their conversation
	crowded  time.Time       // until then rows that others have locked are not waited for
	retrying int             // how many flights of retries are under way
}

// draft is a message on its way into the database.
type draft struct {
	ctx           context.Context // of the one who waits
	since         time.Time
	sender, other *User
	conversation  int64
	key           uuid.UUID
	body          string
	attachments   []string // ids
	digest        []byte
	read          int64 // up to where the sender had read

	message *Message // the outcome
	err     error
	done    chan struct{}
}

// expired reports whether nobody waits any more, or has waited for long enough.
func (d *draft) expired(at time.Time) error {
	if err := d.ctx.Err(); err != nil {
		return err
	}
	if at.Sub(d.since) > setAsideWithin {
		return errBusy
	}
	return nil
}

var (
	errStopping = &errs.Error{Code: errs.Unavailable, Sentence: "The server is restarting."}
	errBusy     = &errs.Error{Code: errs.Unavailable, Sentence: "This conversation is busy. Please try again in a moment."}
)

func startCommitter(s *Store) *committer {
	c := &committer{
		store: s, queue: make(chan *draft, maxBatch), quit: make(chan struct{}), ended: make(chan struct{}),
		landed: make(chan *flight, maxBeside+1), holding: map[int64]*held{},
	}
	go c.run()
	return c
}

// commit waits until the draft is stored. If ctx ends first the outcome is unknown: the same key
// may be sent again.
func (c *committer) commit(ctx context.Context, d *draft) (*Message, error) {
	d.ctx, d.since, d.done = ctx, time.Now(), make(chan struct{})
	select {
	case c.queue <- d:
	case <-c.quit:
		return nil, errStopping
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	select {
	case <-d.done:
		return d.message, d.err
	case <-c.ended:
		return nil, errStopping
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (c *committer) stop() {
	c.once.Do(func() { close(c.quit) })
	<-c.ended
}

// run has one batch under way at a time, as long as none takes long.
func (c *committer) run() {
	defer close(c.ended)
	guard.Loop(c.store.log, "storing messages", c.loop)
}

func (c *committer) loop() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		if c.main == nil && len(c.ready) > 0 {
			c.launch(nil)
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
func (c *committer) finish() {
	for c.main != nil || c.beside > 0 {
		f := <-c.landed
		if f == c.main {
			c.main = nil
		} else {
			c.beside--
		}
	}
}

// launch has a batch stored: what is ready, and then what is in the queue. Messages whose conversation
// waits join it there.
func (c *committer) launch(first *draft) {
	batch := c.take(nil, c.ready...)
	c.ready = c.ready[:0]
	if first != nil {
		batch = c.take(batch, first)
	}
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
		c.main = &flight{drafts: batch, started: time.Now(), free: time.Now().Before(c.crowded)}
		go c.main.run(c)
	}
}

func (c *committer) take(batch []*draft, drafts ...*draft) []*draft {
	for _, d := range drafts {
		if h := c.holding[d.conversation]; h != nil {
			h.drafts = append(h.drafts, d)
		} else {
			batch = append(batch, d)
		}
	}
	return batch
}
