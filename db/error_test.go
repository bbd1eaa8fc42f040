package db_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"dchat/db"
	"dchat/test/services"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
	lite "modernc.org/sqlite/lib"
)

// What the codes of Postgres say: whether the database is away, cannot write, or is only busy.
func TestCodesOfPostgres(t *testing.T) {
	type verdict struct{ outage, write, busy bool }
	away, noWriting, busy := verdict{outage: true}, verdict{outage: true, write: true}, verdict{busy: true}
	for code, want := range map[string]verdict{
		"08000": away, "08003": away, "08006": away, "53000": away, "53200": away, "53300": away, "57P01": away, "57P02": away, "57P03": away, "57P05": away,
		"25P03": away, "25P04": away, "XX001": away, "XX002": away,
		"25006": noWriting, "53100": noWriting, "58000": noWriting, "58030": noWriting, "58P01": noWriting,
		"55P03": busy, "57014": busy, "40P01": busy, "40001": busy,
		"23505": {}, "42P01": {}, "22001": {}, "28P01": {}, "3D000": {}, "XX000": {},
	} {
		err := fmt.Errorf("wrapped: %w", &pgconn.PgError{Code: code})
		require.Equal(t, want, verdict{db.IsOutage(err), db.IsWriteOutage(err), db.IsBusy(err)}, code)
	}
}

// The same for SQLite, with its extended codes.
func TestCodesOfSQLite(t *testing.T) {
	type verdict struct{ outage, write bool }
	away, noWriting := verdict{outage: true}, verdict{true, true}
	for code, want := range map[int]verdict{
		lite.SQLITE_FULL: noWriting, lite.SQLITE_PERM: noWriting,
		lite.SQLITE_IOERR: noWriting, lite.SQLITE_IOERR_READ: noWriting, lite.SQLITE_IOERR_SHORT_READ: noWriting, lite.SQLITE_IOERR_WRITE: noWriting,
		lite.SQLITE_IOERR_FSYNC: noWriting, lite.SQLITE_IOERR_DIR_FSYNC: noWriting, lite.SQLITE_IOERR_TRUNCATE: noWriting, lite.SQLITE_IOERR_FSTAT: noWriting,
		lite.SQLITE_IOERR_LOCK: noWriting, lite.SQLITE_IOERR_SHMOPEN: noWriting, lite.SQLITE_IOERR_SHMSIZE: noWriting, lite.SQLITE_IOERR_SHMMAP: noWriting,
		lite.SQLITE_IOERR_GETTEMPPATH: noWriting, lite.SQLITE_IOERR_DELETE: noWriting, lite.SQLITE_IOERR_NOMEM: noWriting,
		lite.SQLITE_READONLY: noWriting, lite.SQLITE_READONLY_DBMOVED: noWriting, lite.SQLITE_READONLY_DIRECTORY: noWriting, lite.SQLITE_READONLY_RECOVERY: noWriting,
		lite.SQLITE_READONLY_CANTLOCK: noWriting, lite.SQLITE_READONLY_CANTINIT: noWriting,
		lite.SQLITE_CANTOPEN: noWriting, lite.SQLITE_CANTOPEN_ISDIR: noWriting, lite.SQLITE_CANTOPEN_FULLPATH: noWriting, lite.SQLITE_CANTOPEN_SYMLINK: noWriting,
		lite.SQLITE_BUSY: away, lite.SQLITE_BUSY_RECOVERY: away, lite.SQLITE_BUSY_SNAPSHOT: away, lite.SQLITE_BUSY_TIMEOUT: away, lite.SQLITE_LOCKED: away,
		lite.SQLITE_LOCKED_SHAREDCACHE: away, lite.SQLITE_NOMEM: away, lite.SQLITE_PROTOCOL: away,
		lite.SQLITE_CORRUPT: away, lite.SQLITE_CORRUPT_INDEX: away, lite.SQLITE_NOTADB: away,
		lite.SQLITE_ERROR: {}, lite.SQLITE_CONSTRAINT: {}, lite.SQLITE_CONSTRAINT_UNIQUE: {}, lite.SQLITE_CONSTRAINT_PRIMARYKEY: {}, lite.SQLITE_CONSTRAINT_FOREIGNKEY: {},
		lite.SQLITE_TOOBIG: {}, lite.SQLITE_MISMATCH: {}, lite.SQLITE_RANGE: {}, lite.SQLITE_SCHEMA: {}, lite.SQLITE_INTERRUPT: {}, lite.SQLITE_ABORT: {}, lite.SQLITE_AUTH: {},
	} {
		outage, write := db.LiteVerdict(code)
		require.Equal(t, want, verdict{outage, write}, code)
	}
}

// A file that only may be read, and one that cannot be a database.
func TestASQLiteThatCannotWriteIsAnOutage(t *testing.T) {
	ctx := context.Background()
	path := t.TempDir() + "/dchat.db"
	d := open(t, "sqlite:"+path)
	require.NoError(t, d.Migrate(ctx))
	_, err := d.Read().ExecContext(ctx, "INSERT INTO meta VALUES ('a', 'b')") // query_only
	require.True(t, db.IsWriteOutage(err), err)
	require.NoError(t, d.Close())
	require.NoError(t, os.WriteFile(path, bytes.Repeat([]byte("no database "), 1000), 0o600))
	_, err = db.Open(ctx, "sqlite:"+path)
	require.True(t, db.IsOutage(err), err)
	require.False(t, db.IsWriteOutage(err), err)
}

// A database file that can grow no more.
func TestAFullSQLiteIsAnOutage(t *testing.T) {
	ctx := context.Background()
	d := open(t, "sqlite:"+t.TempDir()+"/dchat.db")
	require.NoError(t, d.Migrate(ctx))
	var pages int
	require.NoError(t, d.Writer().QueryRowContext(ctx, "PRAGMA page_count").Scan(&pages))
	limit := func(pages int) {
		_, err := d.Writer().ExecContext(ctx, fmt.Sprintf("PRAGMA max_page_count = %d", pages))
		require.NoError(t, err)
	}
	limit(pages)
	grow := func() error {
		_, err := d.Writer().ExecContext(ctx, "INSERT INTO meta VALUES ('large', hex(zeroblob(100000)))")
		return err
	}
	err := grow()
	require.True(t, db.IsOutage(err), err)
	require.True(t, db.IsWriteOutage(err), err)
	limit(pages + 1000)
	require.NoError(t, grow())
}

// A pool closes its connections to a demoted primary, so that the host name resolves again.
func TestPoolLeavesDemotedPrimary(t *testing.T) {
	ctx := context.Background()
	d := open(t, services.Postgres(t))
	require.NoError(t, d.Migrate(ctx))
	session := func() (id int) {
		require.NoError(t, d.Read().QueryRowContext(ctx, "SELECT pg_backend_pid()").Scan(&id))
		return id
	}
	database := func(value string) {
		_, err := d.Writer().ExecContext(ctx, "BEGIN; SET TRANSACTION READ WRITE; DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = "+value+"', current_database()); END $$; COMMIT")
		require.NoError(t, err)
	}
	before := session()
	require.Equal(t, before, session(), "the premise: one connection is used again")
	database("on")
	_, err := d.Writer().ExecContext(ctx, "SET default_transaction_read_only = on") // as the next session will have it
	require.NoError(t, err)
	err = d.Probe(ctx)
	require.True(t, db.IsWriteOutage(err), err)
	require.NotEqual(t, before, session())
	database("off")
	require.Eventually(t, func() bool { return d.Probe(ctx) == nil }, 10*time.Second, 100*time.Millisecond)
}

// A statement outside a transaction has a timeout too, even if its caller has none.
func TestSingleStatementTimesOut(t *testing.T) {
	ctx := context.Background()
	d := open(t, services.Postgres(t))
	require.NoError(t, d.Migrate(ctx))
	db.Single(t, 200*time.Millisecond)
	ended := make(chan error, 2)
	minutes, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	require.NoError(t, d.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, "SELECT 1 FROM meta WHERE name = 'epoch' FOR UPDATE")
		require.NoError(t, err)
		for _, given := range []context.Context{context.Background(), minutes} {
			go func() {
				_, err := d.Writer().ExecContext(given, "UPDATE meta SET value = value WHERE name = 'epoch'")
				ended <- err
			}()
		}
		for range 2 {
			select {
			case err := <-ended:
				require.True(t, db.IsOutage(err), err)
			case <-time.After(30 * time.Second):
				require.FailNow(t, "it waits for ever")
			}
		}
		_, err = tx.ExecContext(ctx, "SELECT pg_sleep(0.4)")
		return err
	}), "a transaction has limits of its own")
}
