package chat

import (
	"context"
	"time"
)

const requestGone = "This request is no longer there."

// Ask sends a chat request. Somebody who has asked too is thereby accepted; asking twice changes
// nothing. To a person who is blocked by the other it looks sent, and never arrives.
func (s *Store) Ask(ctx context.Context, me, other *User) (Entry, error) {
	if err := s.meet(ctx, me, other); err != nil {
		return Entry{}, err
	}
	return s.settle(ctx, me, other, func(p *pair) error {
		switch mine, _ := p.standings(); {
		case mine == Blocked:
			return refused("You blocked " + other.DisplayName + ". Unblock them on your profile first.")
		case mine == InContact || mine == Asked:
			return nil
		case !p.theirs.AskedAt.IsZero() && p.theirs.BlockedAt.IsZero():
			p.connect()
			return nil
		}
		at := now()
		p.mine.AskedAt, p.mine.ShownAt = at, at
		if p.mine.AskHidden = !p.theirs.BlockedAt.IsZero(); !p.mine.AskHidden {
			p.theirs.ShownAt = at
		}
		return nil
	})
}

// Accept makes the two contacts. Accepting twice changes nothing.
func (s *Store) Accept(ctx context.Context, me, other *User) (Entry, error) {
	return s.settle(ctx, me, other, func(p *pair) error {
		switch mine, _ := p.standings(); mine {
		case InContact:
			return nil
		case Asking:
			p.connect()
			return nil
		}
		return refused(requestGone)
	})
}

// Reject turns the other's request down. They may ask again.
func (s *Store) Reject(ctx context.Context, me, other *User) (Entry, error) {
	return s.settle(ctx, me, other, func(p *pair) error {
		if mine, _ := p.standings(); mine != Asking {
			return refused(requestGone)
		}
		p.theirs.AskedAt = time.Time{}
		p.theirs.Rejections++
		p.theirs.RejectedAt = now()
		return nil
	})
}

// Cancel takes one's own request back. Cancelling twice changes nothing.
func (s *Store) Cancel(ctx context.Context, me, other *User) (Entry, error) {
	return s.settle(ctx, me, other, func(p *pair) error {
		switch mine, _ := p.standings(); mine {
		case InContact:
			return refused(other.DisplayName + " has already accepted.")
		case Asked:
			p.mine.AskedAt, p.mine.AskHidden = time.Time{}, false
		}
		return nil
	})
}
