//go:build unix

package db

import (
	"os"
	"path/filepath"
	"syscall"
)

// ownLikeFolder gives a file that root made to the owner of its folder: the server, which must use it, too.
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
