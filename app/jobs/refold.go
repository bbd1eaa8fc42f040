package jobs

import (
	"context"
	"time"

	"github.com/riverqueue/river"
)

// refoldJob brings what a search compares up to date with how this release folds.
type refoldJob struct{}

// Kind names the job.
func (refoldJob) Kind() string { return "refold" }

type refoldWorker struct {
	river.WorkerDefaults[refoldJob]
	*Jobs
}

// Timeout is how long one try may take.
func (w *refoldWorker) Timeout(*river.Job[refoldJob]) time.Duration { return slowTimeout }

// Work goes on where it was cut short: what is up to date costs little.
func (w *refoldWorker) Work(ctx context.Context, _ *river.Job[refoldJob]) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(w.ending, cancel)()
	return w.store.Refold(ctx)
}
