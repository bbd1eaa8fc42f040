package chat

import (
	"context"
	"time"

	"github.com/uptrace/bun"
)

// Membership is one person's side of a conversation.
type Membership struct {
	bun.BaseModel `bun:"table:memberships,alias:mb"`

	ConversationID int64 `bun:",pk"`
	UserID         int64 `bun:",pk"`
	OtherID        int64
	LastReadSeq    int64     // moves forward only
	Version        int64     // the person's version when this side last changed what their pages show
	AskedAt        time.Time `bun:",nullzero"` // this person's chat request waits for an answer
	AskHidden      bool      // … and never reaches the other, who had blocked them
	Rejections     int       // how often the other rejected this person since they were last contacts
	RejectedAt     time.Time `bun:",nullzero"`
	BlockedAt      time.Time `bun:",nullzero"` // this person has blocked the other
	ShownAt        time.Time `bun:",nullzero"` // orders the sidebar: last message, request or acceptance

	Conversation *Conversation `bun:"rel:belongs-to,join:conversation_id=id"`
	User         *User         `bun:"rel:belongs-to,join:user_id=id"`
	Other        *User         `bun:"rel:belongs-to,join:other_id=id"`
	Theirs       *Membership   `bun:"rel:has-one,join:conversation_id=conversation_id,join:other_id=user_id,join:user_id=other_id"`
}

// MarkRead remembers that the viewer has seen the conversation up to seq. It never moves back,
// and never beyond the last message.
func (s *Store) MarkRead(ctx context.Context, viewer, other *User, seq int64) (Entry, error) {
	e, err := entry(ctx, s.db.Read(), viewer, other)
	if err != nil || min(seq, e.Seq) <= e.LastReadSeq {
		return e, err
	}
	return s.settle(ctx, viewer, other, func(p *pair) error {
		p.mine.LastReadSeq = max(p.mine.LastReadSeq, min(seq, p.Seq))
		return nil
	})
}
