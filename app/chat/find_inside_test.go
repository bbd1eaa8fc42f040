package chat

import (
	"context"
	"fmt"

	"dchat/app/account"
	"dchat/app/text/words"
	"dchat/db"

	"github.com/uptrace/bun"
)

// FindPlans explains the queries of a search in all conversations as the database would do them: by the index, and on
// the walk.
func (s *Store) FindPlans(ctx context.Context, viewer *account.User, query, explain string) (index, walk string, err error) {
	err = s.db.Snapshot(db.WithLimits(ctx, findLimits), func(ctx context.Context, tx bun.Tx) error {
		f := finding{tx: tx, viewer: viewer, query: words.Parse(query)}
		list, err := f.conversations(ctx)
		if err != nil {
			return err
		}
		if index, err = planOf(ctx, tx, explain, f.selectPlaces(list, place{}, HitsPage+1)); err != nil {
			return err
		}
		walk, err = planOf(ctx, tx, explain, f.selectSteps(list, place{}, HitsPage+1, leastWalked))
		return err
	})
	return index, walk, err
}

func planOf(ctx context.Context, tx bun.Tx, explain string, q *bun.SelectQuery) (string, error) {
	var rows []map[string]any
	err := tx.NewRaw(explain+" "+q.String()).Scan(ctx, &rows)
	return fmt.Sprint(rows), err
}
