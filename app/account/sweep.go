package account

import (
	"context"

	"dchat/app/store"
	"dchat/db"

	"github.com/uptrace/bun"
)

// Sweep removes sessions and exports that have expired. It also brings old spellings of addresses up to date.
func (s *Store) Sweep(ctx context.Context) error {
	if err := s.db.Sweep(ctx, sweepSessions, s.sweepExports); err != nil {
		return err
	}
	return newRepair(s).respellEmails(ctx)
}

// Sweeps take only rows that are not locked, and each one kind of row, so that they block no other transaction.

func sweepSessions(ctx context.Context, tx bun.Tx) error {
	at := store.Now()
	var ids []int64
	err := db.ForUpdateFree(tx.NewSelect().Model((*Session)(nil)).Column("id").Where("expires_at <= ?", at).WhereOr("seen_at <= ?", at.Add(-SessionIdle)).Order("id")).Scan(ctx, &ids)
	if err != nil || len(ids) == 0 {
		return err
	}
	_, err = tx.NewDelete().Model((*Session)(nil)).Where("id IN (?)", bun.List(ids)).Exec(ctx)
	return err
}

func (s *Store) sweepExports(ctx context.Context, tx bun.Tx) error {
	var ids []string
	err := db.ForUpdateFree(tx.NewSelect().Model((*Export)(nil)).Column("id").Where("created_at <= ?", store.Now().Add(-ExportLife)).Order("id")).Scan(ctx, &ids)
	if err != nil || len(ids) == 0 {
		return err
	}
	blobs, err := dropExports(ctx, tx, func(q *bun.DeleteQuery) *bun.DeleteQuery { return q.Where("id IN (?)", bun.List(ids)) })
	if err != nil {
		return err
	}
	return s.db.EnqueueBlobs(ctx, tx, blobs)
}

// repair brings rows up to date that earlier releases have written, or write while a release is rolled out.
type repair struct {
	db     *store.DB
	forget func(int64)
}

func newRepair(s *Store) *repair { return &repair{s.db, s.Forget} }

// RefreshSearchKeys gives every person the search key of their name as it is now folded.
func (s *Store) RefreshSearchKeys(ctx context.Context) error { return newRepair(s).searchKeys(ctx) }
