package files

import (
	"context"
	"errors"
	"io/fs"
	"time"
)

// List walks through the folders, one at a time.
func (d *Disk) List(ctx context.Context, before time.Time, each func(name string) error) error {
	dirs, err := fs.ReadDir(d.root.FS(), ".")
	if err != nil {
		return err
	}
	for _, dir := range dirs {
		prefix := dir.Name()
		switch {
		case prefix == parts:
			prefix = ""
		case !dir.IsDir() || len(prefix) != 2:
			continue
		}
		if err := d.list(ctx, dir.Name(), prefix, before, each); err != nil {
			return err
		}
	}
	return nil
}

func (d *Disk) list(ctx context.Context, dir, prefix string, before time.Time, each func(string) error) error {
	entries, err := fs.ReadDir(d.root.FS(), dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := prefix + e.Name()
		if !e.Type().IsRegular() || !ValidName(name) {
			continue // not a blob
		}
		info, err := e.Info()
		switch {
		case errors.Is(err, fs.ErrNotExist), err == nil && !info.ModTime().Before(before):
			continue
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		}
		if err := each(name); err != nil {
			return err
		}
	}
	return nil
}
