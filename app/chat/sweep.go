package chat

import (
	"context"

	"dchat/app/account"
	"dchat/app/attachment"

	"github.com/uptrace/bun"
)

// Sweep removes what has expired: sessions, exports, files that no message took along, and
// sign-ups that were never confirmed.
func (s *Store) Sweep(ctx context.Context) error {
	if err := s.accounts.Sweep(ctx); err != nil {
		return err
	}
	if err := s.attachments.Sweep(ctx); err != nil {
		return err
	}
	return s.db.Sweep(ctx, s.sweepSignups, s.sweepAbandoned)
}

// sweepSignups frees the names of sign-ups that were never used. Their locks are taken before the last
// look: an address may be confirmed at this moment.
func (s *Store) sweepSignups(ctx context.Context, tx bun.Tx) error {
	if !s.accounts.MustVerify() {
		return nil
	}
	ids, err := unconfirmed(ctx, tx, nil)
	if err != nil || len(ids) == 0 {
		return err
	}
	if _, err := account.LockVersions(ctx, tx, ids); err != nil {
		return err
	}
	if ids, err = unconfirmed(ctx, tx, ids); err != nil || len(ids) == 0 {
		return err
	}
	if err := attachment.DropUploads(ctx, tx, ids); err != nil {
		return err
	}
	return s.accounts.RemoveSignups(ctx, tx, ids)
}

// unconfirmed are sign-ups that have waited long enough, all or some of those among.
func unconfirmed(ctx context.Context, tx bun.Tx, among []int64) (ids []int64, err error) {
	q := account.Expired(tx).Where("NOT EXISTS (SELECT 1 FROM memberships AS mb WHERE mb.user_id = u.id)").Limit(1000)
	if among != nil {
		q = q.Where("id IN (?)", bun.List(among))
	}
	err = q.Scan(ctx, &ids)
	return ids, err
}
