package chat

import (
	"context"
	"slices"
	"time"

	"dchat/app/attachment"
	"dchat/app/store"

	"github.com/uptrace/bun"
)

// Quote is what a reply shows of the message that it answers, as that message now is for the viewer.
type Quote struct {
	Seq      int64
	SenderID int64
	Body     string // its beginning, at most MaxExcerpt + 1 code points
	Files    int
	Images   int
	Gone     bool // deleted, expired, or hidden for the viewer: nothing of it is shown
}

// source is a message that replies quote, once for each of the viewers who have hidden it, else once.
type source struct {
	bun.BaseModel `bun:"table:messages,alias:m"`

	ConversationID, Seq, SenderID int64
	Body                          string
	Files, Images                 int
	Notice                        Notice
	DeletedAt, ExpiresAt          time.Time `bun:",nullzero"`
	HiddenFor                     int64
}

// quotes gives replies their quotes, in one statement for all viewers.
func quotes(ctx context.Context, tx bun.IDB, rows []*Message) error {
	var keys [][]any
	var viewers []int64
	for _, m := range rows {
		if m.ReplySeq != 0 {
			keys = append(keys, []any{m.ConversationID, m.ReplySeq})
			viewers = append(viewers, m.ViewerID)
		}
	}
	if len(keys) == 0 {
		return nil
	}
	var found []source
	err := tx.NewSelect().Model(&found).Column("conversation_id", "seq", "sender_id", "files", "images", "notice", "deleted_at", "expires_at").
		ColumnExpr("substr(m.body, 1, ?) AS body", MaxExcerpt+1).ColumnExpr("coalesce(mk.user_id, 0) AS hidden_for").
		Join("LEFT JOIN message_marks AS mk ON mk.conversation_id = m.conversation_id AND mk.seq = m.seq AND mk.hidden AND mk.user_id IN (?)", bun.List(viewers)).
		Where("(m.conversation_id, m.seq) IN ?", bun.Tuple(keys)).Scan(ctx)
	if err != nil {
		return err
	}
	sources, hidden := map[attachment.Place]*source{}, map[attachment.Place][]int64{}
	for i := range found {
		at := attachment.Place{ConversationID: found[i].ConversationID, Seq: found[i].Seq}
		sources[at], hidden[at] = &found[i], append(hidden[at], found[i].HiddenFor)
	}
	now := store.Now()
	for _, m := range rows {
		if m.ReplySeq != 0 {
			at := attachment.Place{ConversationID: m.ConversationID, Seq: m.ReplySeq}
			m.Quote = quoteOf(m, sources[at], hidden[at], now)
		}
	}
	return nil
}

func quoteOf(m *Message, from *source, hiddenFor []int64, now time.Time) *Quote {
	quote := &Quote{Seq: m.ReplySeq, Gone: true}
	if from == nil {
		return quote
	}
	quote.SenderID = from.SenderID
	if from.Notice != "" || !from.DeletedAt.IsZero() || expired(from.ExpiresAt, now) || slices.Contains(hiddenFor, m.ViewerID) {
		return quote
	}
	quote.Gone, quote.Body, quote.Files, quote.Images = false, from.Body, from.Files, from.Images
	return quote
}
