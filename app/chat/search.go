package chat

import (
	"context"

	"dchat/app/account"

	"github.com/uptrace/bun"
)

// Search finds people, and how the viewer stands to each of them.
func (s *Store) Search(ctx context.Context, viewer *account.User, query string) ([]Entry, error) {
	people, err := s.accounts.Search(ctx, viewer, query)
	if err != nil || len(people) == 0 {
		return nil, err
	}
	return s.withStanding(ctx, viewer, people)
}

// withStanding adds how the viewer stands to each of the people.
func (s *Store) withStanding(ctx context.Context, viewer *account.User, people []*account.User) ([]Entry, error) {
	ids := make([]int64, len(people))
	for i, u := range people {
		ids[i] = u.ID
	}
	var sides []Membership
	err := selectEntries(s.db.Read(), &sides).Where("mb.user_id = ?", viewer.ID).Where("mb.other_id IN (?)", bun.List(ids)).Scan(ctx)
	if err != nil {
		return nil, err
	}
	known := map[int64]Entry{}
	for _, e := range toEntries(sides) {
		known[e.Other.ID] = e
	}
	list := make([]Entry, len(people))
	for i, u := range people {
		e, ok := known[u.ID]
		if !ok {
			e = Entry{Other: u, Standing: Stranger}
		}
		list[i] = e
	}
	return list, nil
}

// Person finds another person as the viewer may know them. A person who has not confirmed their address,
// where that is needed, or who has deleted their account exists only for those who had to do with them.
func (s *Store) Person(ctx context.Context, me *account.User, username string) (*account.User, error) {
	other, err := s.accounts.UserByName(ctx, username)
	if err != nil || other.DeletedAt.IsZero() && s.accounts.Admits(other) {
		return other, err
	}
	if e, err := entry(ctx, s.db.Read(), me, other); err != nil || e.ConversationID != 0 {
		return other, err
	}
	return nil, account.UnknownUser()
}
