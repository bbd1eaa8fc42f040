package chat

import (
	"context"
	"strings"

	"dchat/app/text/words"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
)

// places returns what the index finds after a place, the latest first.
func (f *finding) places(ctx context.Context, after place, limit int) (list []place, err error) {
	err = f.selectPlaces(after, limit).Scan(ctx, &list)
	return list, err
}

// tokenVector is what the index of Postgres has of a row t: see the migration.
const tokenVector = "array_to_tsvector(string_to_array(t.conversation_id::text || ':' || replace(t.tokens, ' ', ' ' || t.conversation_id::text || ':'), ' '))"

// selectPlaces asks the index once for each conversation: its words carry the conversation. So the cost depends on what
// the viewer has, and not on what all others write.
func (f *finding) selectPlaces(after place, limit int) *bun.SelectQuery {
	q := f.tx.NewSelect().TableExpr("memberships AS mb").ColumnExpr("t.sent_at, t.conversation_id, t.seq").Where("mb.user_id = ?", f.viewer.ID)
	if f.conversation != 0 {
		q = q.Where("mb.conversation_id = ?", f.conversation)
	}
	if f.tx.Dialect().Name() != dialect.PG {
		q = q.Join("CROSS JOIN message_fts(replace(?, '#', mb.conversation_id)) AS f", sqliteQuery(f.query.Keys())).
			Join("CROSS JOIN message_tokens AS t ON t.conversation_id = mb.conversation_id AND t.seq = f.rowid & 4294967295")
		return f.latest(q, after, limit)
	}
	// Each conversation by itself, which the limit makes sure of: the planner would rather sort all messages first.
	each := f.tx.NewSelect().TableExpr("message_tokens AS t").ColumnExpr("t.sent_at, t.conversation_id, t.seq").
		Where(tokenVector+" @@ replace(?, '#', mb.conversation_id::text)::tsquery", postgresQuery(f.query.Keys()))
	q = q.Join("CROSS JOIN LATERAL (?) AS t", f.latest(each, after, limit))
	return q.OrderExpr(latestFirst).Limit(int64(limit))
}

const latestFirst = "t.sent_at DESC, t.conversation_id DESC, t.seq DESC"

// latest limits a query for rows t to those after a place that the viewer has not hidden.
func (f *finding) latest(q *bun.SelectQuery, after place, limit int) *bun.SelectQuery {
	if !after.At.IsZero() {
		q = q.Where("(t.sent_at, t.conversation_id, t.seq) < (?, ?, ?)", after.At, after.ConversationID, after.Seq)
	}
	return q.Where("NOT EXISTS (SELECT 1 FROM message_marks AS mm WHERE mm.user_id = ? AND mm.conversation_id = t.conversation_id AND mm.seq = t.seq AND mm.hidden)", f.viewer.ID).
		OrderExpr(latestFirst).Limit(int64(limit))
}

// postgresQuery writes keys as a tsquery, with # for the conversation. A key has no character that means anything there.
func postgresQuery(keys []words.Key) string {
	return joinKeys(keys, " & ", func(k words.Key) string {
		if k.Prefix {
			return "'#:" + k.Word + "':*"
		}
		return "'#:" + k.Word + "'"
	})
}

// sqliteQuery writes keys as FTS5 reads them.
func sqliteQuery(keys []words.Key) string {
	return joinKeys(keys, " AND ", func(k words.Key) string {
		if k.Prefix {
			return `"#:` + k.Word + `"*`
		}
		return `"#:` + k.Word + `"`
	})
}

func joinKeys(keys []words.Key, and string, write func(words.Key) string) string {
	parts := make([]string, len(keys))
	for i, k := range keys {
		parts[i] = write(k)
	}
	return strings.Join(parts, and)
}
