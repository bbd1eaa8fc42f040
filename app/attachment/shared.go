package attachment

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"slices"
	"strings"

	"dchat/app/store"
	"dchat/db"

	"github.com/uptrace/bun"
)

// A forwarded file has a row of its own for each message, and one blob. The blob is removed with its last row.

// Copies returns rows for files that an owner forwards, with the same blobs.
func Copies(files []Attachment, owner int64) []Attachment {
	list := make([]Attachment, len(files))
	for i, a := range files {
		a.ID, a.OwnerID, a.ConversationID, a.Seq, a.CreatedAt = strings.ToLower(rand.Text()), owner, 0, 0, store.Now()
		list[i] = a
	}
	return list
}

// AddCopies takes in Copies of files whose rows are locked, if they fit. The version of their owner is locked.
func (s *Store) AddCopies(ctx context.Context, tx bun.Tx, owner int64, copies []*Attachment) error {
	if len(copies) == 0 {
		return nil
	}
	size, pending := int64(0), false
	for _, a := range copies {
		size += a.Size
		pending = pending || a.Preview == PreviewPending
	}
	if err := s.withinQuota(ctx, tx, owner, size); err != nil {
		return err
	}
	if _, err := tx.NewInsert().Model(&copies).Exec(ctx); err != nil || !pending {
		return err
	}
	return s.db.Enqueue(ctx, tx, PreviewTurnJob{OwnerID: owner})
}

// DropOfMessages deletes the attachments of messages, and returns the files to which no row refers any more.
func DropOfMessages(ctx context.Context, tx bun.Tx, places []Place) ([]string, error) {
	if len(places) == 0 {
		return nil, nil
	}
	keys := make([][]any, len(places))
	for i, p := range places {
		keys[i] = []any{p.ConversationID, p.Seq}
	}
	return dropSent(ctx, tx, func(q bun.QueryBuilder) bun.QueryBuilder {
		return q.Where("seq > 0").Where("(conversation_id, seq) IN ?", bun.Tuple(keys))
	})
}

// DropOfConversations deletes the attachments of all messages of conversations, and returns the files to which no
// row refers any more.
func DropOfConversations(ctx context.Context, tx bun.Tx, ids []int64) ([]string, error) {
	return dropSent(ctx, tx, func(q bun.QueryBuilder) bun.QueryBuilder {
		return q.Where("seq > 0").Where("conversation_id IN (?)", bun.List(ids))
	})
}

// dropSent locks all rows of the blobs before it deletes some of them: of two transactions that delete the last two
// rows of a blob, the second one sees that none is left.
func dropSent(ctx context.Context, tx bun.Tx, which func(bun.QueryBuilder) bun.QueryBuilder) ([]string, error) {
	var blobs, locked, shared []string
	err := tx.NewSelect().Model((*Attachment)(nil)).Column("blob").Distinct().ApplyQueryBuilder(which).Scan(ctx, &blobs)
	if err != nil || len(blobs) == 0 {
		return nil, err
	}
	ofBlobs := func(column string) *bun.SelectQuery {
		return tx.NewSelect().Model((*Attachment)(nil)).Column(column).Where("blob IN (?)", bun.List(blobs))
	}
	if err := db.ForUpdate(ofBlobs("id").Order("id")).Scan(ctx, &locked); err != nil {
		return nil, err
	}
	_, err = tx.NewDelete().Model((*Attachment)(nil)).ApplyQueryBuilder(which).Exec(ctx)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	if err := ofBlobs("blob").Scan(ctx, &shared); err != nil {
		return nil, err
	}
	var files []string
	for _, blob := range blobs {
		if !slices.Contains(shared, blob) {
			files = append(files, Blobs(blob)...)
		}
	}
	return files, nil
}
