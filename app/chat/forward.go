package chat

import (
	"context"

	"dchat/app/account"

	"github.com/google/uuid"
)

// Forward sends a message with its files to other contacts of the viewer. The same key again is the same messages.
func (s *Store) Forward(ctx context.Context, viewer, other *account.User, seq int64, to []*account.User, key uuid.UUID) error {
	return errPlanned
}
