// Package backup writes the database and the files into one archive while the server runs, and restores an archive
// into an empty database, which may be of the other kind.
package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"time"

	"dchat/app/attachment"
	"dchat/app/files"
	"dchat/app/jobs"
	"dchat/db"

	"github.com/uptrace/bun"
)

// Options are what Write and Restore work with.
type Options struct {
	DB      *db.DB // straight, not through a pooler
	Files   files.Store
	Jobs    *jobs.Jobs               // for Restore
	Scratch func() (*os.File, error) // for Write: makes a file for a list that is too long for memory; it is gone when it is closed
	Version string                   // of the program
	Log     *slog.Logger
}

// leftOut are the tables that an archive omits: unfinished uploads are dropped, and the sender's page starts them
// again.
var leftOut = []string{"uploads"}

// errNewer refuses an archive of a newer release.
var errNewer = errors.New("the archive was made by a newer DChat; restore it with that one")

// Write writes an archive of the moment at which it is called. No writer waits for it, and what is
// deleted meanwhile stays on the disk until it is done.
func Write(ctx context.Context, o Options, to io.Writer) (*Summary, error) {
	release, err := o.DB.Hold(ctx)
	if errors.Is(err, db.ErrHeld) {
		return nil, errors.New("another backup is running")
	}
	if err != nil {
		return nil, err
	}
	w := &writing{Options: o, packer: newPacker(ctx, to, time.Now().UTC()), summary: Summary{Rows: map[string]int64{}}}
	if err := w.all(ctx); err != nil {
		return nil, errors.Join(err, release())
	}
	if err := release(); err != nil {
		return nil, fmt.Errorf("the database was away for a moment, so files may be missing; try again: %w", err)
	}
	return &w.summary, w.close(w.summary)
}

type writing struct {
	Options
	*packer
	summary Summary
}

// all keeps the database's snapshot no longer than the rows need: files may take hours.
func (w *writing) all(ctx context.Context) error {
	scratch, err := w.Scratch()
	if err != nil {
		return err
	}
	defer scratch.Close()
	blobs := newList(scratch)
	err = w.DB.Snapshot(db.WithLimits(ctx, db.Unlimited), func(ctx context.Context, tx bun.Tx) error {
		if err := w.rows(ctx, tx); err != nil {
			return err
		}
		if err := w.jobs(ctx, tx); err != nil {
			return err
		}
		return attachment.EachBlob(ctx, tx, blobs.add)
	})
	if err != nil {
		return err
	}
	return blobs.each(func(name string) error { return w.file(ctx, name) })
}

func (w *writing) rows(ctx context.Context, tx bun.Tx) error {
	tables, err := db.Tables(ctx, tx) // the first look at the snapshot
	if err != nil {
		return err
	}
	tables = slices.DeleteFunc(tables, func(t db.Table) bool { return slices.Contains(leftOut, t.Name) })
	schema, err := db.Version(ctx, tx)
	if err != nil {
		return err
	}
	if err := w.addJSON(manifestName, manifest{Format: format, Schema: schema, By: w.Version, At: w.at, Tables: tables}); err != nil {
		return err
	}
	for _, table := range tables {
		lines := newLines(w.packer, rowsPrefix+table.Name+"/")
		err := eachRow(ctx, tx, table, func(row []any) error {
			w.summary.Rows[table.Name]++
			return lines.add(row)
		})
		if err == nil {
			err = lines.flush()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *writing) jobs(ctx context.Context, tx bun.Tx) error {
	lines := newLines(w.packer, jobsPrefix)
	err := jobs.EachWaiting(ctx, tx, func(job jobs.Waiting) error {
		w.summary.Jobs++
		return lines.add(job)
	})
	if err != nil {
		return err
	}
	return lines.flush()
}

func (w *writing) file(ctx context.Context, name string) error {
	file, err := w.Files.Open(ctx, name)
	if errors.Is(err, files.ErrNotFound) { // it was gone before: the rest is worth keeping
		w.Log.WarnContext(ctx, "a file is not where it should be", "file", name)
		w.summary.Missing++
		return nil
	}
	if err != nil {
		return fmt.Errorf("the file %s in the data folder: %w", files.Path(name), err)
	}
	defer file.Close()
	w.summary.Files++
	w.summary.Bytes += file.Size()
	return w.add(filesPrefix+files.Path(name), file.Size(), file.ModTime(), file)
}
