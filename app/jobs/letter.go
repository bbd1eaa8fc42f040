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

	"dchat/app/chat"
	"dchat/app/notify"
	"dchat/views"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

type letterWorker struct {
	river.WorkerDefaults[chat.LetterJob]
	*Jobs
	complete complete
}

// Work sends a letter, if there still is a reason to.
func (w *letterWorker) Work(ctx context.Context, job *river.Job[chat.LetterJob]) error {
	letter, err := w.store.Letter(ctx, job.Args)
	if err != nil || letter == nil {
		return err
	}
	message, err := w.message(ctx, letter)
	if err != nil {
		return err
	}
	message.Key = letterKey(job.JobRow)
	if err := w.Mail.Send(ctx, message); err != nil {
		hopeless := notify.IsHopeless(err)
		err = fmt.Errorf("letter %q: %w", letter.Name, masked(err))
		if hopeless {
			w.Log.WarnContext(ctx, "a letter cannot be delivered", "job", job.ID, "user", letter.User.ID, "error", err)
			return river.JobCancel(err)
		}
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second) // a stop must not forget it
	defer cancel()
	if err := w.complete(ctx, job.JobRow, always); err != nil {
		w.Log.DebugContext(ctx, "a letter is written down as sent a little later", "job", job.ID, "error", err)
	}
	return nil
}

func (w *letterWorker) message(ctx context.Context, letter *chat.Letter) (notify.Letter, error) {
	l := views.NewLetter(letter, w.BaseURL())
	var html bytes.Buffer
	err := views.LetterPage(l).Render(ctx, &html)
	return notify.Letter{To: letter.To, UserID: letter.User.ID, Subject: l.Subject, Text: l.Text(), HTML: html.String()}, err
}

// letterKey is the same for every try of a job.
func letterKey(job *rivertype.JobRow) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %d", job.ID, job.CreatedAt.UnixMilli()))
	return hex.EncodeToString(sum[:16])
}

// secrets are links, and what could be the token of one.
var secrets = regexp.MustCompile(`https?://\S+|[\w-]{40,}`)

// masked is an error without secrets: mail servers may quote what they refuse, and whoever reads the log
// could use it.
func masked(err error) error {
	return errors.New(secrets.ReplaceAllString(notify.Redact(err.Error()), "(secret)"))
}
