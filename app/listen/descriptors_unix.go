//go:build unix

package listen

import (
	"math"
	"syscall"
)

// Descriptors is how many files and connections this process may have open at once, 0 if any number. The
// Go runtime has raised the soft limit to the hard one by now.
func Descriptors() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil || limit.Cur > math.MaxInt32 {
		return 0
	}
	return int(limit.Cur)
}
