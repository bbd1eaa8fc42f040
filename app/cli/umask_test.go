//go:build unix

package cli_test

import (
	"strconv"
	"syscall"

	"github.com/rogpeppe/go-internal/testscript"
)

// umask sets what is taken away from the modes of new files, for the rest of the script.
func umask(ts *testscript.TestScript, _ bool, args []string) {
	wanted, err := strconv.ParseInt(args[0], 8, 32)
	ts.Check(err)
	before := syscall.Umask(int(wanted))
	ts.Defer(func() { syscall.Umask(before) })
}
