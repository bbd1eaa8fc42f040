//go:build !unix

package app

// lockFolder has nothing to lock with here.
func lockFolder(string) (unlock func(), err error) { return func() {}, nil }

// ownLikeFolder does nothing on systems without owners of files.
func ownLikeFolder(string) error { return nil }
