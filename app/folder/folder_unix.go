//go:build unix

package folder

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

const (
	others   = 0o077 // group and all
	everyone = 0o007
)

// closeFolder reports whether the folder was open to other users. A group that gives us access to a folder of another
// user is that user's choice.
func closeFolder(dir string, foreign func() (string, error)) (bool, error) {
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm()&others == 0 {
		return false, err
	}
	if !mayChange(info) {
		if info.Mode().Perm()&everyone == 0 {
			return false, nil
		}
		return false, fmt.Errorf("%s is open to all users of this machine (%s) and belongs to another one than this: give it to user %d, or take it away from others with chmod o-rwx",
			dir, info.Mode(), os.Geteuid())
	}
	name, err := foreign()
	if err != nil {
		return false, err
	}
	if name != "" {
		return false, fmt.Errorf("%s is open to other users (%s) and has %s in it, which is not of DChat: use a folder of its own, or close it with chmod 700",
			dir, info.Mode(), name)
	}
	return change(dir, info, 0o700)
}

// closeFile reports whether the file was open to other users.
func closeFile(path string) (bool, error) {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil // SQLite removes its files when it is done
	}
	if err != nil || info.Mode().Perm()&others == 0 || !mayChange(info) {
		return false, err
	}
	return change(path, info, 0o600)
}

func mayChange(info fs.FileInfo) bool {
	euid := os.Geteuid()
	return euid == 0 || int(info.Sys().(*syscall.Stat_t).Uid) == euid
}

// change leaves what cannot be written at all: nothing of ours comes there.
func change(path string, info fs.FileInfo, mode fs.FileMode) (bool, error) {
	err := os.Chmod(path, info.Mode()&^fs.ModePerm|mode)
	switch {
	case errors.Is(err, syscall.EROFS), errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("%s is open to other users (%s) and cannot be closed to them: %w", path, info.Mode(), err)
	}
	return true, nil
}
