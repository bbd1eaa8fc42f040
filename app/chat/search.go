package chat

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/uptrace/bun"
)

// MaxResults is how many people one search finds.
const MaxResults = 20

// Search finds people by username or display name: the exact ones first, then those that begin
// with the query, then those with a word that does, then those that contain it. A query of one or
// two characters only finds beginnings. The viewer is not among them.
func (s *Store) Search(ctx context.Context, viewer *User, query string) ([]Entry, error) {
	text, ok := clean(query)
	text = fold(strings.TrimPrefix(text, "@"))
	if !ok || text == "" || utf8.RuneCountInString(text) > 100 {
		return nil, nil
	}
	begins := likeEscape(text) + "%"
	pattern := "%" + begins
	if utf8.RuneCountInString(text) < 3 {
		pattern = begins
	}
	var people []*User
	err := s.db.Read().NewSelect().Model(&people).Where("id <> ?", viewer.ID).Where("deleted_at IS NULL").Where("verified_at IS NOT NULL OR ?", !s.verifyEmail).
		Where("(username_key LIKE ? ESCAPE '!' OR name_key LIKE ? ESCAPE '!')", pattern, pattern).
		OrderExpr("CASE WHEN username_key = ? OR name_key = ? THEN 0 WHEN username_key LIKE ? ESCAPE '!' OR name_key LIKE ? ESCAPE '!' THEN 1 WHEN name_key LIKE ? ESCAPE '!' THEN 2 ELSE 3 END",
			text, text, begins, begins, "% "+begins).
		OrderExpr("length(username_key), username_key").Limit(MaxResults).Scan(ctx)
	if err != nil || len(people) == 0 {
		return nil, err
	}
	return s.withStanding(ctx, viewer, people)
}

// withStanding adds how the viewer stands to each of the people.
func (s *Store) withStanding(ctx context.Context, viewer *User, people []*User) ([]Entry, error) {
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
