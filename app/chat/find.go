package chat

import (
	"context"

	"dchat/app/account"
)

// Find searches the viewer's messages and the names of their files, the latest first, in the conversation with one
// person or, for nil, in all.
func (s *Store) Find(ctx context.Context, viewer *account.User, query string, in *account.User, cursor string) (Hits, error) {
	return Hits{}, errPlanned
}
