//go:build unix

package db

import (
	"errors"
	"os"
	"syscall"
)

// lockFolder takes a lock of a folder, alone or with others, that ends with the process, or returns ErrHeld. A file for
// it could not be made on a disk that is full; and SQLite's locks of its own files end when their process closes one of them.
func lockFolder(dir string, alone bool) (unlock func() error, err error) {
	file, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	how := syscall.LOCK_SH
	if alone {
		how = syscall.LOCK_EX
	}
	if err := syscall.Flock(int(file.Fd()), how|syscall.LOCK_NB); err != nil {
		_ = file.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = ErrHeld
		}
		return nil, err
	}
	return file.Close, nil
}
