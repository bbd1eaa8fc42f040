package chat

import (
	"context"
	"errors"
	"slices"
	"time"

	"dchat/app/guard"
	"dchat/app/store"
	"dchat/db"

	"github.com/uptrace/bun"
)

// flight is a batch that is being stored.
type flight struct {
	drafts  []*draft
	started time.Time
	retry   bool // of what was set aside
	free    bool // take only rows that nobody has locked

	waiting []*draft // those of drafts for which somebody waits

	aside   []*draft // the outcome: what could not be locked
	crowded bool     // locks were in the way
	alone   bool     // what was set aside has to be tried conversation by conversation
}

// batchWithin bounds a batch, and batchLimits what it may wait for: the connection may have gone silent.
const batchWithin = 10 * time.Second

var batchLimits = db.Limits{Lock: lockWait, Statement: 5 * time.Second, Idle: 3 * time.Second}

func (f *flight) run(c *committer) {
	f.store(c)
	c.landed <- f
}

// store stores the batch. If that fails, and not because the database is away, each of its conversations
// is tried alone, so that a bad one harms no stranger.
func (f *flight) store(c *committer) {
	f.waiting = slices.DeleteFunc(slices.Clone(f.drafts), func(d *draft) bool {
		if d.err = d.ctx.Err(); d.err != nil { // nobody waits any more
			close(d.done)
		}
		return d.err != nil
	})
	b, err := f.try(c, f.waiting)
	switch {
	case err == nil:
		f.aside = b.aside
		f.crowded = f.crowded || len(b.aside) > 0
		f.answer(nil)
	case f.mayTryAlone(err):
		if db.IsBusy(err) {
			f.aside, f.alone, f.crowded = f.waiting, true, true
			return
		}
		c.store.log.Warn("a batch of messages failed and is tried one by one", "messages", len(f.waiting), "error", err)
		f.oneByOne(c)
	default:
		f.answer(err)
	}
}

func (f *flight) mayTryAlone(err error) bool {
	return db.IsBusy(err) || len(f.waiting) > 1 && !db.IsOutage(err)
}

func (f *flight) oneByOne(c *committer) {
	for _, d := range f.waiting {
		if slices.ContainsFunc(f.aside, func(a *draft) bool { return a.conversation == d.conversation }) {
			f.aside = append(f.aside, d)
			continue
		}
		b, err := f.try(c, []*draft{d})
		switch {
		case err == nil && len(b.aside) > 0, db.IsBusy(err):
			f.aside = append(f.aside, d)
		default:
			if err != nil {
				d.message, d.err = nil, err
			}
			close(d.done)
		}
	}
}

// answer tells those who wait for what was not set aside. err is nil if each draft has its own outcome.
func (f *flight) answer(err error) {
	for _, d := range f.waiting {
		if slices.Contains(f.aside, d) {
			continue
		}
		if err != nil {
			d.message, d.err = nil, err
		}
		select {
		case <-d.done:
		default:
			close(d.done)
		}
	}
}

// carefully is how long repeated keys are looked for before storing, once there was one.
const carefully = time.Second

// try stores a batch. Outcomes of single drafts (a repeated key, not contacts) are no error. Keys
// are hardly ever repeated, so the table's unique key is trusted to say so; then the batch is
// stored again, with a look at the keys first. Locks are hardly ever in the way either, so they are waited
// for a moment, which is fair, and only then passed by.
func (f *flight) try(c *committer, drafts []*draft) (b *batchWrite, err error) {
	look := time.Now().UnixNano() < c.careful.Load()
	for range 4 {
		b = &batchWrite{drafts: slices.Clone(drafts), look: look, free: f.free}
		err = b.write(c.store)
		switch {
		case !look && (errors.Is(err, errLookFirst) || db.IsConflict(err)):
			look = true
			c.careful.Store(time.Now().Add(carefully).UnixNano())
		case !f.free && db.IsBusy(err):
			f.free, f.crowded = true, true
		default:
			return b, err
		}
	}
	return b, err
}

func (b *batchWrite) write(s *Store) (err error) {
	if len(b.drafts) == 0 {
		return nil
	}
	panicked := guard.Once(s.log, "storing messages", func() { err = b.commit(s) })
	return errors.Join(err, panicked)
}

func (b *batchWrite) commit(s *Store) error {
	ctx, cancel := context.WithTimeout(db.WithLimits(context.Background(), batchLimits), batchWithin)
	defer cancel()
	err := s.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		b.tx, b.at = tx, store.Now()
		return b.run(ctx)
	})
	if errors.Is(err, errAllAside) {
		return nil
	}
	if err != nil {
		return err
	}
	if stored := len(b.accepted); stored > 0 && s.committed != nil {
		s.committed(stored)
	}
	if changes := b.changes(); len(changes) > 0 {
		s.changed(changes)
	}
	return nil
}
