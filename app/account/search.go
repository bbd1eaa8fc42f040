package account

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
func (s *Store) Search(ctx context.Context, viewer *User, query string) (people []*User, err error) {
	query, ok := text.CleanLine(query)
	query = strings.TrimPrefix(query, "@")
	if !ok || text.Normalize(query) == "" || utf8.RuneCountInString(query) > 100 {
		return nil, nil
	}
	err = s.search(viewer, query).Scan(ctx, &people)
	return people, err
}

// search is the query for people. People whose row only a node of the release before has written are
// found by the key that it gave them.
func (s *Store) search(viewer *User, query string) *bun.SelectQuery {
	now, before := patterns(text.Normalize(query)), patterns(NameKey(query))
	return s.db.Read().NewSelect().Model((*User)(nil)).Where("id <> ?", viewer.ID).Where("deleted_at IS NULL").Where("verified_at IS NOT NULL OR ?", !s.verifyEmail).
		Where("(username_key LIKE ?0 ESCAPE '!' OR search_key LIKE ?0 ESCAPE '!' OR name_key LIKE ?1 ESCAPE '!')", now.finds, before.finds).
		OrderExpr("CASE WHEN username_key = ?0 OR search_key = ?0 OR name_key = ?1 THEN 0 ELSE 1 END", now.exact, before.exact).
		OrderExpr("CASE WHEN username_key LIKE ?0 ESCAPE '!' OR search_key LIKE ?0 ESCAPE '!' OR name_key LIKE ?1 ESCAPE '!' THEN 0 ELSE 1 END", now.begins, before.begins).
		OrderExpr("CASE WHEN search_key LIKE ?0 ESCAPE '!' OR name_key LIKE ?1 ESCAPE '!' THEN 0 ELSE 1 END", now.word, before.word).
		OrderExpr("length(username_key), username_key").Limit(MaxResults)
}

// likeEscape takes the meaning from LIKE's wildcards; the pattern needs ESCAPE '!'.
var likeEscape = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace

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
