package store

import (
	"context"
	"math/rand/v2"
	"time"

	"dchat/db"

	"github.com/uptrace/bun"
)

// A transaction waits for one lock no longer than LockPatience, and begins again if that was not enough: its
// own locks would stop people who have nothing to do with the lock it waits for.
const (
	LockPatience  = 100 * time.Millisecond
	beginWithin   = 5 * time.Second
	shortestPause = 20 * time.Millisecond
	longestPause  = 250 * time.Millisecond
)

// The limits of transactions: of a change, and of a sweep, which needs time to find what it removes.
var (
	ChangeLimits = db.Limits{Lock: LockPatience, Statement: 10 * time.Second, Idle: 5 * time.Second}
	SweepLimits  = db.Limits{Lock: LockPatience, Statement: time.Minute, Idle: 10 * time.Second}
)

// Transact runs fn in a transaction, repeatedly while others hold the locks that it needs.
func (d *DB) Transact(ctx context.Context, fn func(context.Context, bun.Tx) error) error {
	until := time.Now().Add(beginWithin)
	for pause := shortestPause; ; pause = min(2*pause, longestPause) {
		err := d.TransactOnce(ctx, fn)
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

// TransactOnce runs fn in a transaction and returns the error of a lock that is held.
func (d *DB) TransactOnce(ctx context.Context, fn func(context.Context, bun.Tx) error) error {
	return d.Write(db.WithLimits(ctx, ChangeLimits), fn)
}

// Sweep runs sweeps, each in its own transaction.
func (d *DB) Sweep(ctx context.Context, sweeps ...func(context.Context, bun.Tx) error) error {
	for _, sweep := range sweeps {
		if err := d.Write(db.WithLimits(ctx, SweepLimits), sweep); err != nil {
			return err
		}
	}
	return nil
}
