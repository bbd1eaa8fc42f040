package jobs

import (
	"context"

	"dchat/app/chat"

	"github.com/riverqueue/river"
)

// announceUser is the worker of chat.SpreadJob.
func (j *Jobs) announceUser(ctx context.Context, job *river.Job[chat.SpreadJob]) error {
	return j.store.Spread(ctx, job.Args.UserID)
}
