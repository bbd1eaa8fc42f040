package chat

import (
	"context"

	"dchat/app/account"
	"dchat/app/store"

	"github.com/uptrace/bun"
)

// Saved returns the messages that a person has saved, the latest saved first, after a cursor ("" is the beginning).
func (s *Store) Saved(ctx context.Context, viewer *account.User, cursor string) (Hits, error) {
	var hits Hits
	after, err := parsePlace(cursor)
	if err != nil {
		return hits, err
	}
	err = s.db.Snapshot(ctx, func(ctx context.Context, tx bun.Tx) error {
		var rows []Message
		q := selectMessages(tx, &rows, viewer.ID).Where("mk.saved_at IS NOT NULL").
			Where("m.deleted_at IS NULL").Where("(m.expires_at IS NULL OR m.expires_at > ?)", store.Now()).
			Order("mk.saved_at DESC", "mk.conversation_id DESC", "mk.seq DESC").Limit(PageSize + 1)
		if !after.At.IsZero() {
			q = q.Where("(mk.saved_at, mk.conversation_id, mk.seq) < (?, ?, ?)", after.At, after.ConversationID, after.Seq)
		}
		if err := q.Scan(ctx); err != nil {
			return err
		}
		if len(rows) > PageSize {
			rows = rows[:PageSize]
			last := &rows[PageSize-1]
			hits.Next = place{last.SavedAt, last.ConversationID, last.Seq}.cursor()
		}
		var err error
		hits.List, err = hitsOf(ctx, tx, viewer.ID, rows)
		return err
	})
	return hits, err
}
