package backup

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"dchat/app/jobs"
	"dchat/db"

	"github.com/uptrace/bun"
)

// ErrFiles refuses a folder that is not empty.
var ErrFiles = errors.New("there are files in the folder")

// Restore fills an empty database and an empty folder from an archive, or leaves both empty. No node may
// be running on them. The schema is that of the archive afterwards, which may be older than the program.
func Restore(ctx context.Context, o Options, from io.Reader) (*Summary, error) {
	r := &restoring{Options: o, unpacker: newUnpacker(ctx, from)}
	var err error
	if r.manifest, err = r.begin(); err != nil {
		return nil, err
	}
	if err := r.eachFile(ctx, func(string) error { return ErrFiles }); err != nil {
		return nil, err
	}
	var summary *Summary
	err = o.DB.Refill(ctx, r.manifest.Schema, func(ctx context.Context, tx bun.Tx) (err error) {
		summary, err = r.all(ctx, tx)
		return err
	})
	if err != nil {
		return nil, errors.Join(understood(err), r.undo(ctx))
	}
	return summary, nil
}

// understood translates errors of the database into errors of the archive.
func understood(err error) error {
	switch {
	case errors.Is(err, db.ErrInhabited):
		return errors.New("there are people in the database already; restore into an empty one")
	case errors.Is(err, db.ErrNewer):
		return errNewer
	case errors.Is(err, db.ErrAhead):
		return errors.New("the archive is of an older release than the database, empty as it is; restore into a new one")
	case errors.Is(err, errDamaged):
		return fmt.Errorf("nothing was restored: %w", err)
	}
	return err
}

type restoring struct {
	Options
	*unpacker
	manifest *manifest
}

// all reads the whole archive before the transaction commits, because the checksum comes last.
func (r *restoring) all(ctx context.Context, tx bun.Tx) (*Summary, error) {
	for _, table := range slices.Backward(r.manifest.Tables) { // what the migrations put there
		if _, err := tx.NewDelete().Table(table.Name).Where("1 = 1").Exec(ctx); err != nil {
			return nil, err
		}
	}
	for {
		name, err := r.next()
		if err != nil {
			return nil, err
		}
		what, rest, _ := strings.Cut(name, "/")
		switch what + "/" {
		case rowsPrefix:
			err = r.rows(ctx, tx, rest)
		case jobsPrefix:
			err = eachLine(r.unpacker, func(job jobs.Waiting, _ int) error { return r.Jobs.PutBack(ctx, tx, job) })
		case filesPrefix:
			err = r.file(ctx, rest)
		case endName + "/":
			summary, err := r.end()
			if err != nil {
				return nil, err
			}
			return summary, newEpoch(ctx, tx)
		default:
			err = damaged(fmt.Errorf("it holds %q", name))
		}
		if err != nil {
			return nil, err
		}
	}
}

func (r *restoring) rows(ctx context.Context, tx bun.Tx, name string) error {
	name, _, _ = strings.Cut(name, "/")
	i := slices.IndexFunc(r.manifest.Tables, func(t db.Table) bool { return t.Name == name })
	if i < 0 {
		return damaged(fmt.Errorf("it does not say what the table %q is", name))
	}
	rows := &inserter{tx: tx, table: r.manifest.Tables[i]}
	err := eachLine(r.unpacker, func(row []any, size int) error { return rows.add(ctx, row, size) })
	if err != nil {
		return err
	}
	return rows.flush(ctx)
}

func (r *restoring) file(ctx context.Context, path string) error {
	_, err := r.Files.Put(ctx, strings.Replace(path, "/", "", 1), r.body)
	if r.broken != nil {
		return r.wrong(r.broken)
	}
	return err
}

// newEpoch makes pages that have seen more than the archive has reload.
func newEpoch(ctx context.Context, tx bun.Tx) error {
	raw := make([]byte, 6)
	rand.Read(raw) // never fails
	_, err := tx.NewUpdate().Table("meta").Set("value = ?", hex.EncodeToString(raw)).Where("name = 'epoch'").Exec(ctx)
	return err
}

func (r *restoring) eachFile(ctx context.Context, f func(name string) error) error {
	return r.Files.List(ctx, time.Now().AddDate(100, 0, 0), f) // all files, also with a wrong clock
}

// undo empties the folder again, unless the commit may have succeeded: its answer was lost.
func (r *restoring) undo(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	if inhabited, err := r.DB.Inhabited(ctx); inhabited || err != nil {
		return err
	}
	return r.eachFile(ctx, func(name string) error { return r.Files.Delete(ctx, name) })
}
