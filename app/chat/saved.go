package chat

import (
	"context"
	"strconv"
	"strings"
	"time"

	"dchat/app/account"
	"dchat/app/errs"
	"dchat/app/store"

	"github.com/uptrace/bun"
)

// Saved returns the messages that a person has saved, the latest saved first, after a cursor ("" is the beginning).
func (s *Store) Saved(ctx context.Context, viewer *account.User, cursor string) (Hits, error) {
	var hits Hits
	err := s.db.Snapshot(ctx, func(ctx context.Context, tx bun.Tx) error {
		var rows []Message
		q := selectMessages(tx, &rows, viewer.ID).Where("mk.saved_at IS NOT NULL").
			Where("m.deleted_at IS NULL").Where("(m.expires_at IS NULL OR m.expires_at > ?)", store.Now()).
			Order("mk.saved_at DESC", "mk.conversation_id DESC", "mk.seq DESC").Limit(PageSize + 1)
		if cursor != "" {
			at, conversation, seq, err := parseSavedCursor(cursor)
			if err != nil {
				return err
			}
			q = q.Where("(mk.saved_at, mk.conversation_id, mk.seq) < (?, ?, ?)", at, conversation, seq)
		}
		if err := q.Scan(ctx); err != nil {
			return err
		}
		if len(rows) > PageSize {
			rows = rows[:PageSize]
			hits.Next = savedCursor(&rows[PageSize-1])
		}
		var err error
		hits.List, err = hitsOf(ctx, tx, viewer.ID, rows)
		return err
	})
	return hits, err
}

// maxMicro is the last moment that both databases know, in microseconds.
var maxMicro = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC).UnixMicro()

func savedCursor(m *Message) string {
	return strings.Join([]string{
		strconv.FormatInt(m.SavedAt.UnixMicro(), 36), strconv.FormatInt(m.ConversationID, 36), strconv.FormatInt(m.Seq, 36),
	}, ".")
}

func parseSavedCursor(cursor string) (at time.Time, conversation, seq int64, err error) {
	parts := strings.Split(cursor, ".")
	var n [3]int64
	for i := range n {
		if err == nil && len(parts) == len(n) {
			n[i], err = strconv.ParseInt(parts[i], 36, 64)
		}
	}
	if err != nil || len(parts) != len(n) || min(n[0], n[1], n[2]) < 0 || n[0] > maxMicro {
		return at, 0, 0, &errs.Error{Code: errs.NotFound, Sentence: "There is no such place in the list.", Cause: err}
	}
	return time.UnixMicro(n[0]).UTC(), n[1], n[2], nil
}
