//go:build !unix

package db

// lockFile has nothing to lock with here.
func lockFile(string, bool) (unlock func() error, err error) { return func() error { return nil }, nil }
