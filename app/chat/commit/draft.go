package commit

import (
	"context"
	"time"

	"dchat/app/errs"
)

// Draft is what a Committer stores: a type that embeds Base.
type Draft interface {
	comparable
	base() *Base
}

// Base is the committer's part of a draft.
type Base struct {
	Conversation int64 // drafts of one conversation keep their order
	Sender       int64
	Err          error // the outcome

	ctx   context.Context // of the request that waits
	since time.Time
	done  chan struct{}
}

func (b *Base) base() *Base { return b }

func (b *Base) begin(ctx context.Context) {
	b.ctx, b.since, b.done = ctx, time.Now(), make(chan struct{})
}

// fail answers the request that waits with an error.
func (b *Base) fail(err error) {
	b.Err = err
	close(b.done)
}

// expired reports whether the request has ended, or has waited for long enough.
func (b *Base) expired(at time.Time) error {
	if err := b.ctx.Err(); err != nil {
		return err
	}
	if at.Sub(b.since) > setAsideWithin {
		return errBusy
	}
	return nil
}

var (
	errStopping = errs.New(errs.Unavailable, "The server is restarting.")
	errBusy     = errs.New(errs.Unavailable, "This conversation is busy. Please try again in a moment.")
)
