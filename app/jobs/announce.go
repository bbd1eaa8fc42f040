package jobs

import (
	"context"

	"dchat/app/chat"

	"github.com/riverqueue/river"
)

// announceUser is the worker of chat.NotifyJob.
func (j *Jobs) announceUser(ctx context.Context, job *river.Job[chat.NotifyJob]) error {
	return j.stores.Chat.NotifyOthers(ctx, job.Args.UserID)
}
