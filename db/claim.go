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
	watchEvery  = 2 * time.Second
	claimPause  = 250 * time.Millisecond
)

// reclaimWithin is for how long the session that was lost may seem to be there.
var reclaimWithin = 30 * time.Second

// ErrClaimed reports that other nodes run on the database, and at least one of them, or this one, has no bus.
var ErrClaimed = errors.New("another node is running on this database")

// ErrStranger reports that the nodes that run on the database have another mark.
var ErrStranger = errors.New("the nodes on this database have another mark")

// Claim is a lock on the database that lasts until Release. It belongs to a session of Postgres, and is
// taken again where that ends without us.
type Claim struct {
	db   *DB
	try  func(context.Context, *sql.Conn) error
	conn *sql.Conn

	lost    chan error
	stop    context.CancelFunc
	stopped chan struct{}
}

// Claim keeps nodes that cannot work together off one database: one that is alone claims it for itself,
// others share it if they have the same mark, which is that of the first. On SQLite the lock of the data
// folder does the same.
func (d *DB) Claim(ctx context.Context, alone bool, mark string) (*Claim, error) {
	c := &Claim{db: d, lost: make(chan error, 1)}
	if !d.Postgres() {
		return c, nil
	}
	c.try = func(ctx context.Context, conn *sql.Conn) error { return claimTogether(ctx, conn, mark) }
	if alone {
		c.try = claimAlone
	}
	if err := c.take(ctx, claimWithin); err != nil {
		return nil, err
	}
	ctx, c.stop = context.WithCancel(context.WithoutCancel(ctx))
	c.stopped = make(chan struct{})
	go c.watch(ctx)
	return c, nil
}

// Lost receives why the claim is no longer ours: others have come in between.
func (c *Claim) Lost() <-chan error { return c.lost }

// Release gives the claim back.
func (c *Claim) Release() {
	if c.stop == nil {
		return
	}
	c.stop()
	<-c.stopped
	if c.conn != nil {
		endClaim(c.conn)
	}
}

// take retries while the session of a killed node may still hold the claim.
func (c *Claim) take(ctx context.Context, within time.Duration) error {
	conn, err := c.db.writer.DB.Conn(ctx)
	if err != nil {
		return err
	}
	for until := time.Now().Add(within); ; {
		if err = c.try(ctx, conn); err == nil {
			c.conn = conn
			return nil
		}
		lasting := !errors.Is(err, ErrClaimed) && !errors.Is(err, ErrStranger)
		if lasting || time.Now().After(until) {
			endClaim(conn)
			return err
		}
		select {
		case <-ctx.Done():
			endClaim(conn)
			return ctx.Err()
		case <-time.After(claimPause):
		}
	}
}

// watch sees that the session is still there.
func (c *Claim) watch(ctx context.Context) {
	defer close(c.stopped)
	for pause := watchEvery; ; {
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		if c.stands(ctx) {
			pause = watchEvery
			continue
		}
		err := c.take(ctx, reclaimWithin)
		if errors.Is(err, ErrClaimed) || errors.Is(err, ErrStranger) {
			c.lost <- err
			return
		}
		pause = claimPause // until the database answers
	}
}

func (c *Claim) stands(ctx context.Context) bool {
	if c.conn == nil {
		return false
	}
	asking, cancel := context.WithTimeout(ctx, claimWithin)
	defer cancel()
	_, err := c.conn.ExecContext(asking, "SELECT 1")
	if err == nil || ctx.Err() != nil {
		return true
	}
	_ = c.conn.Close()
	c.conn = nil
	return false
}

func claimAlone(ctx context.Context, conn *sql.Conn) error {
	return tryLock(ctx, conn, "SELECT pg_try_advisory_lock($1)")
}

// claimTogether sets the mark if no other node runs, and otherwise compares it.
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
