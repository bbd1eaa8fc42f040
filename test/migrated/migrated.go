// Package migrated makes databases that have the schema: the migrations run once in a test binary, and each test gets a
// copy. Only tests import it.
package migrated

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"dchat/db"
	"dchat/test/services"

	"github.com/stretchr/testify/require"
)

// Postgres creates a database for one test and returns its address.
func Postgres(tb testing.TB) string {
	tb.Helper()
	return services.PostgresCopy(tb, migrate)
}

// lite is the content of a file of SQLite with the schema.
var lite = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "dchat-test-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "dchat.db")
	if err := migrate("sqlite:" + path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// SQLite creates a file and returns its address. The folder becomes private, as a node makes a new one.
func SQLite(tb testing.TB, path string) string {
	tb.Helper()
	content, err := lite()
	require.NoError(tb, err)
	require.NoError(tb, os.Chmod(filepath.Dir(path), 0o700))
	require.NoError(tb, os.WriteFile(path, content, 0o600))
	return "sqlite:" + path
}

func migrate(address string) error {
	ctx := context.Background()
	database, err := db.Open(ctx, address)
	if err != nil {
		return err
	}
	return errors.Join(database.Migrate(ctx), database.Close())
}
