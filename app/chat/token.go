package chat

import (
	"context"
	"time"

	"dchat/app/text/words"

	"github.com/uptrace/bun"
)

// messageTokens are the words by which a search finds a message.
type messageTokens struct {
	bun.BaseModel `bun:"table:message_tokens,alias:t"`

	ConversationID int64 `bun:",pk"`
	Seq            int64 `bun:",pk"`
	SentAt         time.Time
	Tokens         string
}

// newTokens returns the words of a message's text and of the names of its Attachments. indexed are those of its text.
func (m *Message) newTokens(indexed string) *messageTokens {
	switch {
	case m.Notice != "":
		indexed = ""
	case len(m.Attachments) > 0:
		texts := []string{indexed}
		for i := range m.Attachments {
			texts = append(texts, m.Attachments[i].Name)
		}
		indexed = words.Index(texts...)
	}
	return &messageTokens{ConversationID: m.ConversationID, Seq: m.Seq, SentAt: m.CreatedAt, Tokens: indexed}
}

// indexed notes that the next message has its words, unless an earlier one lacks them.
func (c *Conversation) indexed(seq int64) {
	if c.TokensSeq == seq-1 {
		c.TokensSeq = seq
	}
}

// saveTokens makes a search find messages by what they say now. Their Attachments must be complete. Call it in the
// transaction that stores or edits the messages.
func saveTokens(ctx context.Context, tx bun.IDB, messages ...*Message) error {
	rows := make([]*messageTokens, len(messages))
	for i, m := range messages {
		rows[i] = m.newTokens(words.Index(m.Body))
	}
	return insertTokens(ctx, tx, rows)
}

func insertTokens(ctx context.Context, tx bun.IDB, rows []*messageTokens) error {
	if len(rows) == 0 {
		return nil
	}
	_, err := tx.NewInsert().Model(&rows).On("CONFLICT (conversation_id, seq) DO UPDATE").
		Set("sent_at = EXCLUDED.sent_at").Set("tokens = EXCLUDED.tokens").Exec(ctx)
	return err
}

// dropTokens makes a search find messages no longer. Call it in the transaction that deletes them.
func dropTokens(ctx context.Context, tx bun.IDB, conversation int64, seqs ...int64) error {
	if len(seqs) == 0 {
		return nil
	}
	_, err := tx.NewDelete().Model((*messageTokens)(nil)).Where("conversation_id = ?", conversation).Where("seq IN (?)", bun.List(seqs)).Exec(ctx)
	return err
}
