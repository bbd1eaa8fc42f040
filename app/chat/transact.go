package chat

import (
	"context"
	"math/rand/v2"
	"time"

	"dchat/db"

	"github.com/uptrace/bun"
)

// A transaction waits for one lock no longer than lockPatience, and begins again if that was not enough: what
// it has locked itself would stop people who have nothing to do with what it waits for.
const (
	lockPatience  = 100 * time.Millisecond
	beginWithin   = 5 * time.Second
	shortestPause = 20 * time.Millisecond
	longestPause  = 250 * time.Millisecond
)

var changeLimits = db.Limits{Lock: lockPatience, Statement: 10 * time.Second, Idle: 5 * time.Second}

// transact runs fn in a transaction, again and again while others hold the locks that it needs.
func (s *Store) transact(ctx context.Context, fn func(context.Context, bun.Tx) error) error {
	until := time.Now().Add(beginWithin)
	for pause := shortestPause; ; pause = min(2*pause, longestPause) {
		err := s.db.Write(db.WithLimits(ctx, changeLimits), fn)
		if !db.IsBusy(err) || time.Now().After(until) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause/2 + rand.N(pause)):
		}
	}
}
