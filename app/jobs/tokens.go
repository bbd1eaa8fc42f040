package jobs

import (
	"context"
	"time"

	"github.com/riverqueue/river"
)

// tokensJob makes a search find the messages that nodes of the release before have stored.
type tokensJob struct{}

// Kind names the job.
func (tokensJob) Kind() string { return "fill_tokens" }

type tokensWorker struct {
	river.WorkerDefaults[tokensJob]
	*Jobs
}

// Timeout is how long one try may take.
func (w *tokensWorker) Timeout(*river.Job[tokensJob]) time.Duration { return slowTimeout }

// Work goes on where it was cut short.
func (w *tokensWorker) Work(ctx context.Context, _ *river.Job[tokensJob]) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(w.ending, cancel)()
	return w.stores.Chat.FillTokens(ctx)
}
