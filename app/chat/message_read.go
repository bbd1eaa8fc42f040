package chat

import (
	"context"
	"time"

	"dchat/app/attachment"
	"dchat/app/store"

	"github.com/uptrace/bun"
)

// selectMessages reads messages as they are for a viewer; complete must follow. viewer is the id of a person, or the
// expression for one.
func selectMessages(tx bun.IDB, rows *[]Message, viewer any) *bun.SelectQuery {
	return withMarks(tx.NewSelect().Model(rows), viewer)
}

// withMarks adds to a query for messages what the viewer alone has done to them.
func withMarks(q *bun.SelectQuery, viewer any) *bun.SelectQuery {
	return q.ColumnExpr("?TableColumns").ColumnExpr("? AS viewer_id", viewer).
		ColumnExpr("coalesce(mk.rev, 0) AS mark_rev").ColumnExpr("coalesce(mk.hidden, ?) AS hidden", false).ColumnExpr("mk.saved_at").
		Join("LEFT JOIN message_marks AS mk ON mk.user_id = ? AND mk.conversation_id = m.conversation_id AND mk.seq = m.seq", viewer)
}

// complete makes of rows what a viewer may see of them: what has expired is deleted, what the viewer has hidden is empty,
// and the others have their files, reactions and quotes. Rows that were read without selectMessages are
// the viewer's from now on. It takes a statement for each of these that some row has.
func complete(ctx context.Context, tx bun.IDB, viewer int64, rows []Message) error {
	all := pointers(rows)
	if err := marks(ctx, tx, viewer, all); err != nil {
		return err
	}
	at := store.Now()
	for _, m := range all {
		m.settle(at)
	}
	for _, part := range []func(context.Context, bun.IDB, []*Message) error{files, reactions, quotes} {
		if err := part(ctx, tx, all); err != nil {
			return err
		}
	}
	return nil
}

func pointers(rows []Message) []*Message {
	list := make([]*Message, len(rows))
	for i := range rows {
		list[i] = &rows[i]
	}
	return list
}

// settle takes away what is gone for the viewer.
func (m *Message) settle(at time.Time) {
	m.Rev = max(m.Rev, m.MarkRev)
	if m.DeletedAt.IsZero() && expired(m.ExpiresAt, at) {
		m.DeletedAt = m.ExpiresAt
	}
	m.Saved = !m.SavedAt.IsZero() && !m.Gone()
	if m.Gone() {
		m.Body, m.Files, m.Images, m.Reacted, m.ReplySeq, m.Forwarded, m.EditedAt = "", 0, 0, 0, 0, false, time.Time{}
		m.Attachments, m.Reactions, m.Quote = nil, nil, nil
	}
}

// Gone reports whether the viewer sees nothing of the message any more: it was deleted, has expired, or is hidden.
func (m *Message) Gone() bool { return m.Hidden || !m.DeletedAt.IsZero() }

// expired reports whether a time, if there is one, is over.
func expired(at, now time.Time) bool { return !at.IsZero() && !at.After(now) }

func (m *Message) place() attachment.Place {
	return attachment.Place{ConversationID: m.ConversationID, Seq: m.Seq}
}

// files completes messages with their attachments.
func files(ctx context.Context, tx bun.IDB, rows []*Message) error {
	var places []attachment.Place
	for _, m := range rows {
		if m.Files > 0 {
			places = append(places, m.place())
		}
	}
	of, err := attachment.OfMessages(ctx, tx, places)
	for _, m := range rows {
		if m.Files > 0 {
			m.Attachments = of[m.place()]
		}
	}
	return err
}
