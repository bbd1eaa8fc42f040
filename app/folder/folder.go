// Package folder makes folders that only their owner can look into, and closes those that others can.
package folder

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Close makes the folder if it is missing and takes it, and the files in it, away from all other users. It
// returns the paths that were open before and not empty. A folder with names that are not ours is left as it is and
// refused: its other users may need it.
func Close(dir string, ours func(name string) bool) (opened []string, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	closed, err := closeFolder(dir, func() (string, error) { return foreign(dir, ours) })
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	if closed && slices.ContainsFunc(entries, func(e os.DirEntry) bool { return ours(e.Name()) }) {
		opened = append(opened, dir)
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if !e.Type().IsRegular() || !ours(e.Name()) {
			continue
		}
		closed, err := closeFile(path)
		if err != nil {
			return opened, err
		}
		if closed {
			opened = append(opened, path)
		}
	}
	return opened, nil
}

// foreign is a name in the folder that is not ours, or "". Names that begin with a dot, and what a file system keeps
// in its top folder, say nothing.
func foreign(dir string, ours func(name string) bool) (string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		if name := e.Name(); !ours(name) && !strings.HasPrefix(name, ".") && name != "lost+found" {
			return name, nil
		}
	}
	return "", nil
}

// Create opens a file for writing from its beginning, and no other user can read it, not even if it was there before.
func Create(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	if info, err := file.Stat(); err == nil && info.Mode().IsRegular() { // and not /dev/stdout
		if _, err := closeFile(path); err != nil {
			_ = file.Close()
			return nil, fmt.Errorf("%s can be read by other users: %w", path, err)
		}
	}
	return file, nil
}
