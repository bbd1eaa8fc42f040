package chat

import (
	"context"
	"slices"

	"dchat/app/account"

	"github.com/uptrace/bun"
)

// PageSize is how many messages a page of history has.
const PageSize = 50

// Page is a piece of a conversation, in order.
type Page struct {
	Messages []Message
	More     bool // there are earlier ones
}

// Window is a piece from the middle of a conversation.
type Window struct {
	Page
	Later bool // there are later messages
}

// Before returns the messages before seq, or the latest for seq ≤ 0, at most limit.
func (s *Store) Before(ctx context.Context, viewer *account.User, conversation, seq int64, limit int) (Page, error) {
	return before(ctx, s.db.Read(), viewer.ID, conversation, seq, limit)
}

func before(ctx context.Context, tx bun.IDB, viewer, conversation, seq int64, limit int) (Page, error) {
	if conversation == 0 {
		return Page{}, nil
	}
	rows, more, err := earlier(ctx, tx, viewer, conversation, seq, limit)
	if err == nil {
		err = complete(ctx, tx, viewer, rows)
	}
	return Page{Messages: rows, More: more}, err
}

func earlier(ctx context.Context, tx bun.IDB, viewer, conversation, seq int64, limit int) (rows []Message, more bool, err error) {
	q := selectMessages(tx, &rows, viewer).Where("m.conversation_id = ?", conversation).Order("m.seq DESC").Limit(int64(limit) + 1)
	if seq > 0 {
		q = q.Where("m.seq < ?", seq)
	}
	err = q.Scan(ctx)
	if more = len(rows) > limit; more {
		rows = rows[:limit]
	}
	slices.Reverse(rows)
	return rows, more, err
}

// After returns the messages after seq, at most limit.
func (s *Store) After(ctx context.Context, viewer *account.User, conversation, seq int64, limit int) (Window, error) {
	return s.window(ctx, viewer, conversation, seq+1, 0, limit)
}

// Around returns the messages around seq: up to half before it and half from it on.
func (s *Store) Around(ctx context.Context, viewer *account.User, conversation, seq int64, half int) (Window, error) {
	return s.window(ctx, viewer, conversation, seq, half, half)
}

// window reads up to so many messages before seq, and from it on.
func (s *Store) window(ctx context.Context, viewer *account.User, conversation, seq int64, earliest, latest int) (w Window, err error) {
	if conversation == 0 || seq < 1 {
		return w, nil
	}
	err = s.db.Snapshot(ctx, func(ctx context.Context, tx bun.Tx) error {
		rows, more := []Message(nil), seq > 1
		if earliest > 0 {
			if rows, more, err = earlier(ctx, tx, viewer.ID, conversation, seq, earliest); err != nil {
				return err
			}
		}
		var from []Message
		err = selectMessages(tx, &from, viewer.ID).Where("m.conversation_id = ?", conversation).Where("m.seq >= ?", seq).
			Order("m.seq").Limit(int64(latest) + 1).Scan(ctx)
		if err != nil {
			return err
		}
		if w.Later = len(from) > latest; w.Later {
			from = from[:latest]
		}
		w.Page = Page{Messages: append(rows, from...), More: more}
		return complete(ctx, tx, viewer.ID, w.Messages)
	})
	return w, err
}

// MaxSince is how many changed messages a page is given one by one; beyond it gets a fresh log.
const MaxSince = 200

// since returns the messages that are new or changed for a viewer after revision rev, in order; ok is false if there
// are more than MaxSince.
func since(ctx context.Context, tx bun.IDB, viewer, conversation, rev int64) (rows []Message, ok bool, err error) {
	first := func(q *bun.SelectQuery) *bun.SelectQuery { // so that a long conversation is never read whole
		return q.Column("seq").Where("conversation_id = ?", conversation).Where("rev > ?", rev).Order("rev").Limit(MaxSince + 1)
	}
	changed, marked := first(tx.NewSelect().Model((*Message)(nil))), first(tx.NewSelect().Model((*Mark)(nil)).Where("user_id = ?", viewer))
	err = selectMessages(tx, &rows, viewer).Where("m.conversation_id = ?", conversation).
		Where("m.seq IN (SELECT seq FROM (?) AS changed UNION SELECT seq FROM (?) AS marked)", changed, marked).Limit(MaxSince + 1).Scan(ctx)
	if err == nil {
		err = complete(ctx, tx, viewer, rows)
	}
	slices.SortFunc(rows, func(a, b Message) int { return int(a.Seq - b.Seq) })
	return rows, len(rows) <= MaxSince, err
}
