//go:build !unix

package db

// lockFolder does nothing on this system: it has no file locks.
func lockFolder(string, bool) (unlock func() error, err error) {
	return func() error { return nil }, nil
}
