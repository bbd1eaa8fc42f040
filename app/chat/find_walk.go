package chat

import (
	"context"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
	"github.com/uptrace/bun/schema"
)

// step is a message that a walk has looked at.
type step struct {
	place `bun:",extend"`

	Hit bool
	N   int // it is the Nth message of its conversation
}

// walk looks at the latest messages of conversations after a place, at so many of each. It returns the latest hits, and
// the conversations that are open: they may have further hits among these. In a conversation, times rise with seq.
func (f *finding) walk(ctx context.Context, list []int64, after place, limit, each int) (hits []place, open []int64, err error) {
	var steps []step
	err = f.selectSteps(list, after, limit, each).Scan(ctx, &steps)
	for _, s := range steps {
		if s.Hit {
			hits = append(hits, s.place)
		}
		if s.N == each && len(hits) < limit {
			open = append(open, s.ConversationID)
		}
	}
	return hits, open, err
}

// selectSteps asks for the hits among the latest messages, and for where the walk of each conversation has ended before
// the last one of the hits.
func (f *finding) selectSteps(conversations []int64, after place, limit, each int) *bun.SelectQuery {
	latest := f.tx.NewSelect().TableExpr("message_tokens AS t").Where("t.conversation_id = mb.conversation_id").
		OrderExpr("t.seq DESC").Limit(int64(each))
	steps := f.sides(conversations).ColumnExpr("t.sent_at, t.conversation_id, t.seq").ColumnExpr("? AND ? AS hit", f.has(), f.shown()).
		ColumnExpr("row_number() OVER (PARTITION BY t.conversation_id ORDER BY t.seq DESC) AS n")
	if latest = afterPlace(latest, after); f.tx.Dialect().Name() == dialect.PG {
		steps = steps.Join("CROSS JOIN LATERAL (?) AS t", latest.ColumnExpr("t.*"))
	} else {
		steps = steps.Join("CROSS JOIN message_tokens AS t ON t.rowid IN (?)", latest.ColumnExpr("t.rowid"))
	}
	counted := f.tx.NewSelect().TableExpr("(?) AS t", steps).ColumnExpr("t.*").
		ColumnExpr("count(*) FILTER (WHERE t.hit) OVER (ORDER BY "+latestFirst+" ROWS UNBOUNDED PRECEDING) AS hits").Where("t.hit OR t.n = ?", each)
	return f.tx.NewSelect().TableExpr("(?) AS t", counted).ColumnExpr("t.sent_at, t.conversation_id, t.seq, t.hit, t.n").
		Where("t.hits < ? OR t.hits = ? AND t.hit", limit, limit).OrderExpr(latestFirst)
}

// has is whether t has the words of the query.
func (f *finding) has() schema.QueryWithArgs {
	position := "instr"
	if f.tx.Dialect().Name() == dialect.PG {
		position = "strpos"
	}
	keys := f.query.Keys()
	parts, args := make([]string, len(keys)), make([]any, len(keys))
	for i, k := range keys {
		parts[i], args[i] = position+"(' ' || t.tokens || ' ', ?) > 0", " "+k.Word+" "
		if k.Prefix {
			args[i] = " " + k.Word
		}
	}
	return bun.SafeQuery(strings.Join(parts, " AND "), args...)
}
