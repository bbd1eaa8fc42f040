package chat

import (
	"context"
	"time"

	"dchat/db"

	"github.com/uptrace/bun"
)

// sweepLimits leave time to find what may be swept.
var sweepLimits = db.Limits{Lock: lockPatience, Statement: time.Minute, Idle: 10 * time.Second}

// Sweep removes what has run out: sessions, copies of data, files that no message took along, and
// sign-ups that were never confirmed. It also brings old spellings of addresses up to date.
func (s *Store) Sweep(ctx context.Context) error {
	for _, sweep := range []func(context.Context, bun.Tx) error{sweepSessions, s.sweepExports, s.sweepLoose, s.sweepSignups, s.sweepDeserted} {
		if err := s.db.Write(db.WithLimits(ctx, sweepLimits), sweep); err != nil {
			return err
		}
	}
	return s.respellEmails(ctx)
}

// Sweeps take only what nobody has locked, and each one kind of row, so that they are in nobody's way.

func sweepSessions(ctx context.Context, tx bun.Tx) error {
	at := now()
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
	err := db.ForUpdateFree(tx.NewSelect().Model((*Export)(nil)).Column("id").Where("created_at <= ?", now().Add(-ExportLife)).Order("id")).Scan(ctx, &ids)
	if err != nil || len(ids) == 0 {
		return err
	}
	blobs, err := dropExports(ctx, tx, func(q *bun.DeleteQuery) *bun.DeleteQuery { return q.Where("id IN (?)", bun.List(ids)) })
	if err != nil || len(blobs) == 0 {
		return err
	}
	return s.enqueue(ctx, tx, BlobJob{Blobs: blobs})
}

func (s *Store) sweepLoose(ctx context.Context, tx bun.Tx) error {
	before := now().Add(-UploadLife)
	var uploads, attachments []string
	err := db.ForUpdateFree(tx.NewSelect().Model((*Upload)(nil)).Column("id").Where("seen_at <= ?", before).Order("id")).Scan(ctx, &uploads)
	if err == nil {
		err = db.ForUpdateFree(tx.NewSelect().Model((*Attachment)(nil)).Column("id").Where("seq = 0").Where("created_at <= ?", before).Order("id")).Scan(ctx, &attachments)
	}
	if err != nil || len(uploads)+len(attachments) == 0 {
		return err
	}
	blobs, err := dropLoose(ctx, tx, func(q *bun.DeleteQuery, owner string) *bun.DeleteQuery {
		if owner == "user_id" {
			return q.Where("id IN (?)", bun.List(uploads))
		}
		return q.Where("id IN (?)", bun.List(attachments))
	})
	if err != nil || len(blobs) == 0 {
		return err
	}
	return s.enqueue(ctx, tx, BlobJob{Blobs: blobs})
}

// sweepSignups gives back the names of those who were never here. Their locks are taken before the last
// look: somebody may be confirming their address at this moment.
func (s *Store) sweepSignups(ctx context.Context, tx bun.Tx) error {
	if !s.verifyEmail {
		return nil
	}
	ids, err := unconfirmed(ctx, tx, nil)
	if err != nil || len(ids) == 0 {
		return err
	}
	if _, err := lockVersions(ctx, tx, ids); err != nil {
		return err
	}
	if ids, err = unconfirmed(ctx, tx, ids); err != nil || len(ids) == 0 {
		return err
	}
	for _, model := range []any{(*Session)(nil), (*Export)(nil), (*Upload)(nil), (*personVersion)(nil)} {
		if _, err := tx.NewDelete().Model(model).Where("user_id IN (?)", bun.List(ids)).Exec(ctx); err != nil {
			return err
		}
	}
	_, err = tx.NewDelete().Model((*User)(nil)).Where("id IN (?)", bun.List(ids)).Exec(ctx)
	return err
}

// unconfirmed are sign-ups that have waited long enough, all or some of those among.
func unconfirmed(ctx context.Context, tx bun.Tx, among []int64) (ids []int64, err error) {
	q := tx.NewSelect().Model((*User)(nil)).Column("id").Where("verified_at IS NULL").Where("confirm_by < ?", now()).
		Where("NOT EXISTS (SELECT 1 FROM memberships AS mb WHERE mb.user_id = u.id)").Limit(1000)
	if among != nil {
		q = q.Where("id IN (?)", bun.List(among))
	}
	err = q.Scan(ctx, &ids)
	return ids, err
}
