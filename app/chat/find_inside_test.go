package chat

import (
	"context"
	"fmt"

	"dchat/app/account"
	"dchat/app/text/words"
	"dchat/db"

	"github.com/uptrace/bun"
)

// FindPlan explains the query of a search in all conversations as the database would do it.
func (s *Store) FindPlan(ctx context.Context, viewer *account.User, query, explain string) (plan string, err error) {
	err = s.db.Snapshot(db.WithLimits(ctx, findLimits), func(ctx context.Context, tx bun.Tx) error {
		f := finding{tx: tx, viewer: viewer, query: words.Parse(query)}
		var rows []map[string]any
		err := tx.NewRaw(explain+" "+f.selectPlaces(place{}, HitsPage+1).String()).Scan(ctx, &rows)
		plan = fmt.Sprint(rows)
		return err
	})
	return plan, err
}
