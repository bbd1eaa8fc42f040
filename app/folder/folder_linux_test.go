package folder

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// asUser calls f in a thread of another user, which ends with it.
func asUser(t *testing.T, uid int, f func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can become another user")
	}
	done := make(chan syscall.Errno)
	go func() {
		runtime.LockOSThread() // and never unlocked
		_, _, errno := syscall.RawSyscall(syscall.SYS_SETRESUID, ^uintptr(0), uintptr(uid), ^uintptr(0))
		if errno == 0 {
			f()
		}
		done <- errno
	}()
	require.Zero(t, <-done)
}

func TestAnOpenFolderOfAnotherUserIsRefused(t *testing.T) {
	dir, err := os.MkdirTemp("", "dchat-folder-")
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	const user, group = 65532, 0
	for perm, refused := range map[fs.FileMode]bool{0o777: true, 0o775: true, 0o705: true, 0o770: false} {
		require.NoError(t, os.Chmod(dir, perm))
		asUser(t, user, func() { _, err = Close(dir, only()) })
		if refused {
			require.ErrorContains(t, err, "give it to user 65532", perm)
		} else {
			require.NoError(t, err, "%v: a group is how its owner has let us in", perm)
		}
		require.Equal(t, perm, mode(t, dir))
	}
	require.NoError(t, os.Chown(dir, user, group))
	require.NoError(t, os.Chmod(dir, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "secret"), nil, 0o644))
	asUser(t, user, func() { _, err = Close(dir, only("secret")) })
	require.NoError(t, err, "a file of another user in a folder that is closed now")
	require.Equal(t, fs.FileMode(0o700), mode(t, dir))
}
