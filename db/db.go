// Package db opens the database and holds what differs between Postgres and SQLite.
package db

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"net/url"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

// DB is the open database. Writes go through Write, reads through Read or Snapshot.
type DB struct {
	writer *bun.DB
	reader *bun.DB // the same as writer on Postgres
	path   string  // of SQLite's file

	still fs.FileInfo // of a file that is read as if nothing could change it, else nil
}

// Open connects to `postgres://…` or `sqlite:PATH`. It does not migrate. The connection is tried
// before Open returns.
func Open(ctx context.Context, dsn string) (*DB, error) {
	var (
		d   *DB
		err error
	)
	switch {
	case strings.HasPrefix(dsn, "postgres://"), strings.HasPrefix(dsn, "postgresql://"):
		d, err = openPostgres(dsn)
	case strings.HasPrefix(dsn, "sqlite:"):
		d, err = openSQLite(strings.TrimPrefix(dsn, "sqlite:"))
	default:
		return nil, errors.New("the database address must begin with postgres:// or sqlite:")
	}
	if err != nil {
		return nil, err
	}
	if err := d.check(ctx); err != nil {
		_ = d.Close()
		return nil, err
	}
	return d.bounded(), nil
}

// check tests the connection, and that an acknowledged commit is durable: pages promise that.
func (d *DB) check(ctx context.Context) error {
	if !d.Postgres() {
		return d.writer.PingContext(ctx)
	}
	var commit, readOnly string
	err := d.writer.QueryRowContext(ctx, "SELECT current_setting('synchronous_commit'), current_setting('transaction_read_only')").Scan(&commit, &readOnly)
	switch {
	case err != nil:
		return unreachable{err}
	case readOnly != "off":
		return errReadOnly
	case commit == "off":
		return errors.New("the database acknowledges what it has not stored: set synchronous_commit to on")
	}
	return nil
}

// openSQLite keeps one connection that writes and a few that read: SQLite has one writer anyway,
// and waiting in Go is fair where SQLITE_BUSY is not.
func openSQLite(path string) (*DB, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if err := createPrivate(abs); err != nil {
		return nil, err
	}
	open := func(params url.Values, conns int) (*bun.DB, error) {
		params["_pragma"] = append(params["_pragma"], "busy_timeout(10000)", "foreign_keys(1)", "cache_size(-16000)")
		handle, err := sql.Open("sqlite", address(abs, params))
		if err != nil {
			return nil, err
		}
		handle.SetMaxOpenConns(conns)
		handle.SetMaxIdleConns(conns)
		return bun.NewDB(handle, sqlitedialect.New()), nil
	}
	// Immediate: a transaction that reads first and writes later would meet SQLITE_BUSY.
	writer, err := open(url.Values{"_txlock": {"immediate"}, "_pragma": {"journal_mode(WAL)", "synchronous(FULL)"}}, 1)
	if err != nil {
		return nil, err
	}
	reader, err := open(url.Values{"_pragma": {"query_only(1)"}}, max(4, runtime.NumCPU()))
	if err != nil {
		return nil, errors.Join(err, writer.Close())
	}
	return &DB{writer: writer, reader: reader, path: abs}, nil
}

// Close closes every connection.
func (d *DB) Close() error {
	err := d.writer.Close()
	if d.reader != d.writer {
		err = errors.Join(err, d.reader.Close())
	}
	return err
}

// Read is for single reading statements.
func (d *DB) Read() *bun.DB { return d.reader }

// Writer is for single writing statements.
func (d *DB) Writer() *bun.DB { return d.writer }

// Write runs fn in a transaction that commits if fn returns nil, within the Limits of the context.
func (d *DB) Write(ctx context.Context, fn func(context.Context, bun.Tx) error) error {
	return d.writer.RunInTx(limited(ctx), nil, fn)
}

// Snapshot runs fn in a read-only transaction in which all statements see one moment.
func (d *DB) Snapshot(ctx context.Context, fn func(context.Context, bun.Tx) error) error {
	opts := &sql.TxOptions{ReadOnly: true}
	if d.Postgres() {
		opts.Isolation = sql.LevelRepeatableRead
	}
	return d.unchanged(d.reader.RunInTx(limited(ctx), opts, fn))
}

// Postgres reports whether the database is Postgres.
func (d *DB) Postgres() bool { return d.writer.Dialect().Name() == dialect.PG }

// ForUpdate locks the selected rows until the transaction ends: not their keys, so that rows which refer to
// them can be inserted meanwhile. On SQLite the transaction already holds the only write lock.
func ForUpdate(q *bun.SelectQuery) *bun.SelectQuery {
	if q.Dialect().Name() == dialect.PG {
		return q.For("NO KEY UPDATE")
	}
	return q
}

// ForUpdateFree is ForUpdate without the rows that others have locked.
func ForUpdateFree(q *bun.SelectQuery) *bun.SelectQuery {
	if q.Dialect().Name() == dialect.PG {
		return q.For("NO KEY UPDATE SKIP LOCKED")
	}
	return q
}

// Lock keeps others out of what has a name and no row, until the transaction ends. On SQLite the
// transaction already holds the only write lock.
func Lock(ctx context.Context, tx bun.Tx, name string) error {
	if tx.Dialect().Name() != dialect.PG {
		return nil
	}
	_, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock(hashtextextended(?, 0))", name)
	return err
}
