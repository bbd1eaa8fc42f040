package chat

import (
	"context"
	"time"

	"dchat/app/account"
	"dchat/app/store"

	"github.com/uptrace/bun"
)

// Membership is one person's side of a conversation.
type Membership struct {
	bun.BaseModel `bun:"table:memberships,alias:mb"`

	ConversationID int64 `bun:",pk"`
	UserID         int64 `bun:",pk"`
	OtherID        int64
	LastReadSeq    int64     // moves forward only
	DeliveredSeq   int64     // up to here the person's pages have the conversation; moves forward only
	OwnAfter       int64     // how many messages after LastReadSeq are one's own
	GoneSeq        int64     // of the partner's last message that is gone for this person, or will be by itself; moves up only
	Version        int64     // the person's version when this side last changed what their pages show
	AskedAt        time.Time `bun:",nullzero"` // this person's chat request waits for an answer
	AskHidden      bool      // … and never reaches the other, who had blocked them
	Rejections     int       // how often the other rejected this person since they were last contacts
	RejectedAt     time.Time `bun:",nullzero"`
	BlockedAt      time.Time `bun:",nullzero"` // this person has blocked the other
	ShownAt        time.Time `bun:",nullzero"` // orders the sidebar: last message, request or acceptance
	MutedUntil     time.Time `bun:",nullzero"`
	PinnedAt       time.Time `bun:",nullzero"`
	ArchivedAt     time.Time `bun:",nullzero"`
	MarkedUnread   bool      // by this person, whatever they have read

	Gone       int64 `bun:",scanonly"` // how many of the partner's messages after LastReadSeq are gone, see goneCount
	LastHidden bool  `bun:",scanonly"` // the last message of the conversation is hidden for this person
	ShowsRead  bool  `bun:",scanonly"` // this person shows what they have read

	Conversation *Conversation `bun:"rel:belongs-to,join:conversation_id=id"`
	User         *account.User `bun:"rel:belongs-to,join:user_id=id"`
	Other        *account.User `bun:"rel:belongs-to,join:other_id=id"`
	Theirs       *Membership   `bun:"rel:has-one,join:conversation_id=conversation_id,join:other_id=user_id,join:user_id=other_id"`
}

// MarkRead remembers that the viewer has seen the conversation up to seq. It never moves back,
// and never beyond the last message.
func (s *Store) MarkRead(ctx context.Context, viewer, other *account.User, seq int64) (Entry, error) {
	e, err := entry(ctx, s.db.Read(), viewer, other)
	if err != nil || !readsMore(min(seq, e.Seq), e.LastReadSeq, e.MarkedUnread) {
		e.Version = e.Stamp
		return e, err
	}
	return s.updatePair(ctx, viewer, other, func(p *pair) error {
		if seq = min(seq, p.Seq); !readsMore(seq, p.mine.LastReadSeq, p.mine.MarkedUnread) {
			return nil
		}
		p.mine.MarkedUnread = false
		if seq == p.mine.LastReadSeq {
			return nil
		}
		p.mine.LastReadSeq = seq
		p.mine.received(seq)
		count := seq < p.Seq && p.mine.OwnAfter > 0
		p.mine.OwnAfter = 0
		p.afterLock = func(ctx context.Context, tx bun.Tx) (err error) {
			if count {
				if p.mine.OwnAfter, err = ownAfter(ctx, tx, p.mine); err != nil {
					return err
				}
			}
			return insertReads(ctx, tx, p.mine.readUpTo(store.Now()))
		}
		return nil
	})
}

// readsMore reports whether reading up to seq changes anything: it also ends a mark as unread, unless it comes late.
func readsMore(seq, read int64, marked bool) bool { return seq > read || marked && seq == read }

// ownAfter counts the messages that a person has sent and whose predecessors they have not all read.
func ownAfter(ctx context.Context, tx bun.Tx, side *Membership) (int64, error) {
	return tx.NewSelect().Model((*Message)(nil)).Where("conversation_id = ?", side.ConversationID).
		Where("seq > ?", side.LastReadSeq).Where("sender_id = ?", side.UserID).Count(ctx)
}

// wrote moves the side over a message of its own. read is how far its person had read by then. Which of
// the messages between are one's own is not known here: if it mattered, only MarkRead moves on.
func (m *Membership) wrote(seq, read int64) {
	m.MarkedUnread = false
	seen := max(m.LastReadSeq, min(read, seq-1))
	m.received(seen)
	if m.DeliveredSeq == seq-1 {
		m.DeliveredSeq = seq // one's own
	}
	switch {
	case seen == seq-1 || m.LastReadSeq+m.OwnAfter == seq-1:
		m.LastReadSeq, m.OwnAfter = seq, 0
	case m.OwnAfter == 0:
		m.LastReadSeq, m.OwnAfter = seen, 1
	default:
		m.OwnAfter++
	}
}
