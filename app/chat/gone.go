package chat

import (
	"context"

	"dchat/app/store"

	"github.com/uptrace/bun"
)

// goneCount counts, for a side of a conversation, the other's messages after LastReadSeq that are deleted, expired or
// hidden. The first condition on the message is that of the index messages_gone. The place of the message is bounded in the
// second count, too, or Postgres may read all messages to find the few that have marks.
const goneCount = `CASE WHEN mb.gone_seq <= mb.last_read_seq THEN 0 ELSE
	(SELECT count(*) FROM messages AS g WHERE g.conversation_id = mb.conversation_id AND g.seq > mb.last_read_seq
		AND (g.deleted_at IS NOT NULL OR g.expires_at IS NOT NULL) AND (g.deleted_at IS NOT NULL OR g.expires_at <= ?0)
		AND g.sender_id <> mb.user_id) +
	(SELECT count(*) FROM message_marks AS h JOIN messages AS g ON g.conversation_id = h.conversation_id AND g.seq = h.seq
		WHERE h.user_id = mb.user_id AND h.conversation_id = mb.conversation_id AND h.seq > mb.last_read_seq AND h.hidden
		AND g.conversation_id = mb.conversation_id AND g.seq > mb.last_read_seq
		AND g.deleted_at IS NULL AND (g.expires_at IS NULL OR g.expires_at > ?0) AND g.sender_id <> mb.user_id) END`

// lose is called when the partner's message is gone for this side, or will be.
func (m *Membership) lose(lost *Message) {
	if lost.SenderID != m.UserID {
		m.GoneSeq = max(m.GoneSeq, lost.Seq)
	}
}

// countGone counts what is gone for sides, as they are stored. Most have nothing to count.
func countGone(ctx context.Context, tx bun.IDB, sides ...*Membership) error {
	var keys [][]any
	for _, side := range sides {
		side.Gone = 0
		if side.GoneSeq > side.LastReadSeq {
			keys = append(keys, []any{side.ConversationID, side.UserID})
		}
	}
	if len(keys) == 0 {
		return nil
	}
	var counted []Membership
	err := tx.NewSelect().Model(&counted).Column("conversation_id", "user_id").ColumnExpr(goneCount+" AS gone", store.Now()).
		Where("(mb.conversation_id, mb.user_id) IN ?", bun.Tuple(keys)).Scan(ctx)
	gone := map[sideKey]int64{}
	for _, side := range counted {
		gone[sideKey{side.ConversationID, side.UserID}] = side.Gone
	}
	for _, side := range sides {
		side.Gone = gone[sideKey{side.ConversationID, side.UserID}]
	}
	return err
}
