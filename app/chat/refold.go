package chat

import (
	"context"

	"dchat/app/text"

	"github.com/uptrace/bun"
)

// refoldBatch is how many people are folded in one transaction: their rows are locked until it ends.
const refoldBatch = 200

// Refold gives every person the search key that their name has by today's folding, and whoever has a name of
// which nothing can be seen, their username. A node of the release
// before knows nothing of the key, and a later release may fold otherwise.
func (s *Store) Refold(ctx context.Context) error {
	_, err := s.write().NewUpdate().Model((*User)(nil)).Set("search_key = ''").Where("deleted_at IS NOT NULL").Where("search_key <> ''").Exec(ctx)
	if err != nil { // nothing of a deleted person stays
		return err
	}
	for after := int64(0); ; {
		var people []*User
		err := s.db.Read().NewSelect().Model(&people).Column("id", "username", "display_name", "search_key").
			Where("id > ?", after).Where("deleted_at IS NULL").Order("id").Limit(refoldBatch).Scan(ctx)
		if err != nil || len(people) == 0 {
			return err
		}
		after = people[len(people)-1].ID
		if err := s.refold(ctx, people); err != nil {
			return err
		}
	}
}

func (s *Store) refold(ctx context.Context, people []*User) error {
	var stale []*User
	names := map[int64]string{}
	for _, u := range people {
		name, key := u.DisplayName, u.SearchKey
		if u.setDisplayName(name); !text.Visible(name) { // older releases took such names
			u.setDisplayName(u.Username)
		}
		if u.SearchKey != key || u.DisplayName != name {
			stale = append(stale, u)
			names[u.ID] = name
		}
	}
	if len(stale) == 0 {
		return nil
	}
	return s.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		for _, u := range stale { // whose name has changed since, has a new key
			_, err := tx.NewUpdate().Model(u).Column("display_name", "name_key", "search_key").WherePK().Where("display_name = ?", names[u.ID]).Exec(ctx)
			if err != nil {
				return err
			}
		}
		return nil
	})
}
