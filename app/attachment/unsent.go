package attachment

import (
	"context"
	"database/sql"
	"errors"
	"slices"

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

// DropOfConversations deletes the attachments of all messages of conversations, and returns their files.
func DropOfConversations(ctx context.Context, tx bun.Tx, ids []int64) (blobs []string, err error) {
	var files []string
	_, err = tx.NewDelete().Model((*Attachment)(nil)).Where("seq > 0").Where("conversation_id IN (?)", bun.List(ids)).Returning("blob").Exec(ctx, &files)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	for _, file := range files {
		blobs = append(blobs, Blobs(file)...)
	}
	return blobs, nil
}

// DropOfMessages deletes the attachments of messages, and returns those of their files to which nothing refers any more.
// All attachments with the same files are locked: of two that go at the same time, one is the last.
func DropOfMessages(ctx context.Context, tx bun.Tx, places []Place) ([]string, error) {
	of, err := OfMessages(ctx, tx, places)
	if err != nil || len(of) == 0 {
		return nil, err
	}
	var ids, blobs []string
	for _, files := range of {
		for i := range files {
			ids, blobs = append(ids, files[i].ID), append(blobs, files[i].Blob)
		}
	}
	var sharing []Attachment
	if err := db.ForUpdate(tx.NewSelect().Model(&sharing).Column("id", "blob").Where("blob IN (?)", bun.List(blobs)).Order("id")).Scan(ctx); err != nil {
		return nil, err
	}
	if _, err := tx.NewDelete().Model((*Attachment)(nil)).Where("id IN (?)", bun.List(ids)).Exec(ctx); err != nil {
		return nil, err
	}
	kept := map[string]bool{}
	for i := range sharing {
		if !slices.Contains(ids, sharing[i].ID) {
			kept[sharing[i].Blob] = true
		}
	}
	var free []string
	slices.Sort(blobs)
	for _, blob := range slices.Compact(blobs) {
		if !kept[blob] {
			free = append(free, Blobs(blob)...)
		}
	}
	return free, nil
}
