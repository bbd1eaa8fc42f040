package chat

import (
	"context"
	"time"

	"dchat/app/account"
)

// SetTimer changes after which time later messages disappear: one of Timers.
func (s *Store) SetTimer(ctx context.Context, viewer, other *account.User, after time.Duration) (Entry, error) {
	return Entry{}, errPlanned
}

// Timers are the times after which messages can disappear; 0 is never.
var Timers = []time.Duration{0, 24 * time.Hour, 7 * 24 * time.Hour, 28 * 24 * time.Hour}
