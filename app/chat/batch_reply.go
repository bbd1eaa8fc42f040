package chat

import (
	"context"
	"time"

	"dchat/app/attachment"
	"dchat/app/errs"

	"github.com/uptrace/bun"
)

// quoted is a message that others answer, as one of the two sees it.
type quoted struct {
	ViewerID       int64
	ConversationID int64
	Seq            int64
	SenderID       int64
	Body           string // its beginning
	Files, Images  int
	Notice         Notice
	DeletedAt      time.Time `bun:",nullzero"`
	ExpiresAt      time.Time `bun:",nullzero"`
	Hidden         bool
}

func (q *quoted) quote(now time.Time) *Quote {
	if q.Hidden || !q.DeletedAt.IsZero() || expired(q.ExpiresAt, now) {
		return &Quote{Seq: q.Seq, SenderID: q.SenderID, Gone: true}
	}
	return &Quote{Seq: q.Seq, SenderID: q.SenderID, Body: q.Body, Files: q.Files, Images: q.Images}
}

// expired reports whether a message that disappears has done so.
func expired(at, now time.Time) bool { return !at.IsZero() && !at.After(now) }

// findQuoted finds what replies answer, in one statement for all of them, and refuses those that answer what their
// sender does not see (any more).
func (b *batchWrite) findQuoted(ctx context.Context) error {
	var places [][]any
	for _, d := range b.accepted {
		if d.reply != 0 {
			places = append(places, []any{d.Conversation, d.reply})
		}
	}
	if len(places) == 0 {
		return nil
	}
	var rows []quoted
	err := b.tx.NewSelect().TableExpr("messages AS m").
		ColumnExpr("mb.user_id AS viewer_id, m.conversation_id, m.seq, m.sender_id, m.files, m.images, m.notice, m.deleted_at, m.expires_at").
		ColumnExpr("substr(m.body, 1, ?) AS body", MaxExcerpt+1).ColumnExpr("coalesce(mark.hidden, ?) AS hidden", false).
		Join("JOIN memberships AS mb ON mb.conversation_id = m.conversation_id").
		Join("LEFT JOIN message_marks AS mark ON mark.user_id = mb.user_id AND mark.conversation_id = m.conversation_id AND mark.seq = m.seq").
		Where("(m.conversation_id, m.seq) IN ?", bun.Tuple(places)).Scan(ctx, &rows)
	if err != nil {
		return err
	}
	sources := map[attachment.Place]map[int64]*quoted{}
	for i := range rows {
		place := attachment.Place{ConversationID: rows[i].ConversationID, Seq: rows[i].Seq}
		if sources[place] == nil {
			sources[place] = map[int64]*quoted{}
		}
		sources[place][rows[i].ViewerID] = &rows[i]
	}
	b.refuse(func(d *draft) error {
		if d.reply == 0 {
			return nil
		}
		return d.setQuotes(sources[attachment.Place{ConversationID: d.Conversation, Seq: d.reply}], b.at)
	})
	return nil
}

// setQuotes gives a reply its quote, for each of the two.
func (d *draft) setQuotes(source map[int64]*quoted, now time.Time) error {
	d.quotes = map[int64]*Quote{}
	for viewer, q := range source {
		d.quotes[viewer] = q.quote(now)
	}
	mine := source[d.sender.ID]
	if mine == nil || mine.Notice != "" || d.quotes[d.sender.ID].Gone {
		return errs.Field("reply", "The message that you answer is no longer there.")
	}
	d.message.Quote = d.quotes[d.sender.ID]
	return nil
}
