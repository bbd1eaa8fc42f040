//go:build !unix

package app

// lockFolder has nothing to lock with here.
func lockFolder(string) (unlock func(), err error) { return func() {}, nil }
