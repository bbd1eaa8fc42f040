package chat

import (
	"context"
	"fmt"
	"slices"

	"dchat/app/account"
	"dchat/db"

	"github.com/uptrace/bun"
)

// notifyPiece is how many people the job notifies in one transaction.
const notifyPiece = 50

// NotifyJob notifies many people that a person has changed.
type NotifyJob struct {
	UserID  int64 `json:"user_id"`
	Version int64 `json:"version"` // of the person with the change: each change has its own job
}

// Kind names the job. Rows that wait have this kind, so it stays what the first release called it.
func (NotifyJob) Kind() string { return "spread" }

// NotifyOthers raises the versions of all who see that a person has changed. After a failure it begins from the
// start.
func (s *Store) NotifyOthers(ctx context.Context, id int64) error {
	var ids []int64
	err := s.db.Read().NewSelect().Model((*Membership)(nil)).Column("conversation_id").Where("user_id = ?", id).
		Order("conversation_id").Scan(ctx, &ids)
	if err != nil {
		return err
	}
	left := 0
	for piece := range slices.Chunk(ids, notifyPiece) {
		err := s.notifySome(ctx, id, piece)
		for i := 0; db.IsBusy(err) && i < len(piece); i++ { // one of them is locked: not the others too
			if errOne := s.notifySome(ctx, id, piece[i:i+1]); db.IsBusy(errOne) {
				left++
			} else if errOne != nil {
				return errOne
			}
		}
		if err != nil && !db.IsBusy(err) {
			return err
		}
	}
	if left > 0 {
		return fmt.Errorf("%d people could not be notified yet", left)
	}
	return nil
}

func (s *Store) notifySome(ctx context.Context, id int64, ids []int64) error {
	var changes []Change
	err := s.db.TransactOnce(ctx, func(ctx context.Context, tx bun.Tx) error {
		pairs, err := lockPairs(ctx, tx, id, ids)
		if err != nil {
			return err
		}
		user := &account.User{}
		if err := tx.NewSelect().Model(user).Where("id = ?", id).Scan(ctx); err != nil {
			return err
		}
		audience := visibleTo
		if !user.DeletedAt.IsZero() {
			audience = endRelations
		}
		people, err := audience(ctx, tx, pairs)
		if err != nil {
			return err
		}
		versions, err := account.LockVersions(ctx, tx, people)
		if err != nil {
			return err
		}
		changes, err = s.notify(ctx, tx, user, ids, people, versions)
		return err
	})
	if err == nil && len(changes) > 0 {
		s.changed(changes)
	}
	return err
}
