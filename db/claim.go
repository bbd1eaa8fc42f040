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

// ErrStranger says that the nodes which are running on the database have another mark.
var ErrStranger = errors.New("the nodes on this database have another mark")

// Claim keeps nodes that cannot work together off one database: one that is alone claims it for itself,
// others share it if they have the same mark, which is that of the first. On SQLite the lock of the data
// folder does the same.
func (d *DB) Claim(ctx context.Context, alone bool, mark string) (release func(), err error) {
	if !d.Postgres() {
		return func() {}, nil
	}
	conn, err := d.writer.DB.Conn(ctx)
	if err != nil {
		return nil, err
	}
	try := func() error { return claimTogether(ctx, conn, mark) }
	if alone {
		try = func() error { return claimAlone(ctx, conn) }
	}
	for until := time.Now().Add(claimWithin); ; time.Sleep(claimPause) {
		if err = try(); err == nil {
			return func() { endClaim(conn) }, nil
		}
		lasting := !errors.Is(err, ErrClaimed) && !errors.Is(err, ErrStranger)
		if lasting || time.Now().After(until) {
			endClaim(conn)
			return nil, err
		}
	}
}

func claimAlone(ctx context.Context, conn *sql.Conn) error {
	return tryLock(ctx, conn, "SELECT pg_try_advisory_lock($1)")
}

// claimTogether sets the mark if there is nobody else, and otherwise compares it.
func claimTogether(ctx context.Context, conn *sql.Conn, mark string) error {
	const share, unshare = "SELECT pg_try_advisory_lock_shared($1)", "SELECT pg_advisory_unlock_shared($1)"
	err := claimAlone(ctx, conn)
	if err == nil {
		_, err = conn.ExecContext(ctx, "INSERT INTO meta VALUES ('nodes', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value", mark)
		if err == nil {
			err = tryLock(ctx, conn, share)
		}
		_, errUnlock := conn.ExecContext(ctx, "SELECT pg_advisory_unlock($1)", claimKey)
		return errors.Join(err, errUnlock)
	}
	if !errors.Is(err, ErrClaimed) {
		return err
	}
	if err := tryLock(ctx, conn, share); err != nil {
		return err
	}
	var theirs string
	err = conn.QueryRowContext(ctx, "SELECT value FROM meta WHERE name = 'nodes'").Scan(&theirs)
	if err == nil && theirs == mark {
		return nil
	}
	_, errUnlock := conn.ExecContext(ctx, unshare, claimKey)
	if err == nil || errors.Is(err, sql.ErrNoRows) { // nodes of a release without marks
		err = ErrStranger
	}
	return errors.Join(err, errUnlock)
}

func tryLock(ctx context.Context, conn *sql.Conn, query string) error {
	var got bool
	err := conn.QueryRowContext(ctx, query, claimKey).Scan(&got)
	if err == nil && !got {
		err = ErrClaimed
	}
	return err
}

// endClaim gives the lock back before the connection returns to its pool.
func endClaim(conn *sql.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_, _ = conn.ExecContext(ctx, "SELECT pg_advisory_unlock_all()") // a lost connection has lost its locks
	_ = conn.Close()
}
