package chat

import (
	"context"
	"time"

	"dchat/app/account"
	"dchat/app/attachment"
	"dchat/app/errs"

	"github.com/uptrace/bun"
)

// Mark is what one person alone has done to a message. It stays when all is undone, so that the person's other pages
// find that, too.
type Mark struct {
	bun.BaseModel `bun:"table:message_marks,alias:mk"`

	UserID         int64 `bun:",pk"`
	ConversationID int64 `bun:",pk"`
	Seq            int64 `bun:",pk"`
	Rev            int64 // the conversation's revision of the last change
	Hidden         bool
	SavedAt        time.Time `bun:",nullzero"`
}

// Hide deletes a message for the viewer alone. The partner's pages change in nothing.
func (s *Store) Hide(ctx context.Context, viewer, other *account.User, seq int64) (*Message, error) {
	return s.act(ctx, viewer, other, seq, func(ctx context.Context, a *action) error {
		if a.message.Hidden {
			return nil
		}
		a.change(a.mine)
		a.mine.lose(a.message)
		if err := a.mark(ctx, Mark{Hidden: true}); err != nil {
			return err
		}
		return a.markReplies(ctx)
	})
}

// Save puts a message on the viewer's list of saved messages, or takes it off.
func (s *Store) Save(ctx context.Context, viewer, other *account.User, seq int64, saved bool) (*Message, error) {
	return s.act(ctx, viewer, other, seq, func(ctx context.Context, a *action) error {
		switch {
		case a.message.Hidden:
			return errNoMessage()
		case a.message.Saved == saved:
			return nil
		case saved && !a.message.DeletedAt.IsZero():
			return errDeleted()
		case saved && a.message.Notice != "":
			return errs.New(errs.Refused, "Only messages can be saved.")
		}
		a.change(a.mine)
		mark := Mark{}
		if saved {
			mark.SavedAt = a.at
		}
		return a.mark(ctx, mark)
	})
}

// mark stores what the viewer has done to the message.
func (a *action) mark(ctx context.Context, mark Mark) error {
	mark.UserID, mark.ConversationID, mark.Seq, mark.Rev = a.mine.UserID, a.ID, a.message.Seq, a.Rev
	_, err := a.tx.NewInsert().Model(&mark).On("CONFLICT (user_id, conversation_id, seq) DO UPDATE").
		Set("rev = excluded.rev").Set("hidden = excluded.hidden").Set("saved_at = excluded.saved_at").Exec(ctx)
	return err
}

// markReplies lets the viewer's pages, and no others, render the quotes of the message again.
func (a *action) markReplies(ctx context.Context) error {
	_, err := a.tx.NewRaw(`INSERT INTO message_marks (user_id, conversation_id, seq, rev)
		SELECT ?, conversation_id, seq, ? FROM messages WHERE conversation_id = ? AND reply_seq = ? AND reply_seq > 0
		ON CONFLICT (user_id, conversation_id, seq) DO UPDATE SET rev = excluded.rev`,
		a.mine.UserID, a.Rev, a.ID, a.message.Seq).Exec(ctx)
	return err
}

// marks reads what the viewer has done to rows that were read without it.
func marks(ctx context.Context, tx bun.IDB, viewer int64, rows []*Message) error {
	var keys [][]any
	unread := map[attachment.Place]*Message{}
	for _, m := range rows {
		if m.ViewerID == 0 {
			m.ViewerID = viewer
			keys, unread[m.place()] = append(keys, []any{m.ConversationID, m.Seq}), m
		}
	}
	if len(keys) == 0 {
		return nil
	}
	var found []Mark
	err := tx.NewSelect().Model(&found).Where("user_id = ?", viewer).Where("(conversation_id, seq) IN ?", bun.Tuple(keys)).Scan(ctx)
	for _, mark := range found {
		m := unread[attachment.Place{ConversationID: mark.ConversationID, Seq: mark.Seq}]
		m.MarkRev, m.Hidden, m.SavedAt = mark.Rev, mark.Hidden, mark.SavedAt
	}
	return err
}
