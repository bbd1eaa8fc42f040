package chat

import (
	"context"
	"strconv"
	"time"

	"dchat/app/account"
	"dchat/app/errs"
	"dchat/app/store"
	"dchat/app/text"

	"github.com/uptrace/bun"
)

const requestEnded = "This request is no longer there."

// MaxRequests is how many chat requests of one person may wait at the same time.
const MaxRequests = 100

// coolDown is how long a person who was rejected so often waits before they can ask again. The first
// rejection may have been a slip.
func coolDown(rejections int) time.Duration {
	switch {
	case rejections < 2:
		return 0
	case rejections == 2:
		return 24 * time.Hour
	case rejections == 3:
		return 7 * 24 * time.Hour
	}
	return 30 * 24 * time.Hour
}

// SendRequest sends a chat request. A request of the other is thereby accepted; asking twice changes
// nothing. To a person who is blocked by the other it looks sent, and never arrives.
func (s *Store) SendRequest(ctx context.Context, me, other *account.User) (Entry, error) {
	if err := s.ensurePair(ctx, me, other); err != nil {
		return Entry{}, err
	}
	return s.updatePair(ctx, me, other, func(p *pair) error {
		switch mine, _ := p.standings(); {
		case mine == Blocked:
			return errs.New(errs.Refused, other.DisplayName+" is blocked. Unblock them on your profile first.")
		case mine == InContact || mine == Asked:
			return nil
		case !p.theirs.AskedAt.IsZero() && p.theirs.BlockedAt.IsZero():
			p.becomeContacts()
			p.afterLock = p.refuseDeleted
			return nil
		}
		at := store.Now()
		if wait := p.mine.RejectedAt.Add(coolDown(p.mine.Rejections)).Sub(at); wait > 0 {
			return &errs.Error{Code: errs.TooFast, RetryAfter: wait, Sentence: other.DisplayName + " has turned your request down more than once. You can ask again in " + text.Duration(wait) + "."}
		}
		p.afterLock = p.checkRequests
		p.mine.AskedAt, p.mine.ShownAt = at, at
		if p.mine.AskHidden = !p.theirs.BlockedAt.IsZero(); !p.mine.AskHidden {
			p.theirs.ShownAt = at
		}
		return nil
	})
}

// checkRequests refuses who has too many requests waiting. Those that never arrive count like the others.
func (p *pair) checkRequests(ctx context.Context, tx bun.Tx) error {
	waiting, err := tx.NewSelect().Model((*Membership)(nil)).Where("user_id = ?", p.mine.UserID).
		Where("conversation_id <> ?", p.ID).Where("asked_at IS NOT NULL").Count(ctx)
	if err != nil {
		return err
	}
	if waiting >= MaxRequests {
		return errs.New(errs.Refused, "You have "+strconv.Itoa(int(waiting))+" requests waiting. Cancel some, or wait for an answer, before you ask more people.")
	}
	return p.refuseDeleted(ctx, tx)
}

// refuseDeleted refuses to begin anything with a person who is deleting their account.
func (p *pair) refuseDeleted(ctx context.Context, tx bun.Tx) error {
	deleted, err := tx.NewSelect().Model((*account.User)(nil)).Where("id IN (?)", bun.List([]int64{p.mine.UserID, p.theirs.UserID})).
		Where("deleted_at IS NOT NULL").Exists(ctx)
	if err == nil && deleted {
		err = errs.New(errs.Refused, "This account was deleted.")
	}
	return err
}

// pendingRequests counts the chat requests that wait for each of some people: as many as their pages
// show with the standing Asking.
func pendingRequests(ctx context.Context, tx bun.IDB, ids []int64) (map[int64]int, error) {
	var rows []struct {
		OtherID int64
		Waiting int
	}
	err := tx.NewSelect().TableExpr("memberships AS theirs").ColumnExpr("theirs.other_id, count(*) AS waiting").
		Join("JOIN memberships AS mine ON mine.conversation_id = theirs.conversation_id AND mine.user_id = theirs.other_id").
		Join("JOIN conversations AS c ON c.id = theirs.conversation_id").
		Where("theirs.other_id IN (?)", bun.List(ids)).Where("theirs.asked_at IS NOT NULL").Where("NOT theirs.ask_hidden").
		Where("mine.blocked_at IS NULL").Where("mine.asked_at IS NULL").Where("c.contact_at IS NULL OR theirs.blocked_at IS NOT NULL").
		GroupExpr("theirs.other_id").Scan(ctx, &rows)
	waiting := make(map[int64]int, len(rows))
	for _, row := range rows {
		waiting[row.OtherID] = row.Waiting
	}
	return waiting, err
}

// Accept makes the two contacts. Accepting twice changes nothing.
func (s *Store) Accept(ctx context.Context, me, other *account.User) (Entry, error) {
	return s.updatePair(ctx, me, other, func(p *pair) error {
		switch mine, _ := p.standings(); mine {
		case InContact:
			return nil
		case Asking:
			p.becomeContacts()
			p.afterLock = p.refuseDeleted
			return nil
		}
		return errs.New(errs.Refused, requestEnded)
	})
}

// Reject turns the other's request down. They may ask again.
func (s *Store) Reject(ctx context.Context, me, other *account.User) (Entry, error) {
	return s.updatePair(ctx, me, other, func(p *pair) error {
		if mine, _ := p.standings(); mine != Asking {
			return errs.New(errs.Refused, requestEnded)
		}
		p.theirs.AskedAt = time.Time{}
		p.theirs.Rejections++
		p.theirs.RejectedAt = store.Now()
		return nil
	})
}

// Cancel takes one's own request back. Cancelling twice changes nothing.
func (s *Store) Cancel(ctx context.Context, me, other *account.User) (Entry, error) {
	return s.updatePair(ctx, me, other, func(p *pair) error {
		switch mine, _ := p.standings(); mine {
		case InContact:
			return errs.New(errs.Refused, other.DisplayName+" has already accepted.")
		case Asked:
			p.mine.AskedAt, p.mine.AskHidden = time.Time{}, false
		}
		return nil
	})
}
