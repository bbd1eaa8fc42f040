//go:build !linux

package services

// memory returns the parent of folders whose files may lie in memory, or "" for that of temporary files.
func memory() string { return "" }
