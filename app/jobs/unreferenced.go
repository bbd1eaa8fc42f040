package jobs

import (
	"context"
	"errors"
	"time"

	"github.com/riverqueue/river"
)

// unreferencedAge is the minimum age of a file that may be deleted: files are written before their rows.
const unreferencedAge = 24 * time.Hour

// How many files one query looks up, and the most that one run deletes.
const (
	lookupBatch   = 500
	deletionLimit = 100_000
)

// few files may all be unreferenced. If more than half of a larger number are, the folder and the database probably
// do not belong together.
const few = 10

var errManyUnreferenced = errors.New("most files belong to nothing in this database, so none was deleted: do DCHAT_DATA_DIR and DATABASE_URL belong together?")

type unreferencedJob struct{}

// Kind names the job. Rows that wait have this kind, so it stays what the first release called it.
func (unreferencedJob) Kind() string { return "orphans" }

type unreferencedWorker struct {
	river.WorkerDefaults[unreferencedJob]
	*Jobs
}

// Timeout is how long one try may take.
func (w *unreferencedWorker) Timeout(*river.Job[unreferencedJob]) time.Duration { return slowTimeout }

// Work deletes the files to which no row refers: a process died between storing a file and inserting its row, or a
// deletion was lost.
func (w *unreferencedWorker) Work(ctx context.Context, _ *river.Job[unreferencedJob]) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(w.ending, cancel)()
	o := unreferencedFiles{Jobs: w.Jobs}
	err := w.Files.List(ctx, time.Now().Add(-unreferencedAge), func(name string) error { return o.add(ctx, name) })
	if err == nil {
		err = o.lookUp(ctx)
	}
	if err != nil || len(o.found) == 0 {
		return err
	}
	if len(o.found) > few && len(o.found) > o.checked/2 {
		w.Log.ErrorContext(ctx, errManyUnreferenced.Error(), "files", o.checked, "unreferenced", len(o.found))
		return river.JobCancel(errManyUnreferenced)
	}
	w.Log.InfoContext(ctx, "files that belong to nothing are deleted", "files", len(o.found))
	return w.unlessHeld(ctx, func() error { return w.Files.Delete(ctx, o.found...) })
}

// unreferencedFiles collects file names and looks up which of them have rows.
type unreferencedFiles struct {
	*Jobs
	batch, found []string
	checked      int
}

func (o *unreferencedFiles) add(ctx context.Context, name string) error {
	if len(o.found) >= deletionLimit {
		return nil // the next run deletes the rest
	}
	if o.batch = append(o.batch, name); len(o.batch) < lookupBatch {
		return nil
	}
	return o.lookUp(ctx)
}

func (o *unreferencedFiles) lookUp(ctx context.Context) error {
	known, err := o.stores.Attachments.KnownBlobs(ctx, o.batch)
	if err != nil {
		return err
	}
	for _, name := range o.batch {
		if o.checked++; !known[name] {
			o.found = append(o.found, name)
		}
	}
	o.batch = o.batch[:0]
	return nil
}
