package chat

import (
	"context"
	"strings"
	"unicode/utf8"

	"dchat/app/text"

	"github.com/uptrace/bun"
)

// MaxResults is how many people one search finds.
const MaxResults = 20

// Search finds people by username or display name: the exact ones first, then those that begin
// with the query, then those with a word that does, then those that contain it. A query of one or
// two characters only finds beginnings. The viewer is not among them.
func (s *Store) Search(ctx context.Context, viewer *User, query string) ([]Entry, error) {
	query, ok := clean(query)
	query = strings.TrimPrefix(query, "@")
	if !ok || text.Normalize(query) == "" || utf8.RuneCountInString(query) > 100 {
		return nil, nil
	}
	var people []*User
	err := s.search(viewer, query).Scan(ctx, &people)
	if err != nil || len(people) == 0 {
		return nil, err
	}
	return s.withStanding(ctx, viewer, people)
}

// search is the query for people. Those whom only a node of the release before has seen are found by the
// key that it gave them.
func (s *Store) search(viewer *User, query string) *bun.SelectQuery {
	now, before := patterns(text.Normalize(query)), patterns(nameKey(query))
	return s.db.Read().NewSelect().Model((*User)(nil)).Where("id <> ?", viewer.ID).Where("deleted_at IS NULL").Where("verified_at IS NOT NULL OR ?", !s.verifyEmail).
		Where("(username_key LIKE ?0 ESCAPE '!' OR search_key LIKE ?0 ESCAPE '!' OR name_key LIKE ?1 ESCAPE '!')", now.finds, before.finds).
		OrderExpr("CASE WHEN username_key = ?0 OR search_key = ?0 OR name_key = ?1 THEN 0 ELSE 1 END", now.exact, before.exact).
		OrderExpr("CASE WHEN username_key LIKE ?0 ESCAPE '!' OR search_key LIKE ?0 ESCAPE '!' OR name_key LIKE ?1 ESCAPE '!' THEN 0 ELSE 1 END", now.begins, before.begins).
		OrderExpr("CASE WHEN search_key LIKE ?0 ESCAPE '!' OR name_key LIKE ?1 ESCAPE '!' THEN 0 ELSE 1 END", now.word, before.word).
		OrderExpr("length(username_key), username_key").Limit(MaxResults)
}

// pattern is a folded query as LIKE takes it.
type pattern struct{ exact, finds, begins, word string }

func patterns(folded string) pattern {
	begins := likeEscape(folded) + "%"
	p := pattern{exact: folded, finds: "%" + begins, begins: begins, word: "% " + begins}
	if utf8.RuneCountInString(folded) < 3 {
		p.finds = begins
	}
	return p
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
