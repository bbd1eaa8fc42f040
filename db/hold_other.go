//go:build !unix

package db

// lockFolder has nothing to lock with here.
func lockFolder(string, bool) (unlock func() error, err error) {
	return func() error { return nil }, nil
}
