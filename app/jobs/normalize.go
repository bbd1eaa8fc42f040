package jobs

import (
	"context"
	"time"

	"github.com/riverqueue/river"
)

// normalizeJob brings what a search compares up to date with how this release normalizes text.
type normalizeJob struct{}

// Kind names the job. Rows that wait have this kind, so it stays what the first release called it.
func (normalizeJob) Kind() string { return "refold" }

type normalizeWorker struct {
	river.WorkerDefaults[normalizeJob]
	*Jobs
}

// Timeout is how long one try may take.
func (w *normalizeWorker) Timeout(*river.Job[normalizeJob]) time.Duration { return slowTimeout }

// Work goes on where it was cut short: what is up to date costs little.
func (w *normalizeWorker) Work(ctx context.Context, _ *river.Job[normalizeJob]) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(w.ending, cancel)()
	return w.stores.Accounts.RefreshSearchKeys(ctx)
}
