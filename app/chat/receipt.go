package chat

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"dchat/app/account"

	"github.com/uptrace/bun"
)

// Receipts are up to where the other person's pages have a conversation, and up to where they have read it: as far as the
// viewer may know that. 0 is nowhere.
type Receipts struct{ Delivered, Read int64 }

// Receipts is the only way to learn what the other has received and read. Only contacts know that of each other, and
// what has been read only two who both show it. That is as the database has it: what memory has of the viewer may be a
// second old, and a page that is newer would keep it.
func (e *Entry) Receipts() Receipts {
	switch {
	case e.Standing != InContact:
		return Receipts{}
	case !e.ShowsRead || !e.Other.ShowRead:
		return Receipts{Delivered: e.theirDelivered}
	}
	return Receipts{Delivered: max(e.theirDelivered, e.theirRead), Read: e.theirRead}
}

// WithReceipts returns the entry with what the other has received and read.
func (e Entry) WithReceipts(of Receipts) Entry {
	e.ShowsRead, e.theirDelivered, e.theirRead = true, of.Delivered, of.Read
	return e
}

// showsRead reports whether the person of a side shows what they have read.
func (m *Membership) showsRead() bool {
	if m.User != nil {
		return m.User.ShowRead
	}
	return m.ShowsRead
}

// receipts reports whether the first of the two has other receipts than before.
func (p *pair) receipts(was *pair) bool {
	now, before := p.entry(nil), was.entry(nil)
	return now.Receipts() != before.Receipts()
}

// read is when a person has read: the messages up to Seq that no earlier row covers. There is none while the person does
// not show what they read.
type read struct {
	bun.BaseModel `bun:"table:message_reads,alias:rd"`

	ConversationID int64 `bun:",pk"`
	UserID         int64 `bun:",pk"`
	Seq            int64 `bun:",pk"`
	ReadAt         time.Time
}

func insertReads(ctx context.Context, tx bun.Tx, rows []read) error {
	if len(rows) == 0 {
		return nil
	}
	_, err := tx.NewInsert().Model(&rows).On("CONFLICT DO NOTHING").Exec(ctx)
	return err
}

// readUpTo remembers when this side has read what it has.
func (m *Membership) readUpTo(at time.Time) []read {
	if !m.User.ShowRead {
		return nil
	}
	return []read{{ConversationID: m.ConversationID, UserID: m.UserID, Seq: m.LastReadSeq, ReadAt: at}}
}

// ReadAt returns when the other has read a message of the viewer, as far as the viewer may know that; the zero time if it
// is not known.
func (s *Store) ReadAt(ctx context.Context, viewer *account.User, e *Entry, m *Message) (time.Time, error) {
	if m.SenderID != viewer.ID || m.Seq > e.Receipts().Read {
		return time.Time{}, nil
	}
	row := read{}
	err := s.db.Read().NewSelect().Model(&row).Where("conversation_id = ?", m.ConversationID).Where("user_id = ?", e.Other.ID).
		Where("seq >= ?", m.Seq).Order("seq").Limit(1).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return row.ReadAt, err
}

// received moves the side to a message that its person's pages have; it never moves back.
func (m *Membership) received(seq int64) { m.DeliveredSeq = max(m.DeliveredSeq, seq) }
