package commit

import (
	"slices"
	"time"
)

const (
	// takesLong is after how long the next batch begins beside one.
	takesLong = 120 * time.Millisecond
	// maxBeside is how many transactions may be under way beside that of the next batch.
	maxBeside = 4
	// setAsideWithin is for how long a draft that cannot be stored is tried.
	setAsideWithin = 10 * time.Second
	// crowdedFor is for how long locks are not waited for, once one was in the way.
	crowdedFor = time.Second
)

// How long what was set aside waits until it is tried again.
const (
	firstRetry = 15 * time.Millisecond
	lastRetry  = 250 * time.Millisecond
)

// held are the drafts of a conversation that wait: for the flight that has it, or to be tried again.
type held[D Draft] struct {
	flight *flight[D] // that has the conversation, nil while none does
	drafts []D
	alone  bool // another row than that of its conversation or its people is in the way
	since  time.Time
	next   time.Time // try
	pause  time.Duration
}

// detach lets the next batch begin while the one before takes long.
func (c *Committer[D]) detach() {
	if c.main == nil || c.detached >= maxBeside || !c.parallel || time.Since(c.main.started) < takesLong {
		return
	}
	for _, d := range c.main.drafts {
		c.hold(d.base().Conversation).flight = c.main
	}
	c.detached++
	c.main = nil
}

func (c *Committer[D]) hold(conversation int64) *held[D] {
	h := c.holding[conversation]
	if h == nil {
		h = &held[D]{since: time.Now(), pause: firstRetry}
		c.holding[conversation] = h
	}
	return h
}

// land gives free what waited for a flight, but for the conversations that it could not lock: these are
// tried again.
func (c *Committer[D]) land(f *flight[D]) {
	if f == c.main {
		c.main = nil
	} else {
		c.detached--
	}
	if f.retry {
		c.retrying--
	}
	if f.crowded {
		c.crowded = time.Now().Add(crowdedFor)
	}
	aside := map[int64][]D{}
	for _, d := range f.aside {
		at := d.base().Conversation
		aside[at] = append(aside[at], d)
	}
	for conversation, drafts := range aside {
		h := c.hold(conversation)
		h.flight, h.alone = nil, h.alone || f.alone
		h.drafts = append(drafts, h.drafts...)
		h.next = time.Now().Add(h.pause)
		h.pause = min(2*h.pause, lastRetry)
	}
	for _, d := range f.drafts {
		if h := c.holding[d.base().Conversation]; h != nil && h.flight == f {
			delete(c.holding, d.base().Conversation)
			c.ready = append(c.ready, h.drafts...)
		}
	}
}

// nextLook is when there may be something to do, if nothing happens before.
func (c *Committer[D]) nextLook() time.Duration {
	wait := time.Hour
	if c.main != nil && c.parallel {
		wait = max(takesLong-time.Since(c.main.started), time.Millisecond)
		if c.detached >= maxBeside {
			wait = takesLong
		}
	}
	for _, h := range c.holding {
		if h.flight == nil && c.mayRetry() {
			wait = min(wait, max(time.Until(h.next), time.Millisecond))
		}
	}
	return wait
}

func (c *Committer[D]) mayRetry() bool { return c.retrying < maxBeside-1 && c.detached < maxBeside }

// retry has what was set aside tried again: all that is due in one transaction, which takes what it can
// lock, and what failed for another reason by itself. One place is left to batches that take long.
func (c *Committer[D]) retry() {
	var together []D
	for conversation, h := range c.holding {
		if h.flight != nil || time.Now().Before(h.next) {
			continue
		}
		if h.expire(); len(h.drafts) == 0 {
			delete(c.holding, conversation)
			continue
		}
		if time.Since(h.since) > firstRetry*4 {
			c.crowded = time.Now().Add(crowdedFor)
		}
		if !c.mayRetry() {
			continue
		}
		if !h.alone {
			if len(together) < maxBatch {
				together = append(together, h.drafts...)
			}
			continue
		}
		c.launchRetry(h.drafts)
	}
	if len(together) > 0 && c.mayRetry() {
		c.launchRetry(together)
	}
}

func (c *Committer[D]) launchRetry(drafts []D) {
	f := &flight[D]{drafts: slices.Clone(drafts), started: time.Now(), free: true, retry: true}
	for _, d := range f.drafts {
		h := c.holding[d.base().Conversation]
		h.flight, h.drafts = f, nil
	}
	c.detached++
	c.retrying++
	go f.run(c)
}

// expire answers the drafts that have waited long enough, and with them what the same people wrote after that:
// it must not overtake.
func (h *held[D]) expire() {
	at, expired := time.Now(), map[int64]error{}
	h.drafts = slices.DeleteFunc(h.drafts, func(d D) bool {
		err := d.base().expired(at)
		if err == nil {
			err = expired[d.base().Sender]
		}
		if err != nil {
			expired[d.base().Sender] = err
			d.base().fail(err)
		}
		return err != nil
	})
}
