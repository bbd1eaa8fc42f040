package life

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"dchat/db"
	"dchat/test/page"

	"github.com/uptrace/bun"
)

// message is a row of the table, with nothing but what two people's pages depend on.
type message struct {
	Seq, Rev, SenderID, ReplySeq int64
	Key, Body, Notice            string
	Forwarded                    bool
	EditedAt                     time.Time `bun:",nullzero"`
	DeletedAt                    time.Time `bun:",nullzero"`
	ExpiresAt                    time.Time `bun:",nullzero"`
}

type reaction struct {
	Seq, UserID int64
	Emoji       string
}

type mark struct {
	Seq, UserID, Rev int64
	Hidden           bool
	SavedAt          time.Time `bun:",nullzero"`
}

type side struct {
	UserID, LastReadSeq, DeliveredSeq           int64
	MutedUntil, PinnedAt, ArchivedAt, BlockedAt time.Time `bun:",nullzero"`
	MarkedUnread, ShowRead                      bool
}

// truth is a conversation as plain statements read it: it shares no code with what it is compared to.
type truth struct {
	id, seq   int64
	timer     int64 // in seconds
	contact   bool
	messages  []message
	reactions []reaction
	marks     []mark
	sides     []side
	at        time.Time
}

// read reads the conversation of two people.
func read(ctx context.Context, d *db.DB, a, b int64) (*truth, error) {
	t := &truth{at: time.Now()}
	err := d.Snapshot(ctx, func(ctx context.Context, tx bun.Tx) error {
		err := tx.NewRaw("SELECT id, seq, timer, contact_at IS NOT NULL FROM conversations WHERE low_id = ? AND high_id = ?", min(a, b), max(a, b)).
			Scan(ctx, &t.id, &t.seq, &t.timer, &t.contact)
		for _, q := range []struct {
			into  any
			query string
		}{
			{&t.messages, "SELECT seq, rev, sender_id, reply_seq, CAST(key AS text) AS key, body, notice, forwarded, edited_at, deleted_at, expires_at FROM messages WHERE conversation_id = ? ORDER BY seq"},
			{&t.reactions, "SELECT seq, user_id, emoji FROM reactions WHERE conversation_id = ?"},
			{&t.marks, "SELECT seq, user_id, rev, hidden, saved_at FROM message_marks WHERE conversation_id = ?"},
			{&t.sides, "SELECT user_id, last_read_seq, delivered_seq, muted_until, pinned_at, archived_at, blocked_at, marked_unread, show_read FROM memberships JOIN users ON users.id = user_id WHERE conversation_id = ?"},
		} {
			if err == nil {
				err = tx.NewRaw(q.query, t.id).Scan(ctx, q.into)
			}
			if errors.Is(err, sql.ErrNoRows) {
				err = nil
			}
		}
		return err
	})
	return t, err
}

func version(ctx context.Context, d *db.DB, user int64) (v int64, err error) {
	err = d.Read().NewRaw("SELECT version FROM person_versions WHERE user_id = ?", user).Scan(ctx, &v)
	return v, err
}

func (t *truth) mark(seq, viewer int64) mark {
	for _, m := range t.marks {
		if m.Seq == seq && m.UserID == viewer {
			return m
		}
	}
	return mark{}
}

func (t *truth) gone(m *message) bool {
	return !m.DeletedAt.IsZero() || !m.ExpiresAt.IsZero() && !m.ExpiresAt.After(t.at)
}

// rows are what a viewer's log shows from one Seq to another.
func (t *truth) rows(viewer, from, to int64, names map[int64]string) (list []page.Row) {
	for i := range t.messages {
		m := &t.messages[i]
		mark := t.mark(m.Seq, viewer)
		if m.Seq < from || m.Seq > to || mark.Hidden {
			continue
		}
		row := page.Row{
			ID: fmt.Sprint(t.id<<32 | m.Seq), Seq: m.Seq, Rev: max(m.Rev, mark.Rev), Text: m.Body, Mine: m.SenderID == viewer && m.Notice == "",
			Notice: m.Notice != "", Saved: !mark.SavedAt.IsZero(),
		}
		if m.SenderID == viewer {
			row.Key = m.Key
		}
		if t.gone(m) {
			row.Text, row.Gone, row.Saved = "Message deleted", true, false
		} else {
			row.Edited, row.Forwarded = !m.EditedAt.IsZero(), m.Forwarded
			row.Quote, row.Pills = t.quote(m, viewer, names), t.pills(m.Seq, viewer)
		}
		list = append(list, row)
	}
	return list
}

func (t *truth) quote(m *message, viewer int64, names map[int64]string) string {
	if m.ReplySeq == 0 {
		return ""
	}
	source := &t.messages[m.ReplySeq-1]
	if t.gone(source) || t.mark(source.Seq, viewer).Hidden {
		return page.QuoteGone
	}
	return "In reply to " + names[source.SenderID] + ": " + source.Body
}

func (t *truth) pills(seq, viewer int64) (list []page.Pill) {
	counts, own := map[string]int{}, ""
	for _, r := range t.reactions {
		if r.Seq == seq {
			counts[r.Emoji]++
			if r.UserID == viewer {
				own = r.Emoji
			}
		}
	}
	for emoji, n := range counts {
		list = append(list, page.Pill{Emoji: emoji, Count: fmt.Sprint(n), Own: emoji == own})
	}
	slices.SortFunc(list, func(a, b page.Pill) int { return strings.Compare(a.Emoji, b.Emoji) })
	return list
}
