package jobs

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"dchat/app/chat"
	"dchat/app/notify"
	"dchat/app/store"
	"dchat/views"

	"github.com/riverqueue/river"
	"github.com/uptrace/bun"
)

// digestEvery is how often unread messages are looked for that are due for a digest.
const digestEvery = 30 * time.Minute

// digestsJob enqueues the digests that are due.
type digestsJob struct{}

// Kind names the job.
func (digestsJob) Kind() string { return "digests" }

func (j *Jobs) digests(ctx context.Context, _ *river.Job[digestsJob]) error {
	due, err := j.stores.Chat.DueDigests(ctx)
	if err != nil || len(due) == 0 {
		return err
	}
	jobs := make([]store.Job, len(due))
	for i, id := range due {
		jobs[i] = chat.DigestJob{UserID: id}
	}
	return j.DB.Write(ctx, func(ctx context.Context, tx bun.Tx) error { return j.Enqueue(ctx, tx, jobs...) })
}

type digestWorker struct {
	river.WorkerDefaults[chat.DigestJob]
	*Jobs
	complete complete
}

// Work mails a person which messages are unread.
func (w *digestWorker) Work(ctx context.Context, job *river.Job[chat.DigestJob]) error {
	digest, err := w.stores.Chat.Digest(ctx, job.Args.UserID)
	if err != nil || digest == nil {
		return err
	}
	message, err := w.digest(ctx, digest)
	if err != nil {
		return err
	}
	message.Key = emailKey(job.JobRow)
	if err := w.Mail.Send(ctx, message); err != nil {
		hopeless := notify.IsHopeless(err)
		err = fmt.Errorf("digest: %w", masked(err))
		if hopeless {
			w.Log.WarnContext(ctx, "a digest cannot be delivered", "job", job.ID, "user", digest.User.ID, "error", err)
			return river.JobCancel(err)
		}
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second) // a stop must not cancel it
	defer cancel()
	if err := w.stores.Accounts.Digested(ctx, digest.User.ID, digest.At); err != nil {
		return err
	}
	if err := w.complete(ctx, job.JobRow, always); err != nil {
		w.Log.DebugContext(ctx, "a digest is recorded as sent a little later", "job", job.ID, "error", err)
	}
	return nil
}

func (w *digestWorker) digest(ctx context.Context, d *chat.Digest) (notify.Email, error) {
	l := views.NewDigest(d, w.BaseURL())
	var html bytes.Buffer
	err := views.EmailPage(l).Render(ctx, &html)
	return notify.Email{
		To: d.User.Email, UserID: d.User.ID, Subject: l.Subject, Text: l.Text(), HTML: html.String(), Unsubscribe: l.Stop,
	}, err
}
