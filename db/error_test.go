package db_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"dchat/app/testkit"
	"dchat/db"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
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

// A pool leaves a server that has become a standby, so that a name which leads to another one by now does.
func TestADemotedPrimaryIsLeft(t *testing.T) {
	ctx := context.Background()
	d := open(t, testkit.Postgres(t))
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
