package jobs

import (
	"context"
	"errors"
	"time"

	"github.com/riverqueue/river"
)

// orphanAge is how old a file is before somebody asks whether it belongs to anything: files are there
// before their rows.
const orphanAge = 24 * time.Hour

// How many files are asked for at once, and how many are deleted in one run at most.
const (
	orphanBatch = 500
	orphanLimit = 100_000
)

// few may all belong to nothing; of more, not more than half: then the files and the database are rather not of each other.
const few = 10

var errManyOrphans = errors.New("most files belong to nothing in this database, so none was deleted: do DCHAT_DATA_DIR and DATABASE_URL belong together?")

type orphanJob struct{}

// Kind names the job.
func (orphanJob) Kind() string { return "orphans" }

type orphanWorker struct {
	river.WorkerDefaults[orphanJob]
	*Jobs
}

// Timeout is how long one try may take.
func (w *orphanWorker) Timeout(*river.Job[orphanJob]) time.Duration { return slowTimeout }

// Work deletes the files to which nothing refers: a process died between storing one and writing it
// down, or a deletion was lost.
func (w *orphanWorker) Work(ctx context.Context, _ *river.Job[orphanJob]) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(w.ending, cancel)()
	o := orphans{Jobs: w.Jobs}
	err := w.Files.List(ctx, time.Now().Add(-orphanAge), func(name string) error { return o.ask(ctx, name) })
	if err == nil {
		err = o.sort(ctx)
	}
	if err != nil || len(o.found) == 0 {
		return err
	}
	if len(o.found) > few && len(o.found) > o.asked/2 {
		w.Log.ErrorContext(ctx, errManyOrphans.Error(), "files", o.asked, "orphans", len(o.found))
		return river.JobCancel(errManyOrphans)
	}
	w.Log.InfoContext(ctx, "files that belong to nothing are deleted", "files", len(o.found))
	return w.unlessHeld(ctx, func() error { return w.Files.Delete(ctx, o.found...) })
}

// orphans gathers files, and finds out which of them are known.
type orphans struct {
	*Jobs
	batch, found []string
	asked        int
}

func (o *orphans) ask(ctx context.Context, name string) error {
	if len(o.found) >= orphanLimit {
		return nil // another day
	}
	if o.batch = append(o.batch, name); len(o.batch) < orphanBatch {
		return nil
	}
	return o.sort(ctx)
}

func (o *orphans) sort(ctx context.Context) error {
	known, err := o.store.KnownBlobs(ctx, o.batch)
	if err != nil {
		return err
	}
	for _, name := range o.batch {
		if o.asked++; !known[name] {
			o.found = append(o.found, name)
		}
	}
	o.batch = o.batch[:0]
	return nil
}
