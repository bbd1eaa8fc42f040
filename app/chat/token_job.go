package chat

import (
	"context"

	"dchat/app/store"
	"dchat/app/text/words"
	"dchat/db"

	"github.com/uptrace/bun"
)

// fillBatch is how many messages get their words in one transaction: their conversation takes no message until it ends.
const fillBatch = 100

// FillTokens makes a search find the messages that it does not find yet: those of the time before there was one, and
// those of nodes of the release before. It costs a look at the conversations if there are none.
func (s *Store) FillTokens(ctx context.Context) error {
	for after := int64(0); ; {
		var ids []int64
		err := s.db.Read().NewSelect().Model((*Conversation)(nil)).Column("id").Where("tokens_seq < seq").
			Where("id > ?", after).Order("id").Limit(500).Scan(ctx, &ids)
		if err != nil || len(ids) == 0 {
			return err
		}
		for _, id := range ids {
			if err := s.fillConversation(ctx, id); err != nil {
				return err
			}
			after = id
		}
	}
}

func (s *Store) fillConversation(ctx context.Context, id int64) error {
	for complete := false; !complete; {
		err := s.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
			complete, err = fillSome(ctx, tx, id)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// fillSome gives the next messages of a conversation their words, and reports whether these were the last.
func fillSome(ctx context.Context, tx bun.Tx, id int64) (complete bool, err error) {
	var locked []*Conversation
	err = db.ForUpdate(tx.NewSelect().Model(&locked).Where("id = ?", id)).Scan(ctx)
	if err != nil || len(locked) == 0 || locked[0].TokensSeq >= locked[0].Seq {
		return true, err
	}
	c := locked[0]
	until := min(c.Seq, c.TokensSeq+fillBatch)
	var messages []Message
	err = tx.NewSelect().Model(&messages).Where("conversation_id = ?", id).Where("seq > ?", c.TokensSeq).Where("seq <= ?", until).
		Where("deleted_at IS NULL").Where("expires_at IS NULL OR expires_at > ?", store.Now()).Scan(ctx)
	if err == nil {
		err = files(ctx, tx, pointers(messages))
	}
	if err != nil {
		return false, err
	}
	rows := make([]*messageTokens, len(messages))
	for i := range messages {
		rows[i] = messages[i].newTokens(words.Index(messages[i].Body))
	}
	if err := insertTokens(ctx, tx, rows); err != nil {
		return false, err
	}
	_, err = tx.NewUpdate().Model(c).Set("tokens_seq = ?", until).WherePK().Exec(ctx)
	return until == c.Seq, err
}
