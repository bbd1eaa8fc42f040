package jobs

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"time"

	"dchat/app/account"
	"dchat/app/notify"
	"dchat/views"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

type emailWorker struct {
	river.WorkerDefaults[account.EmailJob]
	*Jobs
	complete complete
}

// Work sends an email, if there still is a reason to.
func (w *emailWorker) Work(ctx context.Context, job *river.Job[account.EmailJob]) error {
	email, err := w.stores.Accounts.Email(ctx, job.Args)
	if err != nil || email == nil {
		return err
	}
	message, err := w.message(ctx, email)
	if err != nil {
		return err
	}
	message.Key = emailKey(job.JobRow)
	if err := w.Mail.Send(ctx, message); err != nil {
		hopeless := notify.IsHopeless(err)
		err = fmt.Errorf("email %q: %w", email.Name, masked(err))
		if hopeless {
			w.Log.WarnContext(ctx, "an email cannot be delivered", "job", job.ID, "user", email.User.ID, "error", err)
			return river.JobCancel(err)
		}
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second) // a stop must not cancel it
	defer cancel()
	if err := w.complete(ctx, job.JobRow, always); err != nil {
		w.Log.DebugContext(ctx, "an email is recorded as sent a little later", "job", job.ID, "error", err)
	}
	return nil
}

func (w *emailWorker) message(ctx context.Context, email *account.Email) (notify.Email, error) {
	l := views.NewEmail(email, w.BaseURL())
	var html bytes.Buffer
	err := views.EmailPage(l).Render(ctx, &html)
	return notify.Email{To: email.To, UserID: email.User.ID, Subject: l.Subject, Text: l.Text(), HTML: html.String()}, err
}

// emailKey is the same for every try of a job.
func emailKey(job *rivertype.JobRow) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %d", job.ID, job.CreatedAt.UnixMilli()))
	return hex.EncodeToString(sum[:16])
}

// secrets are links, and what could be the token of one.
var secrets = regexp.MustCompile(`https?://\S+|[\w-]{40,}`)

// masked returns an error without secrets: mail servers may quote a refused email, and a reader of the log could use
// its link.
func masked(err error) error {
	return errors.New(secrets.ReplaceAllString(notify.Redact(err.Error()), "(secret)"))
}
