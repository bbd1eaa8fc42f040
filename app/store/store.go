// Package store is what the rooms of the domain share: the database with its retries, jobs that are
// enqueued in a transaction, and the clock.
package store

import (
	"context"
	"time"

	"dchat/db"

	"github.com/uptrace/bun"
)

// DB is the database of the domain.
type DB struct {
	*db.DB

	enqueue EnqueueFunc
}

// EnqueueFunc enqueues jobs in the transaction that makes them necessary.
type EnqueueFunc func(context.Context, bun.Tx, ...Job) error

// New returns the database as the rooms use it. If enqueue is nil, jobs are dropped.
func New(database *db.DB, enqueue EnqueueFunc) *DB { return &DB{DB: database, enqueue: enqueue} }

// ClockSkew is how far the clocks of nodes may differ. What lies further in the future was stamped by a clock
// that was wrong, and is not followed.
const ClockSkew = time.Minute

// Now is the time with the precision of the database.
func Now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
