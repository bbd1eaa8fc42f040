package jobs

import (
	"context"
	"errors"

	"dchat/app/chat"
	"dchat/app/files"

	"github.com/riverqueue/river"
)

// preview is the worker of chat.PreviewJob. What turns out to be no picture is a file like any other.
func (j *Jobs) preview(ctx context.Context, job *river.Job[chat.PreviewJob]) error {
	a, err := j.store.PendingPreview(ctx, job.Args.AttachmentID)
	if err != nil || a == nil {
		return err
	}
	err = files.MakePreviews(ctx, j.Files, a.Blob)
	hopeless := files.IsNoImage(err) || errors.Is(err, files.ErrNotFound)
	if err != nil && !hopeless {
		return err
	}
	return j.store.PreviewMade(ctx, a.ID, !hopeless)
}
