package chat

import (
	"dchat/app/account"
	"dchat/app/text/words"
)

// FindSQL is the query of a search in all conversations as the database gets it.
func (s *Store) FindSQL(viewer *account.User, query string) string {
	f := finding{store: s, viewer: viewer, query: words.Parse(query)}
	return f.selectPlaces(place{}, HitsPage+1).String()
}
