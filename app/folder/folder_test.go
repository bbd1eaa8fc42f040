//go:build unix

package folder

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func only(names ...string) func(string) bool {
	return func(name string) bool {
		for _, n := range names {
			if n == name {
				return true
			}
		}
		return false
	}
}

func mode(t *testing.T, path string) fs.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	require.NoError(t, err)
	return info.Mode().Perm()
}

// loose clears the umask.
func loose(t *testing.T) {
	before := syscall.Umask(0)
	t.Cleanup(func() { syscall.Umask(before) })
}

func TestAFolderIsMadeForItsOwnerOnly(t *testing.T) {
	loose(t)
	dir := filepath.Join(t.TempDir(), "a", "b")
	opened, err := Close(dir, only())
	require.NoError(t, err)
	require.Empty(t, opened)
	require.Equal(t, fs.FileMode(0o700), mode(t, dir))
	require.Equal(t, fs.FileMode(0o700), mode(t, filepath.Dir(dir)))
}

func TestAnOpenFolderIsClosed(t *testing.T) {
	loose(t)
	dir := filepath.Join(t.TempDir(), "data")
	require.NoError(t, os.Mkdir(dir, 0o755|fs.ModeSetgid))
	require.NoError(t, os.Chmod(dir, 0o755|fs.ModeSetgid))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "lost+found"), 0o755))
	for name, perm := range map[string]fs.FileMode{"open": 0o644, "group": 0o660, "closed": 0o600, "read-only": 0o444, ".hidden": 0o644} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), nil, perm))
	}
	ours := only("open", "group", "closed", "read-only")
	opened, err := Close(dir, ours)
	require.NoError(t, err)
	require.ElementsMatch(t, []string{dir, filepath.Join(dir, "open"), filepath.Join(dir, "group"), filepath.Join(dir, "read-only")}, opened)
	require.Equal(t, fs.FileMode(0o700), mode(t, dir))
	for _, name := range []string{"open", "group", "closed", "read-only"} {
		require.Equal(t, fs.FileMode(0o600), mode(t, filepath.Join(dir, name)), name)
	}
	require.Equal(t, fs.FileMode(0o644), mode(t, filepath.Join(dir, ".hidden")), "not ours")
	again, err := Close(dir, ours)
	require.NoError(t, err)
	require.Empty(t, again)
}

// Such as /var/lib, or a home folder.
func TestFolderWithForeignFilesIsRefused(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Chmod(dir, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "main.go"), nil, 0o644))
	_, err := Close(dir, only("secret"))
	require.ErrorContains(t, err, "main.go")
	require.Equal(t, fs.FileMode(0o755), mode(t, dir), "as it was")
	require.NoError(t, os.Chmod(dir, 0o700))
	_, err = Close(dir, only("secret"))
	require.NoError(t, err, "a private folder may hold other files")
}

func TestOverwrittenFileIsPrivate(t *testing.T) {
	loose(t)
	path := filepath.Join(t.TempDir(), "sessions")
	require.NoError(t, os.WriteFile(path, []byte("a longer text"), 0o644))
	file, err := Create(path)
	require.NoError(t, err)
	_, err = file.WriteString("short")
	require.NoError(t, err)
	require.NoError(t, file.Close())
	require.Equal(t, fs.FileMode(0o600), mode(t, path))
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "short", string(text))
}
