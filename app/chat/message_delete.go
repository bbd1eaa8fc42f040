package chat

import (
	"context"
	"time"

	"dchat/app/account"
	"dchat/app/attachment"
	"dchat/app/errs"

	"github.com/uptrace/bun"
)

// Delete deletes the sender's message for both.
func (s *Store) Delete(ctx context.Context, sender, other *account.User, seq int64) (*Message, error) {
	return s.act(ctx, sender, other, seq, func(ctx context.Context, a *action) error {
		m := a.message
		if m.SenderID != sender.ID && !m.Hidden {
			return errs.New(errs.Refused, "Only one's own messages can be deleted for everyone.")
		}
		if !m.Hidden && !m.DeletedAt.IsZero() {
			return nil
		}
		if err := a.allowed(other); err != nil {
			return err
		}
		a.change(a.mine, a.theirs)
		a.theirs.lose(m)
		return s.bury(ctx, a.tx, a.Conversation, a.at, m.Seq)
	})
}

// bury makes tombstones of messages of a locked conversation, at its current revision, and stamps the replies to them.
// Their texts, words, reactions and files go with this transaction. What has expired is deleted since then.
func (s *Store) bury(ctx context.Context, tx bun.Tx, c *Conversation, at time.Time, seqs ...int64) error {
	places := make([]attachment.Place, len(seqs))
	for i, seq := range seqs {
		places[i] = attachment.Place{ConversationID: c.ID, Seq: seq}
	}
	blobs, err := attachment.DropOfMessages(ctx, tx, places)
	if err != nil {
		return err
	}
	if err := dropTokens(ctx, tx, c.ID, seqs...); err != nil {
		return err
	}
	for _, model := range []any{(*Version)(nil), (*Reaction)(nil)} {
		_, err := tx.NewDelete().Model(model).Where("conversation_id = ?", c.ID).Where("seq IN (?)", bun.List(seqs)).Exec(ctx)
		if err != nil {
			return err
		}
	}
	_, err = tx.NewUpdate().Model((*Message)(nil)).Set("rev = ?", c.Rev).Set("body = ''").
		Set("files = 0").Set("images = 0").Set("reacted = 0").Set("reply_seq = 0").Set("forwarded = ?", false).Set("edited_at = NULL").
		Set("deleted_at = CASE WHEN expires_at <= ? THEN expires_at ELSE ? END", at, at).
		Where("conversation_id = ?", c.ID).Where("seq IN (?)", bun.List(seqs)).Exec(ctx)
	if err != nil {
		return err
	}
	if err := stampReplies(ctx, tx, c, seqs...); err != nil {
		return err
	}
	if err := dropTokens(ctx, tx, c.ID, seqs...); err != nil {
		return err
	}
	return s.db.EnqueueBlobs(ctx, tx, blobs)
}
