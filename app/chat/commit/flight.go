package commit

import (
	"errors"
	"slices"
	"time"

	"dchat/app/guard"
	"dchat/db"
)

// flight is a batch that is being stored.
type flight[D Draft] struct {
	drafts  []D
	started time.Time
	retry   bool // of what was set aside
	free    bool // take only rows that are not locked

	waiting []D // those of drafts whose request still waits

	aside   []D  // the outcome: what could not be locked
	crowded bool // locks were in the way
	alone   bool // what was set aside has to be tried conversation by conversation
}

func (f *flight[D]) run(c *Committer[D]) {
	f.commit(c)
	c.landed <- f
}

// commit stores the batch. If that fails, and not because the database is away, each of its conversations
// is tried alone, so that a bad one does not harm the others.
func (f *flight[D]) commit(c *Committer[D]) {
	f.waiting = slices.DeleteFunc(slices.Clone(f.drafts), func(d D) bool {
		err := d.base().ctx.Err()
		if err != nil {
			d.base().fail(err)
		}
		return err != nil
	})
	aside, err := f.try(c, f.waiting)
	switch {
	case err == nil:
		f.aside = aside
		f.crowded = f.crowded || len(aside) > 0
		f.answer(nil)
	case f.mayTryAlone(err):
		if db.IsBusy(err) {
			f.aside, f.alone, f.crowded = f.waiting, true, true
			return
		}
		c.log.Warn("a batch of messages failed and is tried one by one", "messages", len(f.waiting), "error", err)
		f.oneByOne(c)
	default:
		f.answer(err)
	}
}

func (f *flight[D]) mayTryAlone(err error) bool {
	return db.IsBusy(err) || len(f.waiting) > 1 && !db.IsOutage(err)
}

func (f *flight[D]) oneByOne(c *Committer[D]) {
	for _, d := range f.waiting {
		if slices.ContainsFunc(f.aside, func(a D) bool { return a.base().Conversation == d.base().Conversation }) {
			f.aside = append(f.aside, d)
			continue
		}
		aside, err := f.try(c, []D{d})
		switch {
		case err == nil && len(aside) > 0, db.IsBusy(err):
			f.aside = append(f.aside, d)
		default:
			if err != nil {
				d.base().Err = err
			}
			close(d.base().done)
		}
	}
}

// answer answers the requests whose drafts were not set aside. err is nil if each draft has its own outcome.
func (f *flight[D]) answer(err error) {
	for _, d := range f.waiting {
		if slices.Contains(f.aside, d) {
			continue
		}
		if err != nil {
			d.base().Err = err
		}
		select {
		case <-d.base().done:
		default:
			close(d.base().done)
		}
	}
}

// WriteFunc stores drafts in one transaction and returns those whose rows are locked, if the mode lets it. The
// outcome of single drafts is their Err.
type WriteFunc[D Draft] func(drafts []D, mode Mode) (aside []D, err error)

// Mode is how carefully a batch is stored.
type Mode struct {
	Look bool // for keys that are there already
	Free bool // pass by the rows that others have locked
}

// ErrLookFirst is returned by a WriteFunc that cannot go on without a look for repeated keys.
var ErrLookFirst = errors.New("a refused message may be a repeated one")

// LockWait is how long a batch waits for a row that another transaction has locked, before it goes on
// without the drafts that need it.
const LockWait = 75 * time.Millisecond

// carefully is how long repeated keys are looked for before storing, once there was one.
const carefully = time.Second

// try stores a batch. Outcomes of single drafts (a repeated key, not contacts) are no error. Keys
// are hardly ever repeated, so the table's unique key is trusted to say so; then the batch is
// stored again, with a look at the keys first. Locks are hardly ever in the way either, so they are waited
// for a moment, which is fair, and only then passed by.
func (f *flight[D]) try(c *Committer[D], drafts []D) (aside []D, err error) {
	look := time.Now().UnixNano() < c.careful.Load()
	for range 4 {
		aside, err = c.store(slices.Clone(drafts), Mode{Look: look, Free: f.free})
		switch {
		case !look && (errors.Is(err, ErrLookFirst) || db.IsConflict(err)):
			look = true
			c.careful.Store(time.Now().Add(carefully).UnixNano())
		case !f.free && db.IsBusy(err):
			f.free, f.crowded = true, true
		default:
			return aside, err
		}
	}
	return aside, err
}

func (c *Committer[D]) store(drafts []D, mode Mode) (aside []D, err error) {
	if len(drafts) == 0 {
		return nil, nil
	}
	panicked := guard.Once(c.log, "storing messages", func() { aside, err = c.write(drafts, mode) })
	return aside, errors.Join(err, panicked)
}
