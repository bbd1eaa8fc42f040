package chat

import (
	"context"
	"time"

	"dchat/app/account"
	"dchat/app/store"

	"github.com/uptrace/bun"
)

// Notification tells a person who is not looking of the unread messages of one conversation.
type Notification struct {
	Subscription *account.Subscription // with its person
	Entry        Entry                 // of the conversation
	At           time.Time             // what is read later is not in it
	Total        int64                 // unread messages of all conversations
	Unread       []int64               // ids of the conversations that have unread messages
}

// PushJob notifies one browser of a conversation. A browser that cannot be reached keeps no other one waiting.
type PushJob struct {
	ConversationID int64 `json:"conversation_id"`
	SessionID      int64 `json:"session_id"`
}

// Kind names the job.
func (PushJob) Kind() string { return "push" }

// Notification returns what a browser is told of a conversation as of now, nil if there is nothing to tell: all is read,
// the two are not contacts any more, or the person does not want to be disturbed. seq is that of the last message.
func (s *Store) Notification(ctx context.Context, job PushJob) (n *Notification, seq int64, err error) {
	sub, err := s.accounts.Subscription(ctx, job.SessionID)
	if err != nil || sub == nil {
		return nil, 0, err
	}
	at := store.Now() // before what is read: it may be newer, never older
	var sides []Membership
	err = selectEntries(s.db.Read(), &sides).Where("mb.user_id = ?", sub.UserID).Where("mb.conversation_id = ?", job.ConversationID).Scan(ctx)
	if err != nil || len(sides) == 0 {
		return nil, 0, err
	}
	n = &Notification{Subscription: sub, Entry: sides[0].entry(), At: at}
	if !sides[0].tells(&n.Entry, at) || sub.User.Quiet(at) || !s.accounts.Admits(sub.User) {
		return nil, n.Entry.Seq, nil
	}
	if n.Total, n.Unread, err = s.unread(ctx, sub.UserID, at); err != nil {
		return nil, 0, err
	}
	return n, n.Entry.Seq, nil
}

// tells reports whether a person who is not looking is told of their side of a conversation.
func (m *Membership) tells(e *Entry, at time.Time) bool {
	return e.Standing == InContact && e.Unread() > 0 && e.Last != nil && e.Last.SenderID != m.UserID && !e.Muted(at)
}

// unread counts a person's unread messages, and returns the conversations that have some.
func (s *Store) unread(ctx context.Context, user int64, at time.Time) (total int64, in []int64, err error) {
	var rows []struct{ ConversationID, Unread int64 }
	err = selectUnread(s.db.Read(), at).Where("mb.user_id = ?", user).Order("mb.conversation_id").Scan(ctx, &rows)
	for _, row := range rows {
		if row.Unread > 0 {
			total += row.Unread
			in = append(in, row.ConversationID)
		}
	}
	return total, in, err
}

// selectUnread counts the unread messages of sides as Entry.Unread does.
func selectUnread(tx bun.IDB, at time.Time) *bun.SelectQuery {
	return tx.NewSelect().TableExpr("memberships AS mb").Join("JOIN conversations AS c ON c.id = mb.conversation_id").
		ColumnExpr("mb.conversation_id").ColumnExpr("c.seq - mb.last_read_seq - mb.own_after - ("+goneCount+") AS unread", at).
		Where("mb.version > 0").Where("c.seq > mb.last_read_seq + mb.own_after")
}
