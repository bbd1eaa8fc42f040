package app

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"dchat/app/config"
	"dchat/app/files"
	"dchat/app/folder"
)

// ownNames are the entries of the data folder, except dchat.db and the files that SQLite puts beside it.
var ownNames = []string{"secret", "lock", "files", "outbox", "certificates"}

func isOwnName(name string) bool {
	return slices.Contains(ownNames, name) || isDatabase(name)
}

func isDatabase(name string) bool {
	return name == "dchat.db" || strings.HasPrefix(name, "dchat.db-")
}

func anyName(string) bool { return true }

// closeData creates the data folder, and removes other users' access to it.
func closeData(config config.Config, log *slog.Logger) error {
	opened, err := folder.Close(config.DataDir, isOwnName)
	if err != nil {
		return fmt.Errorf("DCHAT_DATA_DIR: %w", err)
	}
	for _, name := range []string{"outbox", "certificates"} { // the others are created when they are needed
		dir := filepath.Join(config.DataDir, name)
		if _, err := os.Stat(dir); err != nil {
			continue
		}
		more, err := folder.Close(dir, anyName)
		if err != nil {
			return fmt.Errorf("DCHAT_DATA_DIR: %w", err)
		}
		opened = append(opened, more...)
	}
	if len(opened) > 0 {
		log.Warn("the data folder was open to other users of this machine and is closed now", "paths", opened)
	}
	return checkOwner(config.DataDir)
}

// checkOwner names a file that belongs to another user, such as root. Without it, a later write would fail with a less
// helpful error.
func checkOwner(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("DCHAT_DATA_DIR cannot be read: %w", err)
	}
	for _, e := range entries {
		if !e.Type().IsRegular() || !isOwnName(e.Name()) {
			continue
		}
		path := filepath.Join(dir, e.Name())
		file, err := os.OpenFile(path, os.O_RDWR, 0)
		if errors.Is(err, fs.ErrPermission) {
			return fmt.Errorf("%s belongs to another user and cannot be written: give the folder DCHAT_DATA_DIR and all in it to the user that runs DChat", path)
		}
		if err == nil {
			_ = file.Close()
		}
	}
	return nil
}

// openDisk opens the folder of people's files. Only this user can read it; a media server runs as the same user.
func openDisk(config config.Config) (*files.Disk, error) {
	dir := config.FilesDir()
	if _, err := folder.Close(dir, files.OwnName); err != nil {
		return nil, fmt.Errorf("DCHAT_DATA_DIR: %w", err)
	}
	disk, err := files.NewDisk(dir)
	if err != nil {
		return nil, fmt.Errorf("DCHAT_DATA_DIR %s cannot keep files: %w", config.DataDir, err)
	}
	return disk, nil
}
