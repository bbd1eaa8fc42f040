package chat

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"dchat/db"

	"github.com/google/uuid"
	"github.com/uptrace/bun"
)

// maxBatch is how many messages share a transaction.
const maxBatch = 200

// committer gathers the messages that wait at the same time into one transaction (group commit):
// there is no timer, a lone message goes at once, and the busier the server the larger the
// batches.
type committer struct {
	store *Store
	queue chan *draft
	quit  chan struct{}
	once  sync.Once
	ended chan struct{}

	careful time.Time // until then keys are looked for
}

// draft is a message on its way into the database.
type draft struct {
	ctx           context.Context // of the one who waits
	sender, other *User
	conversation  int64
	key           uuid.UUID
	body          string
	attachments   []string // ids
	digest        []byte

	message *Message // the outcome
	err     error
	done    chan struct{}
}

var errStopping = &Error{Code: Unavailable, Sentence: "The server is restarting."}

func startCommitter(s *Store) *committer {
	c := &committer{store: s, queue: make(chan *draft, maxBatch), quit: make(chan struct{}), ended: make(chan struct{})}
	go c.run()
	return c
}

// commit waits until the draft is stored. If ctx ends first the outcome is unknown: the same key
// may be sent again.
func (c *committer) commit(ctx context.Context, d *draft) (*Message, error) {
	d.ctx, d.done = ctx, make(chan struct{})
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

func (c *committer) run() {
	defer close(c.ended)
	for {
		select {
		case first := <-c.queue:
			c.settle(c.gather(first))
		case <-c.quit:
			return
		}
	}
}

func (c *committer) gather(first *draft) []*draft {
	batch := []*draft{first}
	for len(batch) < maxBatch {
		select {
		case d := <-c.queue:
			batch = append(batch, d)
		default:
			return batch
		}
	}
	return batch
}

// settle stores a batch. If that fails, and not because the database is away, each of its messages
// is tried alone, so that a bad one harms no stranger.
func (c *committer) settle(batch []*draft) {
	waiting := slices.DeleteFunc(slices.Clone(batch), func(d *draft) bool {
		d.err = d.ctx.Err()
		return d.err != nil // nobody waits any more
	})
	if err := c.try(waiting); err != nil {
		alone := len(waiting) > 1 && !db.IsOutage(err)
		if alone {
			c.store.log.Warn("a batch of messages failed and is tried one by one", "messages", len(waiting), "error", err)
		}
		for _, d := range waiting {
			outcome := err
			if alone {
				outcome = c.try([]*draft{d})
			}
			if outcome != nil {
				d.err = outcome
			}
		}
	}
	for _, d := range batch {
		close(d.done)
	}
}

// carefully is how long repeated keys are looked for before storing, once there was one.
const carefully = time.Second

// try stores a batch. Outcomes of single drafts (a repeated key, not contacts) are no error. Keys
// are hardly ever repeated, so the table's unique key is trusted to say so; then the batch is
// stored again, with a look at the keys first.
func (c *committer) try(batch []*draft) error {
	if len(batch) == 0 {
		return nil
	}
	err := errLookFirst
	if time.Now().After(c.careful) {
		err = c.write(batch, false)
	}
	if errors.Is(err, errLookFirst) || db.IsConflict(err) {
		c.careful = time.Now().Add(carefully)
		err = c.write(batch, true)
	}
	return err
}

func (c *committer) write(batch []*draft, look bool) error {
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
	defer cancel()
	var b *batchWrite
	err := c.store.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		b = &batchWrite{tx: tx, drafts: batch, at: now(), look: look}
		return b.run(ctx)
	})
	if err != nil {
		return err
	}
	if stored := len(b.accepted); stored > 0 && c.store.committed != nil {
		c.store.committed(stored)
	}
	if changes := b.changes(); len(changes) > 0 {
		c.store.changed(changes)
	}
	return nil
}
