package db_test

import (
	"context"
	"errors"
	"testing"

	"dchat/db"
	"dchat/test/services"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
)

func tables(t *testing.T, d *db.DB) []db.Table {
	t.Helper()
	list, err := db.Tables(t.Context(), d.Read())
	require.NoError(t, err)
	return list
}

// An archive of one database can be restored into the other because of this.
func TestBothDatabasesHaveTheSameTables(t *testing.T) {
	lite, post := open(t, "sqlite:"+t.TempDir()+"/dchat.db"), open(t, services.Postgres(t))
	require.NoError(t, lite.Migrate(t.Context()))
	require.NoError(t, post.Migrate(t.Context()))
	byName := map[string]map[db.Column]bool{}
	for _, table := range tables(t, lite) {
		byName[table.Name] = map[db.Column]bool{}
		for _, c := range table.Columns {
			byName[table.Name][c] = true
		}
	}
	require.Contains(t, byName, "messages")
	for _, table := range tables(t, post) {
		columns := map[db.Column]bool{}
		for _, c := range table.Columns {
			columns[c] = true
		}
		require.Equal(t, byName[table.Name], columns, table.Name)
		delete(byName, table.Name)
	}
	require.Empty(t, byName)
}

func addUser(ctx context.Context, tx bun.IDB, id int, name string) error {
	_, err := tx.ExecContext(ctx, "INSERT INTO users (id, username, username_key, email, email_key, display_name, name_key, password_hash, created_at) VALUES (?0, ?1, ?1, ?1, ?1, ?1, ?1, 'x', '2026-11-01 00:00:00+00:00')", id, name)
	return err
}

func TestOnlyAnEmptyDatabaseIsFilled(t *testing.T) {
	everywhere(t, func(t *testing.T, dsn string) {
		ctx, d := t.Context(), open(t, dsn)
		nothing := func(context.Context, bun.Tx) error { return nil }
		require.ErrorIs(t, d.Refill(ctx, 999, nothing), db.ErrNewer)
		failed := errors.New("no")
		require.ErrorIs(t, d.Refill(ctx, 1, func(ctx context.Context, tx bun.Tx) error { return errors.Join(addUser(ctx, tx, 7, "anna"), failed) }), failed)
		require.NoError(t, d.Refill(ctx, 2, func(ctx context.Context, tx bun.Tx) error { return addUser(ctx, tx, 7, "anna") }))
		version, err := db.Version(ctx, d.Read())
		require.NoError(t, err)
		require.EqualValues(t, 2, version)
		require.ErrorIs(t, d.Refill(ctx, 2, nothing), db.ErrInhabited)

		require.NoError(t, d.Migrate(ctx))
		require.NoError(t, d.Analyze(ctx))
		_, err = d.Writer().ExecContext(ctx, "INSERT INTO users (username, username_key, email, email_key, display_name, name_key, password_hash, created_at) VALUES ('b', 'b', 'b', 'b', 'b', 'b', 'x', '2026-11-01 00:00:00+00:00')")
		require.NoError(t, err)
		var id int
		require.NoError(t, d.Read().NewRaw("SELECT id FROM users WHERE username = 'b'").Scan(ctx, &id))
		require.Equal(t, 8, id, "new ids come after those that were put in")

		_, err = d.Writer().ExecContext(ctx, "DELETE FROM users")
		require.NoError(t, err)
		require.ErrorIs(t, d.Refill(ctx, 2, nothing), db.ErrAhead)
	})
}

func TestHoldIsExclusive(t *testing.T) {
	everywhere(t, func(t *testing.T, dsn string) {
		one, other := open(t, dsn), open(t, dsn)
		require.NoError(t, one.Migrate(t.Context()))
		release, err := one.Hold(t.Context())
		require.NoError(t, err)
		never := func() error { panic("held") }
		require.ErrorIs(t, one.Unheld(t.Context(), never), db.ErrHeld)
		require.ErrorIs(t, other.Unheld(t.Context(), never), db.ErrHeld)
		impatient, cancel := context.WithCancel(t.Context())
		cancel()
		_, err = other.Hold(impatient)
		require.ErrorIs(t, err, context.Canceled)
		require.NoError(t, release())

		require.NoError(t, one.Unheld(t.Context(), func() error {
			return other.Unheld(t.Context(), func() error { return nil })
		}), "several may remove at the same time")
		release, err = other.Hold(t.Context())
		require.NoError(t, err)
		if other.Postgres() {
			_, err = one.Writer().ExecContext(t.Context(), "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())")
			require.NoError(t, err)
			require.ErrorIs(t, release(), db.ErrHoldLost)
		} else {
			require.NoError(t, release())
		}
	})
}
