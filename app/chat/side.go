package chat

import (
	"context"
	"math"
	"slices"
	"time"

	"dchat/app/account"
	"dchat/app/errs"
	"dchat/app/store"
)

// MuteAlways mutes a conversation until it is unmuted.
const MuteAlways = time.Duration(math.MaxInt64)

// Mutes are the times for which a conversation can be muted; 0 unmutes it.
var Mutes = []time.Duration{time.Hour, 8 * time.Hour, MuteAlways, 0}

// always is later than every time that a message can have, and a time that both databases and JavaScript know.
var always = time.Date(9999, time.December, 31, 0, 0, 0, 0, time.UTC)

// Mute keeps a conversation quiet for the viewer: for one of Mutes from now on.
func (s *Store) Mute(ctx context.Context, viewer, other *account.User, length time.Duration) (Entry, error) {
	if !slices.Contains(Mutes, length) {
		return Entry{}, errs.Field("for", "Choose one of the times.")
	}
	return s.updateSide(ctx, viewer, other, func(side *Membership) {
		switch length {
		case 0:
			side.MutedUntil = time.Time{}
		case MuteAlways:
			side.MutedUntil = always
		default:
			side.MutedUntil = store.Now().Add(length)
		}
	})
}

// Pin puts a conversation above the others in the viewer's sidebar, or back among them. It ends the archiving.
func (s *Store) Pin(ctx context.Context, viewer, other *account.User, on bool) (Entry, error) {
	return s.updateSide(ctx, viewer, other, func(side *Membership) {
		side.PinnedAt = switched(side.PinnedAt, on)
		if on {
			side.ArchivedAt = time.Time{}
		}
	})
}

// Archive moves a conversation to a section of its own in the viewer's sidebar, or back. It ends the pinning.
func (s *Store) Archive(ctx context.Context, viewer, other *account.User, on bool) (Entry, error) {
	return s.updateSide(ctx, viewer, other, func(side *Membership) {
		side.ArchivedAt = switched(side.ArchivedAt, on)
		if on {
			side.PinnedAt = time.Time{}
		}
	})
}

// MarkUnread shows a conversation as unread until the viewer opens it again or writes in it. How far they have read
// stays as it is.
func (s *Store) MarkUnread(ctx context.Context, viewer, other *account.User) (Entry, error) {
	return s.updateSide(ctx, viewer, other, func(side *Membership) { side.MarkedUnread = true })
}

// updateSide changes the viewer's side. A conversation that has never been shown to them is as none.
func (s *Store) updateSide(ctx context.Context, viewer, other *account.User, change func(*Membership)) (Entry, error) {
	return s.updatePair(ctx, viewer, other, func(p *pair) error {
		if p.mine.Version > 0 {
			change(p.mine)
		}
		return nil
	})
}

// switched is since when a state holds that is switched on or off.
func switched(was time.Time, on bool) time.Time {
	switch {
	case !on:
		return time.Time{}
	case was.IsZero():
		return store.Now()
	}
	return was
}

// kept is what the menu of a conversation shows of a side.
type kept struct {
	mutedUntil       int64
	pinned, archived bool
}

func (m *Membership) kept() kept {
	return kept{m.MutedUntil.UnixMicro(), !m.PinnedAt.IsZero(), !m.ArchivedAt.IsZero()}
}

// comeBack ends the archiving for a new message, and reports whether it did. What is muted stays archived.
func (m *Membership) comeBack(at time.Time) bool {
	if m.ArchivedAt.IsZero() || m.MutedUntil.After(at) {
		return false
	}
	m.ArchivedAt = time.Time{}
	return true
}
