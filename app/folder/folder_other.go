//go:build !unix

package folder

// closeFolder does nothing on this system: a folder inherits its access rights.
func closeFolder(string, func() (string, error)) (bool, error) { return false, nil }

func closeFile(string) (bool, error) { return false, nil }
