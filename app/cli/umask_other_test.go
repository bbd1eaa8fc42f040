//go:build !unix

package cli_test

import "github.com/rogpeppe/go-internal/testscript"

func umask(*testscript.TestScript, bool, []string) {}
