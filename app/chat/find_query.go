package chat

import (
	"strings"

	"dchat/app/text/words"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
	"github.com/uptrace/bun/schema"
)

// tokenVector is what the index of Postgres has of a row t: see the migration.
const tokenVector = "array_to_tsvector(string_to_array(t.conversation_id::text || ':' || replace(t.tokens, ' ', ' ' || t.conversation_id::text || ':'), ' '))"

// selectPlaces asks the index once for each conversation: its words carry the conversation. So the cost depends on what
// the viewer has, and not on what all others write.
func (f *finding) selectPlaces(conversations []int64, after place, limit int) *bun.SelectQuery {
	q := f.sides(conversations).ColumnExpr("t.sent_at, t.conversation_id, t.seq").OrderExpr(latestFirst).Limit(int64(limit))
	if f.tx.Dialect().Name() != dialect.PG {
		q = q.Join("CROSS JOIN message_fts(replace(?, '#', mb.conversation_id)) AS f", sqliteQuery(f.query.Keys())).
			Join("CROSS JOIN message_tokens AS t ON t.conversation_id = mb.conversation_id AND t.seq = f.rowid & 4294967295")
		return afterPlace(q, after).Where("?", f.shown())
	}
	// Each conversation by itself, which the limit makes sure of: the planner would rather sort all messages first.
	each := f.tx.NewSelect().TableExpr("message_tokens AS t").ColumnExpr("t.sent_at, t.conversation_id, t.seq").
		Where(tokenVector+" @@ replace(?, '#', mb.conversation_id::text)::tsquery", postgresQuery(f.query.Keys())).
		Where("?", f.shown()).OrderExpr(latestFirst).Limit(int64(limit))
	return q.Join("CROSS JOIN LATERAL (?) AS t", afterPlace(each, after))
}

const latestFirst = "t.sent_at DESC, t.conversation_id DESC, t.seq DESC"

// sides selects from the viewer's sides mb of conversations.
func (f *finding) sides(conversations []int64) *bun.SelectQuery {
	return f.tx.NewSelect().TableExpr("memberships AS mb").Where("mb.user_id = ?", f.viewer.ID).
		Where("mb.conversation_id IN (?)", bun.List(conversations))
}

// afterPlace limits a query for rows t to those after a place.
func afterPlace(q *bun.SelectQuery, after place) *bun.SelectQuery {
	if after.At.IsZero() {
		return q
	}
	return q.Where("(t.sent_at, t.conversation_id, t.seq) < (?, ?, ?)", after.At, after.ConversationID, after.Seq)
}

// shown is whether the viewer has not hidden t.
func (f *finding) shown() schema.QueryWithArgs {
	return bun.SafeQuery("NOT EXISTS (SELECT 1 FROM message_marks AS mm WHERE mm.user_id = ? AND mm.conversation_id = t.conversation_id AND mm.seq = t.seq AND mm.hidden)", f.viewer.ID)
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
