package db_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"dchat/db"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
)

// A snapshot of an immutable file fails when a server has changed it meanwhile.
func TestSnapshotDetectsServerStart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dchat.db")
	server := func() *db.DB {
		d := open(t, "sqlite:"+path)
		require.NoError(t, d.Migrate(t.Context()))
		return d
	}
	require.NoError(t, server().Close())
	reading, err := db.OpenReading(t.Context(), "sqlite:"+path)
	require.NoError(t, err)
	t.Cleanup(func() { _ = reading.Close() })
	snapshot := func(f func()) error {
		return reading.Snapshot(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			var rows int
			require.NoError(t, tx.QueryRowContext(ctx, "SELECT count(*) FROM meta").Scan(&rows))
			f()
			return nil
		})
	}
	require.NoError(t, snapshot(func() {}))
	require.ErrorIs(t, snapshot(func() {
		_, err := server().Writer().ExecContext(t.Context(), "INSERT INTO meta VALUES ('new', '1')")
		require.NoError(t, err)
	}), db.ErrChanged)
}

func TestOpenReadingCreatesNoDatabase(t *testing.T) {
	dir := t.TempDir()
	_, err := db.OpenReading(t.Context(), "sqlite:"+filepath.Join(dir, "dchat.db"))
	require.ErrorIs(t, err, os.ErrNotExist)
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, entries)
}
