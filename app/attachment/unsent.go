package attachment

import (
	"context"
	"database/sql"
	"errors"

	"dchat/app/imagesize"
	"dchat/app/store"
	"dchat/db"

	"github.com/uptrace/bun"
)

// Sweep removes uploads and attachments that no message has taken along in time.
func (s *Store) Sweep(ctx context.Context) error { return s.db.Sweep(ctx, s.sweepUnsent) }

func (s *Store) sweepUnsent(ctx context.Context, tx bun.Tx) error {
	before := store.Now().Add(-UploadLife)
	var uploads, attachments []string
	err := db.ForUpdateFree(tx.NewSelect().Model((*Upload)(nil)).Column("id").Where("seen_at <= ?", before).Order("id")).Scan(ctx, &uploads)
	if err == nil {
		err = db.ForUpdateFree(tx.NewSelect().Model((*Attachment)(nil)).Column("id").Where("seq = 0").Where("created_at <= ?", before).Order("id")).Scan(ctx, &attachments)
	}
	if err != nil || len(uploads)+len(attachments) == 0 {
		return err
	}
	blobs, err := DropUnsent(ctx, tx, func(q *bun.DeleteQuery, owner string) *bun.DeleteQuery {
		if owner == "user_id" {
			return q.Where("id IN (?)", bun.List(uploads))
		}
		return q.Where("id IN (?)", bun.List(attachments))
	})
	if err != nil {
		return err
	}
	return s.db.EnqueueBlobs(ctx, tx, blobs)
}

// DropUnsent deletes uploads and attachments that no message has taken along, and returns their files.
// which gets the name of the column of their owner.
func DropUnsent(ctx context.Context, tx bun.Tx, which func(q *bun.DeleteQuery, owner string) *bun.DeleteQuery) ([]string, error) {
	var blobs, files []string
	_, err := which(tx.NewDelete().Model((*Upload)(nil)), "user_id").Returning("id").Exec(ctx, &blobs)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	_, err = which(tx.NewDelete().Model((*Attachment)(nil)).Where("seq = 0"), "owner_id").Returning("blob").Exec(ctx, &files)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	for _, file := range files {
		blobs = append(blobs, Blobs(file)...)
	}
	return blobs, nil
}

// DropUploads deletes the unfinished uploads of people.
func DropUploads(ctx context.Context, tx bun.Tx, users []int64) error {
	_, err := tx.NewDelete().Model((*Upload)(nil)).Where("user_id IN (?)", bun.List(users)).Exec(ctx)
	return err
}

// LockUnsent locks the uploads and attachments of a person that no message has taken along.
func LockUnsent(ctx context.Context, tx bun.Tx, id int64) error {
	var ids []string
	err := db.ForUpdate(tx.NewSelect().Model((*Upload)(nil)).Column("id").Where("user_id = ?", id).Order("id")).Scan(ctx, &ids)
	if err != nil {
		return err
	}
	return db.ForUpdate(tx.NewSelect().Model((*Attachment)(nil)).Column("id").Where("owner_id = ?", id).Where("seq = 0").Order("id")).Scan(ctx, &ids)
}

// Blobs are all the files that may exist of one attachment.
func Blobs(blob string) []string {
	return append([]string{blob}, imagesize.Files(blob, imagesize.Previews)...)
}
