package db

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"github.com/uptrace/bun"
)

// holdKey is any number that no other program on the same Postgres database locks.
const holdKey = 0x64636868 // "dchh"

// holdWithin is how long a Hold waits for what is being removed at this moment, and for another Hold.
const holdWithin = 30 * time.Second

// Errors of Hold and Unheld.
var (
	ErrHeld     = errors.New("a backup holds the files")
	ErrHoldLost = errors.New("the hold was lost on the way")
)

// Hold makes every Unheld return ErrHeld, so that the files to which the rows of this moment refer are not deleted.
// It ends with the process at the latest. release returns ErrHoldLost if it ended before.
func (d *DB) Hold(ctx context.Context) (release func() error, err error) {
	if d.Postgres() {
		return d.holdPostgres(ctx)
	}
	for until := time.Now().Add(holdWithin); ; {
		unlock, err := lockFolder(filepath.Dir(d.path), true)
		if !errors.Is(err, ErrHeld) || time.Now().After(until) {
			return unlock, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(claimPause):
		}
	}
}

// holdPostgres waits in the database, whose lock queue is fair.
func (d *DB) holdPostgres(ctx context.Context) (func() error, error) {
	conn, err := d.writer.DB.Conn(ctx)
	if err != nil {
		return nil, err
	}
	waiting, cancel := context.WithTimeout(ctx, holdWithin)
	defer cancel()
	if _, err := conn.ExecContext(waiting, "SELECT pg_advisory_lock($1)", holdKey); err != nil {
		_ = conn.Close()
		if ctx.Err() == nil && waiting.Err() != nil {
			err = ErrHeld
		}
		return nil, err
	}
	return func() error {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		defer conn.Close()
		var held bool
		if err := conn.QueryRowContext(ctx, "SELECT pg_advisory_unlock($1)", holdKey).Scan(&held); err != nil || !held {
			return errors.Join(ErrHoldLost, err)
		}
		return nil
	}, nil
}

// Unheld calls f, during which no Hold begins, or returns ErrHeld.
func (d *DB) Unheld(ctx context.Context, f func() error) error {
	if d.Postgres() {
		return d.Write(WithLimits(ctx, Unlimited), func(ctx context.Context, tx bun.Tx) error {
			var free bool
			if err := tx.QueryRowContext(ctx, "SELECT pg_try_advisory_xact_lock_shared(?)", holdKey).Scan(&free); err != nil {
				return err
			}
			if !free {
				return ErrHeld
			}
			return f()
		})
	}
	unlock, err := lockFolder(filepath.Dir(d.path), false)
	if err != nil {
		return err
	}
	return errors.Join(f(), unlock())
}
