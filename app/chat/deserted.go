package chat

import (
	"context"
	"database/sql"
	"errors"

	"dchat/db"

	"github.com/uptrace/bun"
)

// dropDeserted deletes those of the conversations in which nobody is left: messages, files, and that the two
// ever met. They are locked: of two who go at the same time one is the second.
func (s *Store) dropDeserted(ctx context.Context, tx bun.Tx, among []int64) error {
	if len(among) == 0 {
		return nil
	}
	var ids []int64
	err := selectDeserted(tx).Where("c.id IN (?)", bun.List(among)).Scan(ctx, &ids)
	if err != nil || len(ids) == 0 {
		return err
	}
	var files []string
	_, err = tx.NewDelete().Model((*Attachment)(nil)).Where("seq > 0").Where("conversation_id IN (?)", bun.List(ids)).Returning("blob").Exec(ctx, &files)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	for _, rows := range []struct {
		model  any
		column string
	}{{(*Message)(nil), "conversation_id"}, {(*Membership)(nil), "conversation_id"}, {(*Conversation)(nil), "id"}} {
		if _, err := tx.NewDelete().Model(rows.model).Where("? IN (?)", bun.Ident(rows.column), bun.List(ids)).Exec(ctx); err != nil {
			return err
		}
	}
	var blobs []string
	for _, file := range files {
		blobs = append(blobs, attachmentBlobs(file)...)
	}
	if len(blobs) == 0 {
		return nil
	}
	return s.enqueue(ctx, tx, BlobJob{Blobs: blobs})
}

func selectDeserted(tx bun.IDB) *bun.SelectQuery {
	return tx.NewSelect().Model((*Conversation)(nil)).Column("c.id").
		Join("JOIN users AS low ON low.id = c.low_id").Join("JOIN users AS high ON high.id = c.high_id").
		Where("low.deleted_at IS NOT NULL").Where("high.deleted_at IS NOT NULL").Order("c.id")
}

// sweepDeserted finds what releases left that kept messages for nobody.
func (s *Store) sweepDeserted(ctx context.Context, tx bun.Tx) error {
	var ids, free []int64
	if err := selectDeserted(tx).Limit(1000).Scan(ctx, &ids); err != nil || len(ids) == 0 {
		return err
	}
	err := db.ForUpdateFree(tx.NewSelect().Model((*Conversation)(nil)).Column("id").Where("id IN (?)", bun.List(ids)).Order("id")).Scan(ctx, &free)
	if err != nil {
		return err
	}
	return s.dropDeserted(ctx, tx, free)
}
