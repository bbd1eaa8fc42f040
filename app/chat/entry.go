package chat

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"dchat/app/account"
	"dchat/app/store"

	"github.com/uptrace/bun"
)

// Standing is how two people stand to each other, as one of them may know it: being blocked
// looks like having been removed.
type Standing string

// The standings. A stranger with messages is a person who was removed, or who blocked the viewer.
const (
	Stranger  Standing = "stranger"
	Asked     Standing = "asked"   // the viewer's chat request waits
	Asking    Standing = "asking"  // the other's chat request waits for the viewer
	InContact Standing = "contact" // both may write
	Blocked   Standing = "blocked" // the viewer has blocked the other
	Deleted   Standing = "gone"    // the other has deleted their account
)

// Standings are all there are.
var Standings = []Standing{Stranger, Asked, Asking, InContact, Blocked, Deleted}

// standing is the one place that decides it. c is the pair, mine the viewer's side, theirs the
// other's.
func standing(c *Conversation, mine, theirs *Membership) Standing {
	switch {
	case !mine.BlockedAt.IsZero():
		return Blocked
	case !c.ContactAt.IsZero() && theirs.BlockedAt.IsZero():
		return InContact
	case !mine.AskedAt.IsZero():
		return Asked
	case !theirs.AskedAt.IsZero() && !theirs.AskHidden:
		return Asking
	}
	return Stranger
}

// Entry is what one person's pages show about their relation to one other person: a row of the
// sidebar, the head and the foot of the pane.
type Entry struct {
	ConversationID int64 // 0 if the two never had to do with each other
	Other          *account.User
	Standing       Standing
	Seq            int64 // of the last message, 0 if none
	Rev            int64
	LastReadSeq    int64
	OwnAfter       int64     // how many messages after LastReadSeq are the viewer's own
	Gone           int64     // how many of the other's after LastReadSeq are deleted, expired or hidden
	Last           *Message  // as it is for the viewer; nil if none
	ShownAt        time.Time // of the last message, or of the request or acceptance
	MutedUntil     time.Time
	Pinned         bool
	Archived       bool
	MarkedUnread   bool          // by the viewer, whatever Unread says
	Timer          time.Duration // after which messages that are sent from now on disappear; 0 is never
	Version        int64         // of the viewer, to which the entry is true; 0 if that was not asked for
	Stamp          int64         // the viewer's version that last changed it

	ShowsRead                 bool  // the viewer shows what they have read
	theirDelivered, theirRead int64 // see Receipts
}

// Unread is how many messages of the other the viewer has not seen and can still see.
func (e *Entry) Unread() int64 { return max(0, e.Seq-e.LastReadSeq-e.OwnAfter-e.Gone) }

// Muted reports whether the viewer wants to hear nothing of the conversation.
func (e *Entry) Muted(at time.Time) bool { return e.MutedUntil.After(at) }

// Listed reports whether the entry is listed among the chats of the sidebar (a request of the other
// is listed among the requests).
func (e *Entry) Listed() bool {
	return e.Standing != Asking && (e.Standing == InContact || e.Standing == Asked || e.Seq > 0)
}

func newEntry(c *Conversation, mine, theirs *Membership, other *account.User, last *Message) Entry {
	e := Entry{
		ConversationID: c.ID, Other: other, Standing: standing(c, mine, theirs),
		Seq: c.Seq, Rev: c.Rev, LastReadSeq: mine.LastReadSeq, OwnAfter: mine.OwnAfter, Gone: mine.Gone, Last: last,
		ShownAt: mine.ShownAt, Timer: c.timer(), Stamp: mine.Version, theirDelivered: theirs.DeliveredSeq, theirRead: theirs.LastReadSeq,
		ShowsRead:  mine.showsRead(),
		MutedUntil: mine.MutedUntil, Pinned: !mine.PinnedAt.IsZero(), Archived: !mine.ArchivedAt.IsZero(), MarkedUnread: mine.MarkedUnread,
	}
	if !other.DeletedAt.IsZero() {
		e.Standing = Deleted
	}
	return e
}

func (m *Membership) entry() Entry {
	last := m.Conversation.Last
	if m.Conversation.Seq == 0 {
		last = nil
	}
	if last != nil {
		last.Hidden = m.LastHidden
		last.settle(store.Now())
	}
	return newEntry(m.Conversation, m, m.Theirs, m.Other, last)
}

// MaxExcerpt is how much of a last message its line is made of, in code points. An Entry may have no more
// of it than one more, which tells that there is more.
const MaxExcerpt = 480

// selectEntries reads sides of conversations with what an Entry needs, and no more of others than
// everyone may know, in one statement. A side of version 0 has never shown its person anything: the
// other one has blocked a stranger, say.
func selectEntries(tx bun.IDB, sides *[]Membership) *bun.SelectQuery {
	return tx.NewSelect().Model(sides).ColumnExpr("?TableColumns").ColumnExpr(goneCount+" AS gone", store.Now()).
		ColumnExpr("EXISTS (SELECT 1 FROM message_marks AS mk WHERE mk.user_id = mb.user_id AND mk.conversation_id = mb.conversation_id"+
			" AND mk.seq = conversation.seq AND mk.hidden) AS last_hidden").
		ColumnExpr("(SELECT me.show_read FROM users AS me WHERE me.id = mb.user_id) AS shows_read").
		Where("mb.version > 0").Relation("Conversation").Relation("Theirs").
		Relation("Other", account.PublicColumns).
		Relation("Conversation.Last", func(q *bun.SelectQuery) *bun.SelectQuery {
			return q.Column("conversation_id", "seq", "rev", "sender_id", "created_at", "deleted_at", "expires_at", "notice", "files", "images").
				ColumnExpr("substr(conversation__last.body, 1, ?) AS conversation__last__body", MaxExcerpt+1)
		})
}

// entries returns a person's relations that changed after version `after`, the pinned first, then the latest first; all
// of them for after < 0.
func entries(ctx context.Context, tx bun.IDB, viewer *account.User, after int64) ([]Entry, error) {
	var sides []Membership
	err := selectEntries(tx, &sides).Where("mb.user_id = ?", viewer.ID).Where("mb.version > ?", after).
		OrderExpr("mb.pinned_at IS NULL, mb.shown_at DESC").Scan(ctx)
	return toEntries(sides), err
}

func toEntries(sides []Membership) []Entry {
	list := make([]Entry, len(sides))
	for i := range sides {
		list[i] = sides[i].entry()
	}
	return list
}

// Entry returns the viewer's relation to one other person. The version is read before the relation,
// so the entry may be newer than it says, never older.
func (s *Store) Entry(ctx context.Context, viewer, other *account.User) (Entry, error) {
	versions, err := s.accounts.Versions(ctx, []int64{viewer.ID})
	if err != nil {
		return Entry{}, err
	}
	e, err := entry(ctx, s.db.Read(), viewer, other)
	e.Version = versions[viewer.ID]
	return e, err
}

func entry(ctx context.Context, tx bun.IDB, viewer, other *account.User) (Entry, error) {
	var sides []Membership
	err := selectEntries(tx, &sides).Where("mb.user_id = ?", viewer.ID).Where("mb.other_id = ?", other.ID).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) || err == nil && len(sides) == 0 {
		return Entry{Other: other, Standing: Stranger, ShowsRead: viewer.ShowRead}, nil
	}
	if err != nil {
		return Entry{}, err
	}
	return sides[0].entry(), nil
}
