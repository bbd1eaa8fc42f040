//go:build unix

package app_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"dchat/app"
	"dchat/app/cli"
	"dchat/app/config"
	"dchat/test/harness"
	"dchat/test/services"

	"github.com/stretchr/testify/require"
)

// withoutUmask clears the umask during the test.
func withoutUmask(t *testing.T) {
	before := syscall.Umask(0)
	t.Cleanup(func() { syscall.Umask(before) })
}

func TestDataFolderIsPrivate(t *testing.T) {
	withoutUmask(t)
	harness.Empty(t, func(t *testing.T, b *harness.Backend) {
		inside := func(c *config.Config) {
			if c.DataDir = filepath.Join(b.DataDir(), "data"); c.RedisURL == "" {
				c.Secret = "" // so that the node creates one
			}
		}
		config := b.Config(t)
		inside(&config)
		n := b.Start(t, inside)
		anna := n.SignUp(t, "anna")
		postFile(t, anna, "/profile", "picture", "me.png", somePNG(t))
		require.Empty(t, openToOthers(t, config.DataDir))
		archive := filepath.Join(t.TempDir(), "archive")
		environ(t, config)
		t.Setenv("DATABASE_URL", config.DatabaseURL)
		require.NoError(t, cli.Execute(t.Context(), []string{"backup", archive}, &strings.Builder{}))
		require.Empty(t, openToOthers(t, archive))
		require.Empty(t, openToOthers(t, config.DataDir))
		n.Stop()

		there := filepath.Join(t.TempDir(), "there")
		t.Setenv("DCHAT_DATA_DIR", there)
		if b.Name == "postgres" {
			t.Setenv("DATABASE_URL", services.Postgres(t))
		}
		require.NoError(t, cli.Execute(t.Context(), []string{"restore", archive}, &strings.Builder{}))
		require.DirExists(t, there)
		require.Empty(t, openToOthers(t, there))

		sessions := filepath.Join(t.TempDir(), "sessions")
		require.NoError(t, os.WriteFile(sessions, nil, 0o644))
		require.NoError(t, cli.Execute(t.Context(), []string{"seed", "--people", "2", "--messages", "1", "--sessions", sessions}, &strings.Builder{}))
		require.Empty(t, openToOthers(t, sessions))
	})
}

func TestDataFolderPermissionsAreFixedAtStart(t *testing.T) {
	withoutUmask(t)
	b := harness.EmptySQLite(t)
	n := b.Start(t)
	n.SignUp(t, "anna")
	n.Email(t, "anna@example.org", "confirm")
	n.Stop()
	require.NoError(t, filepath.WalkDir(b.DataDir(), func(path string, e fs.DirEntry, err error) error {
		mode := fs.FileMode(0o644)
		if e.IsDir() {
			mode = 0o755
		}
		return os.Chmod(path, mode)
	}))
	require.NotEmpty(t, openToOthers(t, b.DataDir()))
	n = b.Start(t)
	n.SignIn(t, "anna")
	require.Contains(t, n.Log(), "was open to other users")
	for _, path := range openToOthers(t, b.DataDir()) {
		require.Contains(t, path, "/files/", "inside a private folder")
	}
	n.Restart()
	require.Equal(t, 1, strings.Count(n.Log(), "was open to other users"))
}

// DChat does not change the permissions of shared folders or home folders.
func TestSharedDataFolderIsRefused(t *testing.T) {
	config := harness.EmptySQLite(t).Config(t)
	require.NoError(t, os.Chmod(config.DataDir, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(config.DataDir, "holiday.jpg"), nil, 0o644))
	_, err := app.New(t.Context(), config, silent)
	require.ErrorContains(t, err, "DCHAT_DATA_DIR")
	require.ErrorContains(t, err, "holiday.jpg")
	_, err = os.Stat(filepath.Join(config.DataDir, "dchat.db"))
	require.ErrorIs(t, err, fs.ErrNotExist, "the folder is unchanged")
}
