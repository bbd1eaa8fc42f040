package db

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// claimKey is any number that no other program on the same Postgres database locks.
const claimKey = 0x64636861 // "dcha"

// A node that was killed holds its claim until Postgres notices.
const (
	claimWithin = 5 * time.Second
	claimPause  = 250 * time.Millisecond
)

// ErrClaimed says that other nodes are running on the database, and at least one of them, or this
// one, has no bus.
var ErrClaimed = errors.New("another node is running on this database")

// Claim keeps nodes that cannot hear each other off one database: one that is alone claims it for
// itself, others share it. On SQLite the lock of the data folder does the same.
func (d *DB) Claim(ctx context.Context, alone bool) (release func(), err error) {
	if !d.Postgres() {
		return func() {}, nil
	}
	conn, err := d.writer.DB.Conn(ctx)
	if err != nil {
		return nil, err
	}
	query := "SELECT pg_try_advisory_lock_shared($1)"
	if alone {
		query = "SELECT pg_try_advisory_lock($1)"
	}
	for until := time.Now().Add(claimWithin); ; time.Sleep(claimPause) {
		var got bool
		if err = conn.QueryRowContext(ctx, query, claimKey).Scan(&got); err == nil && got {
			return func() { endClaim(conn) }, nil
		}
		if err == nil && time.Now().After(until) {
			err = ErrClaimed
		}
		if err != nil {
			_ = conn.Close()
			return nil, err
		}
	}
}

// endClaim gives the lock back before the connection returns to its pool.
func endClaim(conn *sql.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_, _ = conn.ExecContext(ctx, "SELECT pg_advisory_unlock_all()") // a lost connection has lost its locks
	_ = conn.Close()
}
