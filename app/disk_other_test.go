//go:build !linux

package app_test

import "testing"

func smallDisk(t *testing.T, _ string) {
	t.Helper()
	t.Skip("only Linux has tmpfs")
}

func readOnly(*testing.T, string) {}

func mountReadOnly(*testing.T, string, string) {}
