package chat

import (
	"context"
	"slices"

	"dchat/app/attachment"

	"github.com/uptrace/bun"
)

// PageSize is how many messages a page of history has.
const PageSize = 50

// Page is a piece of a conversation, in order.
type Page struct {
	Messages []Message
	More     bool // there are earlier ones
}

// Before returns the messages before seq, or the latest for seq ≤ 0, at most limit.
func (s *Store) Before(ctx context.Context, conversation, seq int64, limit int) (Page, error) {
	return before(ctx, s.db.Read(), conversation, seq, limit)
}

func before(ctx context.Context, tx bun.IDB, conversation, seq int64, limit int) (Page, error) {
	if conversation == 0 {
		return Page{}, nil
	}
	var rows []Message
	q := tx.NewSelect().Model(&rows).Where("conversation_id = ?", conversation).Order("seq DESC").Limit(int64(limit) + 1)
	if seq > 0 {
		q = q.Where("seq < ?", seq)
	}
	err := q.Scan(ctx)
	page := Page{More: len(rows) > limit}
	if page.More {
		rows = rows[:limit]
	}
	slices.Reverse(rows)
	page.Messages = rows
	if err == nil {
		err = withAttachments(ctx, tx, rows)
	}
	return page, err
}

// MaxSince is how many changed messages a page is given one by one; beyond it gets a fresh log.
const MaxSince = 200

// since returns the messages new or changed after revision rev, in order; ok is false if there
// are more than MaxSince.
func since(ctx context.Context, tx bun.IDB, conversation, rev int64) (rows []Message, ok bool, err error) {
	err = tx.NewSelect().Model(&rows).Where("conversation_id = ?", conversation).Where("rev > ?", rev).
		Order("rev").Limit(MaxSince + 1).Scan(ctx)
	if err == nil {
		err = withAttachments(ctx, tx, rows)
	}
	slices.SortFunc(rows, func(a, b Message) int { return int(a.Seq - b.Seq) })
	return rows, len(rows) <= MaxSince, err
}

// withAttachments completes messages with their files.
func withAttachments(ctx context.Context, tx bun.IDB, messages []Message) error {
	var places []attachment.Place
	for i := range messages {
		if m := &messages[i]; m.Files > 0 {
			places = append(places, attachment.Place{ConversationID: m.ConversationID, Seq: m.Seq})
		}
	}
	files, err := attachment.OfMessages(ctx, tx, places)
	for i := range messages {
		if m := &messages[i]; m.Files > 0 {
			m.Attachments = files[attachment.Place{ConversationID: m.ConversationID, Seq: m.Seq}]
		}
	}
	return err
}
