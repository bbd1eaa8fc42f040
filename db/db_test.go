package db_test

import (
	"context"
	"sync"
	"testing"

	"dchat/db"
	"dchat/test/services"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
)

func TestMain(m *testing.M) { services.Main(m) }

// everywhere runs a test on both databases.
func everywhere(t *testing.T, test func(t *testing.T, dsn string)) {
	t.Run("sqlite", func(t *testing.T) { test(t, "sqlite:"+t.TempDir()+"/with a space?.db") })
	t.Run("postgres", func(t *testing.T) { test(t, services.Postgres(t)) })
}

func open(t *testing.T, dsn string) *db.DB {
	d, err := db.Open(context.Background(), dsn)
	require.NoError(t, err)
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func TestOpenErrorsHidePassword(t *testing.T) {
	for _, dsn := range []string{"mysql://dchat:hush@db/dchat", "postgres://dchat:hush@db:port/dchat", "postgres://dchat:hush@127.0.0.1:1/dchat"} {
		_, err := db.Open(context.Background(), dsn)
		require.Error(t, err)
		require.NotContains(t, err.Error(), "hush")
	}
}

func TestNodesThatStartTogetherMigrateOnce(t *testing.T) {
	everywhere(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		first := open(t, dsn)
		current, err := first.Migrated(ctx)
		require.NoError(t, err)
		require.False(t, current)
		nodes := []*db.DB{first}
		if first.Postgres() {
			nodes = append(nodes, open(t, dsn), open(t, dsn), open(t, dsn), open(t, dsn))
		}
		var wg sync.WaitGroup
		for _, d := range nodes {
			wg.Add(1)
			go func() {
				defer wg.Done()
				if err := d.Migrate(ctx); err != nil {
					t.Error(err)
				}
			}()
		}
		wg.Wait()
		current, err = first.Migrated(ctx)
		require.NoError(t, err)
		require.True(t, current)
		require.NoError(t, first.Migrate(ctx), "there is nothing left to do")
	})
}

func TestJobTablesBelongToSchema(t *testing.T) {
	everywhere(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		d := open(t, dsn)
		require.NoError(t, d.Migrate(ctx))
		_, err := d.Writer().ExecContext(ctx, "DELETE FROM river_migration WHERE version = (SELECT max(version) FROM river_migration)")
		require.NoError(t, err)
		current, err := d.Migrated(ctx)
		require.NoError(t, err)
		require.False(t, current)
	})
}

func TestSnapshotIsConsistent(t *testing.T) {
	everywhere(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		d := open(t, dsn)
		require.NoError(t, d.Migrate(ctx))
		read := func(q bun.IDB) (value string) {
			require.NoError(t, q.NewSelect().Table("meta").Column("value").Where("name = 'epoch'").Scan(ctx, &value))
			return value
		}
		before := read(d.Read())
		require.NoError(t, d.Snapshot(ctx, func(ctx context.Context, tx bun.Tx) error {
			require.Equal(t, before, read(tx))
			_, err := d.Writer().NewUpdate().Table("meta").Set("value = 'abc'").Where("name = 'epoch'").Exec(ctx)
			require.NoError(t, err, "a reader holds up no writer")
			require.Equal(t, before, read(tx))
			return nil
		}))
		require.Error(t, d.Snapshot(ctx, func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.NewUpdate().Table("meta").Set("value = 'def'").Where("name = 'epoch'").Exec(ctx)
			return err
		}), "it only reads")
		require.Equal(t, "abc", read(d.Read()))
	})
}

func TestIsConflict(t *testing.T) {
	everywhere(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		d := open(t, dsn)
		require.NoError(t, d.Migrate(ctx))
		_, err := d.Writer().ExecContext(ctx, "INSERT INTO meta VALUES ('epoch', 'x')")
		require.True(t, db.IsConflict(err))
		require.False(t, db.IsOutage(err))
		_, err = d.Writer().ExecContext(ctx, "INSERT INTO nowhere VALUES (1)")
		require.Error(t, err)
		require.False(t, db.IsConflict(err))
		require.False(t, db.IsOutage(err))
		ended, cancel := context.WithTimeout(ctx, 0)
		defer cancel()
		_, err = d.Writer().ExecContext(ended, "SELECT 1")
		require.True(t, db.IsOutage(err))
	})
}
