//go:build unix

package db

import (
	"os"
	"path/filepath"
	"syscall"
)

// ownLikeFolder gives what root makes to whom its folder belongs: the server, which has to use it too.
func ownLikeFolder(file *os.File) error {
	if os.Geteuid() != 0 {
		return nil
	}
	info, err := os.Stat(filepath.Dir(file.Name()))
	if err != nil {
		return err
	}
	owner := info.Sys().(*syscall.Stat_t)
	return file.Chown(int(owner.Uid), int(owner.Gid))
}
