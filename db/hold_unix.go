//go:build unix

package db

import (
	"errors"
	"os"
	"syscall"
)

// lockFile takes a lock, alone or with others, that ends with the process, or returns ErrHeld.
func lockFile(path string, alone bool) (unlock func() error, err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := ownLikeFolder(file); err != nil {
		_ = file.Close()
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
