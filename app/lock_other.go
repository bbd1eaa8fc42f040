//go:build !unix

package app

// lockFolder has nothing to lock with here.
func lockFolder(string) (unlock func(), err error) { return func() {}, nil }

// ownLikeFolder has nobody to give anything to here.
func ownLikeFolder(string) error { return nil }
