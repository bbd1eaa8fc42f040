package chat

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"dchat/app/store"
	"dchat/db"

	"github.com/uptrace/bun"
)

// How much a step of Expire does: it looks at expiredLook messages, and a transaction deletes those of one conversation,
// expiredPiece at most.
const (
	expiredLook  = 500
	expiredPiece = 40 // with their replies it should fit into one fragment
)

// Expire makes tombstones of the messages whose time has come, and returns how many. Each conversation is locked for
// itself, so workers can do this beside each other; conversations that others have locked are left for the next call.
func (s *Store) Expire(ctx context.Context) (total int, err error) {
	var locked []int64
	for {
		ids, err := s.expiredConversations(ctx, locked)
		if err != nil || len(ids) == 0 {
			return total, err
		}
		for _, id := range ids {
			n, err := s.expireIn(ctx, id)
			if total += n; err != nil {
				return total, err
			}
			if n == 0 {
				locked = append(locked, id)
			}
		}
	}
}

// expiredConversations are those with messages whose time has come, the longest expired first.
func (s *Store) expiredConversations(ctx context.Context, except []int64) ([]int64, error) {
	var ids []int64
	q := selectExpired(s.db.Read()).Column("conversation_id").Order("expires_at").Limit(expiredLook)
	if len(except) > 0 {
		q = q.Where("conversation_id NOT IN (?)", bun.List(except))
	}
	err := q.Scan(ctx, &ids)
	slices.Sort(ids)
	return slices.Compact(ids), err
}

// selectExpired has the conditions of the index messages_expires.
func selectExpired(tx bun.IDB) *bun.SelectQuery {
	return tx.NewSelect().Model((*Message)(nil)).Where("expires_at IS NOT NULL").Where("deleted_at IS NULL").Where("expires_at <= ?", store.Now())
}

// expireIn makes tombstones in one conversation, and returns how many: none if another session has locked it.
func (s *Store) expireIn(ctx context.Context, id int64) (n int, err error) {
	var changes []Change
	err = s.db.TransactOnce(ctx, func(ctx context.Context, tx bun.Tx) error {
		n, changes = 0, nil
		p, err := lockFree(ctx, tx, id)
		if err != nil || p == nil {
			return err
		}
		var seqs []int64
		err = selectExpired(tx).Column("seq").Where("conversation_id = ?", id).Order("seq").Limit(expiredPiece).Scan(ctx, &seqs)
		if n = len(seqs); err != nil || n == 0 {
			return err
		}
		p.Rev++
		if err := s.bury(ctx, tx, p.Conversation, store.Now(), seqs...); err != nil {
			return err
		}
		changes, err = p.publish(ctx, tx, []*Membership{p.mine, p.theirs})
		return err
	})
	if db.IsBusy(err) { // a file or a person
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	if len(changes) > 0 {
		s.changed(changes)
	}
	return n, nil
}

// lockFree locks a pair by its conversation, unless another session has.
func lockFree(ctx context.Context, tx bun.Tx, id int64) (*pair, error) {
	c := &Conversation{}
	err := db.ForUpdateFree(tx.NewSelect().Model(c).Where("id = ?", id)).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return lockPair(ctx, tx, c.LowID, c.HighID)
}
