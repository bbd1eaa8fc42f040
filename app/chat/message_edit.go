package chat

import (
	"context"
	"time"

	"dchat/app/account"
	"dchat/app/errs"

	"github.com/uptrace/bun"
)

// NoEditLimit is the EditWindow of Options in which a message can be edited for ever.
const NoEditLimit time.Duration = -1

// Version is a text that a message had.
type Version struct {
	bun.BaseModel `bun:"table:message_edits,alias:me"`

	ConversationID int64 `bun:",pk"`
	Seq            int64 `bun:",pk"`
	Rev            int64 `bun:",pk"` // the last revision of the conversation in which the message had this text
	Body           string
	WrittenAt      time.Time
}

// Edit gives the sender's message another text. rev is the revision of the message from which the edit began: if the
// text has changed since, the edit is refused, unless the new text is there already.
func (s *Store) Edit(ctx context.Context, sender, other *account.User, seq, rev int64, body string) (*Message, error) {
	return s.act(ctx, sender, other, seq, func(ctx context.Context, a *action) error {
		m := a.message
		if m.SenderID != sender.ID && !m.Hidden {
			return errs.New(errs.Refused, "Only one's own messages can be edited.")
		}
		text, invalid := checkBody(body, m.Files)
		if invalid == nil && !m.Gone() && text == m.Body {
			return nil
		}
		if err := a.allowed(other); err != nil {
			return err
		}
		if !s.inEditWindow(m, a.at) {
			return errs.New(errs.Refused, "This message can no longer be edited.")
		}
		if err := a.fresh(ctx, rev); err != nil {
			return err
		}
		if invalid != nil {
			return invalid
		}
		return a.edit(ctx, text)
	})
}

// MayEdit reports whether a person can still edit a message, as far as its row tells.
func (s *Store) MayEdit(viewer *account.User, m *Message) bool {
	return m.SenderID == viewer.ID && !m.Gone() && m.Notice == "" && s.inEditWindow(m, time.Now())
}

func (s *Store) inEditWindow(m *Message, at time.Time) bool {
	return s.editWindow == NoEditLimit || at.Sub(m.CreatedAt) < s.editWindow
}

// fresh refuses a change that began from a text which an edit has replaced. Other changes of the message, such as
// reactions, do not matter.
func (a *action) fresh(ctx context.Context, rev int64) error {
	edited, err := a.tx.NewSelect().Model((*Version)(nil)).Where("conversation_id = ?", a.ID).Where("seq = ?", a.message.Seq).
		Where("rev >= ?", rev).Exists(ctx)
	if err == nil && edited {
		err = errs.New(errs.Refused, "This message was edited elsewhere meanwhile.")
	}
	return err
}

// edit replaces the text and stamps the replies, whose quotes follow.
func (a *action) edit(ctx context.Context, text string) error {
	m := a.message
	was := &Version{ConversationID: a.ID, Seq: m.Seq, Rev: a.Rev, Body: m.Body, WrittenAt: m.CreatedAt}
	if !m.EditedAt.IsZero() {
		was.WrittenAt = m.EditedAt
	}
	a.change(a.mine, a.theirs)
	if _, err := a.tx.NewInsert().Model(was).Exec(ctx); err != nil {
		return err
	}
	_, err := a.tx.NewUpdate().Model((*Message)(nil)).Set("body = ?", text).Set("edited_at = ?", a.at).Set("rev = ?", a.Rev).
		Where("conversation_id = ?", a.ID).Where("seq = ?", m.Seq).Exec(ctx)
	if err != nil {
		return err
	}
	edited := *m
	edited.Body = text
	if err := saveTokens(ctx, a.tx, &edited); err != nil {
		return err
	}
	return stampReplies(ctx, a.tx, a.Conversation, m.Seq)
}

// stampReplies gives the messages that answer some others the revision of the conversation.
func stampReplies(ctx context.Context, tx bun.Tx, c *Conversation, seqs ...int64) error {
	_, err := tx.NewUpdate().Model((*Message)(nil)).Set("rev = ?", c.Rev).
		Where("conversation_id = ?", c.ID).Where("reply_seq IN (?)", bun.List(seqs)).Where("reply_seq > 0").Exec(ctx)
	return err
}

// Edits returns the texts that a message had before its edits, the oldest first.
func (s *Store) Edits(ctx context.Context, m *Message) ([]Version, error) {
	if m.Gone() || m.EditedAt.IsZero() {
		return nil, nil
	}
	var list []Version
	err := s.db.Read().NewSelect().Model(&list).Where("conversation_id = ?", m.ConversationID).Where("seq = ?", m.Seq).Order("rev").Scan(ctx)
	return list, err
}
