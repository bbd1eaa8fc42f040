package jobs

import (
	"context"
	"errors"
	"time"

	"dchat/app/attachment"
	"dchat/app/files"
	"dchat/app/files/picture"

	"github.com/riverqueue/river"
)

// turn is how long a person's images are made smaller before those of others are, if any wait.
const turn = 3 * time.Second

type previewTurnWorker struct {
	river.WorkerDefaults[attachment.PreviewTurnJob]
	*Jobs
	complete complete
}

// Work makes previews of a person's images until the turn is over, and then goes to the end of the queue. So one
// person has one worker at a time, on all nodes together, and others come in between.
func (w *previewTurnWorker) Work(ctx context.Context, job *river.Job[attachment.PreviewTurnJob]) error {
	for ends := time.Now().Add(turn); time.Now().Before(ends) && w.ending.Err() == nil; {
		a, err := w.stores.Attachments.NextPreview(ctx, job.Args.OwnerID, job.Attempt > 1)
		if err == nil && a == nil {
			if err = w.complete(ctx, job.JobRow, attachment.NoPreviewPending(job.Args.OwnerID)); err == nil {
				return nil
			}
			if errors.Is(err, errMoreToDo) {
				continue
			}
		}
		if err != nil {
			return err
		}
		if err := w.makePreview(ctx, a); err != nil {
			return err
		}
	}
	return river.JobSnooze(0)
}

// preview is the worker of attachment.PreviewJob.
func (j *Jobs) preview(ctx context.Context, job *river.Job[attachment.PreviewJob]) error {
	a, err := j.stores.Attachments.PendingPreview(ctx, job.Args.AttachmentID)
	if err != nil || a == nil {
		return err
	}
	return j.makePreview(ctx, a)
}

// makePreview makes the previews of an image. A file that cannot be decoded becomes an ordinary file.
func (j *Jobs) makePreview(ctx context.Context, a *attachment.Attachment) error {
	err := picture.MakePreviews(ctx, j.Files, a.Blob)
	hopeless := picture.IsNoImage(err) || errors.Is(err, files.ErrNotFound)
	if err != nil && !hopeless {
		return err
	}
	return j.stores.Chat.PreviewMade(ctx, a.ID, !hopeless)
}
