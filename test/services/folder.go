package services

import (
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

const folderPrefix = "dchat-test-"

// owner is the user and group that a server runs as.
type owner struct{ uid, gid uint32 }

// Folder creates a temporary folder shared by tests; it is removed after all of them.
func Folder(tb testing.TB) string {
	tb.Helper()
	dir, err := folder("")
	if err != nil {
		tb.Fatal(err)
	}
	return dir
}

// folder creates a temporary folder that outlives a single test, and removes the folders of killed test
// binaries. Its name contains the process id for that. Without a parent it lies where temporary files do.
func folder(parent string) (string, error) {
	sweep(os.TempDir())
	if parent != "" {
		sweep(parent)
	}
	dir, err := os.MkdirTemp(parent, fmt.Sprintf("%s%d-", folderPrefix, os.Getpid()))
	if err != nil {
		return "", err
	}
	atStop(func() { _ = os.RemoveAll(dir) })
	return dir, nil
}

func sweep(parent string) {
	old, _ := filepath.Glob(filepath.Join(parent, folderPrefix+"*-*"))
	for _, dir := range old {
		pid, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(dir), folderPrefix), "-")
		if n, err := strconv.Atoi(pid); err == nil && !alive(n) {
			_ = os.RemoveAll(dir)
		}
	}
}

func alive(pid int) bool {
	p, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	err = p.Signal(syscall.Signal(0))
	return err == nil || os.IsPermission(err)
}

// unprivileged returns the user for servers that refuse to run as root, or nil for the current user.
func unprivileged() (*owner, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		if u, err := user.Lookup(name); err == nil {
			return ownerOf(u)
		}
	}
	return nil, fmt.Errorf("PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody")
}

// own gives a file to the owner; without one it does nothing.
func (o *owner) own(path string) error {
	if o == nil {
		return nil
	}
	return os.Chown(path, int(o.uid), int(o.gid))
}

func ownerOf(u *user.User) (*owner, error) {
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	return &owner{uint32(uid), uint32(gid)}, nil
}
