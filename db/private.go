package db

import (
	"errors"
	"io/fs"
	"os"
)

// createPrivate makes SQLite's file before SQLite does, which would let all users read it. The files beside it get the
// same mode and owner. What fails here fails again when the database is opened, with a reason.
func createPrivate(path string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(ownLikeFolder(file), file.Close())
}
