package chat

import (
	"context"
	"time"

	"dchat/app/account"
	"dchat/app/store"
)

// Digest is the content of an email about unread messages. It does not hold their text.
type Digest struct {
	User    *account.User
	At      time.Time // messages up to then are counted
	Entries []Entry   // of the conversations with unread messages, the latest first
	Token   string    // switches the digest off
}

// DigestJob mails a person which messages are unread.
type DigestJob struct {
	UserID int64 `json:"user_id"`
}

// Kind names the job.
func (DigestJob) Kind() string { return "digest" }

// digestBatch is how many people one look for digests finds of each delay.
const digestBatch = 1000

// DueDigests returns the people for whom a message is unread for as long as they have chosen, and in no digest yet. Only
// confirmed addresses get any.
func (s *Store) DueDigests(ctx context.Context) (due []int64, err error) {
	at := store.Now()
	for _, hours := range account.DigestChoices {
		var ids []int64
		err := s.db.Read().NewSelect().TableExpr("users AS u").Column("u.id").
			Where("u.digest_hours = ?", hours).Where("u.deleted_at IS NULL").Where("u.verified_at IS NOT NULL").
			Where(`EXISTS (SELECT 1 FROM memberships AS mb JOIN conversations AS c ON c.id = mb.conversation_id
				JOIN messages AS m ON m.conversation_id = mb.conversation_id AND m.seq > mb.last_read_seq
				WHERE mb.user_id = u.id AND mb.version > 0 AND c.seq > mb.last_read_seq + mb.own_after AND c.contact_at IS NOT NULL
				AND m.sender_id = mb.other_id AND m.deleted_at IS NULL AND m.created_at <= ?
				AND (u.digested_at IS NULL OR m.created_at > u.digested_at))`, at.Add(-time.Duration(hours)*time.Hour)).
			Order("u.id").Limit(digestBatch).Scan(ctx, &ids)
		if err != nil {
			return nil, err
		}
		due = append(due, ids...)
	}
	return due, nil
}

// Digest returns what a person is mailed as of now, nil if there is no reason to any more.
func (s *Store) Digest(ctx context.Context, id int64) (*Digest, error) {
	user, err := s.accounts.ActiveUser(ctx, id)
	if err != nil || user == nil || user.DigestHours == 0 || user.VerifiedAt.IsZero() {
		return nil, err
	}
	d := &Digest{User: user, At: store.Now(), Token: s.accounts.DigestToken(user)}
	_, unread, err := s.unread(ctx, user.ID, d.At)
	if err != nil || len(unread) == 0 {
		return nil, err
	}
	var sides []Membership
	if err := selectEntries(s.db.Read(), &sides).Where("mb.user_id = ?", user.ID).OrderExpr("mb.shown_at DESC").Scan(ctx); err != nil {
		return nil, err
	}
	for i := range sides {
		e := sides[i].entry()
		if e.Standing == InContact && e.Unread() > 0 && !e.Muted(d.At) {
			d.Entries = append(d.Entries, e)
		}
	}
	if len(d.Entries) == 0 {
		return nil, nil
	}
	return d, nil
}
