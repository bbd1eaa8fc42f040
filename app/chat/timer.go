package chat

import (
	"context"
	"slices"
	"time"

	"dchat/app/account"
	"dchat/app/errs"

	"github.com/google/uuid"
)

// Timers are the times after which messages can disappear; 0 is never.
var Timers = []time.Duration{0, 24 * time.Hour, 7 * 24 * time.Hour, 28 * 24 * time.Hour}

// SetTimer changes after which time later messages disappear: one of Timers. A notice in the conversation says so, as a
// message of the viewer that stays.
func (s *Store) SetTimer(ctx context.Context, viewer, other *account.User, after time.Duration) (Entry, error) {
	if !slices.Contains(Timers, after) {
		return Entry{}, errs.Field("after", "Choose one of the times.")
	}
	d, err := s.newDraft(ctx, viewer, other)
	if err != nil {
		return Entry{}, err
	}
	d.key, d.notice, d.body = uuid.New(), TimerNotice, timerNotice(after)
	d.digest = digest(d.Conversation, d.body, origin{})
	err = s.writeTogether(ctx, []*draft{d}, func(ctx context.Context, b *batchWrite) error { return b.setTimer(ctx, d, after) })
	if err != nil {
		return Entry{}, err
	}
	return s.Entry(ctx, viewer, other)
}

// setTimer sets the timer of a locked pair. If it is set already, the notice is dropped.
func (b *batchWrite) setTimer(ctx context.Context, d *draft, after time.Duration) error {
	c := b.pairs[d.Conversation]
	if c.timer() == after {
		b.accepted = nil
		return nil
	}
	c.Timer = int64(after / time.Second)
	_, err := b.tx.NewUpdate().Model(c).Column("timer").WherePK().Exec(ctx)
	return err
}

// timer is after which time messages disappear, 0 if they stay.
func (c *Conversation) timer() time.Duration { return time.Duration(c.Timer) * time.Second }

func timerNotice(after time.Duration) string {
	switch after {
	case 0:
		return "Messages no longer disappear."
	case 24 * time.Hour:
		return "Messages disappear after 1 day."
	case 7 * 24 * time.Hour:
		return "Messages disappear after 1 week."
	}
	return "Messages disappear after 4 weeks."
}

// startTimer gives a message its time to disappear. Notices stay.
func (b *batchWrite) startTimer(d *draft) {
	after, m := b.pairs[d.Conversation].timer(), d.message
	if after == 0 || m.Notice != "" {
		return
	}
	m.ExpiresAt = m.CreatedAt.Add(after)
	b.side(d.Conversation, d.other.ID).lose(m)
}
