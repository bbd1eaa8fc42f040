package app

import (
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"dchat/app/config"

	"github.com/stretchr/testify/require"
)

// A database file that root created by mistake is reported at the start, not at the first write.
func TestErrorNamesFileOfAnotherUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can become another user")
	}
	const user = 65532
	dir, err := os.MkdirTemp("", "dchat-owner-")
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	require.NoError(t, os.Chown(dir, user, user))
	for _, name := range []string{"dchat.db", "dchat.db-wal", "lock", "secret"} {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, nil, 0o600))
		done := make(chan error)
		go func() {
			runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
			_, _, _ = syscall.RawSyscall(syscall.SYS_SETRESUID, ^uintptr(0), user, ^uintptr(0))
			done <- closeData(config.Config{DataDir: dir}, slog.New(slog.DiscardHandler))
		}()
		err := <-done
		require.ErrorContains(t, err, path+" belongs to another user")
		require.NoError(t, os.Remove(path))
	}
}
