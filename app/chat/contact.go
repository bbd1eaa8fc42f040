package chat

import (
	"context"
	"time"

	"dchat/app/store"
)

// becomeContacts makes the two contacts and forgets all that was asked before.
func (p *pair) becomeContacts() {
	at := store.Now()
	p.ContactAt = at
	for _, side := range []*Membership{p.mine, p.theirs} {
		side.AskedAt, side.AskHidden, side.Rejections, side.RejectedAt, side.ShownAt = time.Time{}, false, 0, time.Time{}, at
	}
}

// Remove ends the contact for both; what was written stays readable. Removing twice changes nothing.
func (s *Store) Remove(ctx context.Context, me, other *User) (Entry, error) {
	return s.updatePair(ctx, me, other, func(p *pair) error {
		if mine, _ := p.standings(); mine == InContact {
			p.ContactAt = time.Time{}
		}
		return nil
	})
}
