package chat

import (
	"context"
	"slices"
	"time"

	"dchat/app/account"
	"dchat/app/store"
)

// Block ends everything between the two until it is lifted. The other sees what they would see
// after a removal; a request of theirs still looks sent to them.
func (s *Store) Block(ctx context.Context, me, other *account.User) (Entry, error) {
	if err := s.ensurePair(ctx, me, other); err != nil {
		return Entry{}, err
	}
	return s.updatePair(ctx, me, other, func(p *pair) error {
		if p.mine.BlockedAt.IsZero() {
			p.mine.BlockedAt = store.Now()
			p.mine.AskedAt, p.mine.AskHidden = time.Time{}, false
			p.theirs.AskHidden = !p.theirs.AskedAt.IsZero()
		}
		return nil
	})
}

// Unblock restores what was: contacts are contacts again. A request sent in the meantime never
// arrives.
func (s *Store) Unblock(ctx context.Context, me, other *account.User) (Entry, error) {
	return s.updatePair(ctx, me, other, func(p *pair) error {
		p.mine.BlockedAt = time.Time{}
		if !p.ContactAt.IsZero() {
			p.theirs.AskedAt, p.theirs.AskHidden = time.Time{}, false
		}
		return nil
	})
}

// BlockedPeople lists whom a person has blocked, the latest first.
func (s *Store) BlockedPeople(ctx context.Context, me *account.User) ([]Entry, error) {
	var sides []Membership
	err := selectEntries(s.db.Read(), &sides).Where("mb.user_id = ?", me.ID).Where("mb.blocked_at IS NOT NULL").
		OrderExpr("mb.blocked_at DESC").Scan(ctx)
	list := slices.DeleteFunc(toEntries(sides), func(e Entry) bool { return e.Standing == Deleted })
	return list, err
}
