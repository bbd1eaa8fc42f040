package files

import (
	"errors"
	"syscall"
)

// Floor is the room that uploads leave to everything else on the disk, in bytes.
const Floor = 256 << 20

// ErrFull says that there is no room for so much.
var ErrFull = errors.New("the disk is full")

// Room returns ErrFull if so many bytes more do not fit.
func Room(store Store, size int64) error {
	free, err := store.Free()
	if err == nil && (free < Floor || free-Floor < uint64(size)) {
		return ErrFull
	}
	return err
}

// IsFull reports whether something was not written because there is no room.
func IsFull(err error) bool {
	return errors.Is(err, ErrFull) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}
