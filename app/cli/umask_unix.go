//go:build unix

package cli

import "syscall"

// closeFiles keeps other users away from all that this process makes, also where a library makes it.
func closeFiles() { syscall.Umask(0o077) }
