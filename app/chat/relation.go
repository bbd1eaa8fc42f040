package chat

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"dchat/app/account"
	"dchat/app/store"

	"github.com/uptrace/bun"
)

// updatePair locks the pair of two people, lets rule decide and change, and raises the versions of
// those whose pages show a difference. Locks are taken in the order that all of chat keeps:
// pair rows, then people, each ascending.
func (s *Store) updatePair(ctx context.Context, me, other *account.User, rule func(*pair) error) (Entry, error) {
	mine := Entry{Other: other, Standing: Stranger}
	var changes []Change
	err := s.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		p, err := lockPair(ctx, tx, me.ID, other.ID)
		if errors.Is(err, sql.ErrNoRows) {
			return rule(&pair{Conversation: &Conversation{}, mine: &Membership{User: me}, theirs: &Membership{User: other}}) // strangers: nothing to change
		}
		if err != nil {
			return err
		}
		was := p.copy()
		if err := rule(p); err != nil {
			return err
		}
		if err := raise(ctx, tx, p.differing(was)); err != nil {
			return err
		}
		if p.afterLock != nil {
			if err := p.afterLock(ctx, tx); err != nil {
				return err
			}
		}
		if err := p.save(ctx, tx); err != nil {
			return err
		}
		mine, changes, err = p.changes(ctx, tx, was)
		return err
	})
	if err != nil {
		return Entry{}, err
	}
	if len(changes) > 0 {
		s.changed(changes)
	}
	if mine.Version == 0 { // a stranger has no stamp, but may become more at any time
		return s.Entry(ctx, me, other)
	}
	return mine, nil
}

// changes says what the two see now: mine is the first one's entry.
func (p *pair) changes(ctx context.Context, tx bun.Tx, was *pair) (mine Entry, list []Change, err error) {
	last, err := p.last(ctx, tx)
	if err != nil {
		return mine, nil, err
	}
	requests, err := pendingRequests(ctx, tx, []int64{p.mine.UserID, p.theirs.UserID})
	if err != nil {
		return mine, nil, err
	}
	if err := countGone(ctx, tx, p.mine, p.theirs); err != nil {
		return mine, nil, err
	}
	mine = p.entry(last[p.mine.UserID])
	mine.Version = p.mine.Version
	for _, turn := range []struct{ now, was *pair }{{p, was}, {p.reversed(), was.reversed()}} {
		side := turn.now.mine
		if side.Version == turn.was.mine.Version {
			continue
		}
		waiting, turned := requests[side.UserID], turn.now.standing() != turn.was.standing()
		same := !turned && !shows(turn.was.mine, turn.now.mine)
		count := &waiting
		if same {
			count = nil
		}
		list = append(list, Change{
			Viewer: side.User, From: side.Version - 1, To: side.Version, Requests: count,
			Items: []Item{{
				Entry: turn.now.entry(last[side.UserID]), Same: same, NewStanding: turned, NewSide: side.kept() != turn.was.mine.kept(),
				NewProfile: turned, NewReceipts: turned || turn.now.receipts(turn.was), // the name may have changed without a notification
			}},
		})
	}
	return mine, list, nil
}

// becomeContacts makes the two contacts and forgets all that was asked before.
func (p *pair) becomeContacts() {
	at := store.Now()
	p.ContactAt = at
	for _, side := range []*Membership{p.mine, p.theirs} {
		side.AskedAt, side.AskHidden, side.Rejections, side.RejectedAt, side.ShownAt = time.Time{}, false, 0, time.Time{}, at
		side.comeBack(at)
	}
}

// Remove ends the contact for both; what was written stays readable. Removing twice changes nothing.
func (s *Store) Remove(ctx context.Context, me, other *account.User) (Entry, error) {
	return s.updatePair(ctx, me, other, func(p *pair) error {
		if mine, _ := p.standings(); mine == InContact {
			p.ContactAt = time.Time{}
		}
		return nil
	})
}
