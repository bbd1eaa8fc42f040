package files

import (
	"errors"
	"syscall"
)

// Floor is the free space that uploads leave for everything else on the disk, in bytes.
const Floor = 256 << 20

// ErrFull reports that the disk has too little free space.
var ErrFull = errors.New("the disk is full")

// Room returns ErrFull if size more bytes do not fit.
func Room(store Store, size int64) error {
	free, err := store.Free()
	if err == nil && (free < Floor || free-Floor < uint64(size)) {
		return ErrFull
	}
	return err
}

// IsFull reports whether a write failed because the disk is full.
func IsFull(err error) bool {
	return errors.Is(err, ErrFull) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}
