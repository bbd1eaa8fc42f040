package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"dchat/app/chat"
	"dchat/app/notify/push"
	"dchat/views"

	"github.com/riverqueue/river"
)

// pushAfter is how long a message waits for its reader before it is pushed, and pushPatience for how long a push service
// is tried: an old notification is of no use.
const (
	pushAfter    = 5 * time.Second
	pushPatience = time.Hour
)

// How a push message ends, in metrics.
const (
	pushSent     = "sent"
	pushNeedless = "needless" // all was read meanwhile, or the person does not want to be disturbed
	pushGone     = "gone"     // the browser has ended its subscription
	pushRefused  = "refused"
	pushFailed   = "failed"
)

type pushWorker struct {
	river.WorkerDefaults[chat.PushJob]
	*Jobs
	complete complete
}

// Timeout is how long one try may take.
func (*pushWorker) Timeout(*river.Job[chat.PushJob]) time.Duration { return 30 * time.Second }

// Work notifies a browser, if its person has not read the conversation.
func (w *pushWorker) Work(ctx context.Context, job *river.Job[chat.PushJob]) error {
	n, seq, err := w.stores.Chat.Notification(ctx, job.Args)
	if err != nil {
		return err
	}
	if n == nil || w.Push == nil {
		w.count(pushNeedless)
		return w.end(ctx, job, seq)
	}
	sub := n.Subscription
	target := push.Target{Endpoint: sub.Endpoint, P256dh: sub.P256dh, Auth: sub.Auth}
	err = w.Push.Send(ctx, target, views.NotificationTopic(n), views.Notification(n))
	var refused *push.RefusedError
	switch {
	case err == nil:
		w.count(pushSent)
		return w.end(ctx, job, seq)
	case errors.Is(err, push.ErrGone):
		w.count(pushGone)
		return w.stores.Accounts.DropSubscription(ctx, sub)
	case errors.As(err, &refused):
		w.count(pushRefused)
		w.Log.WarnContext(ctx, "a push service refuses a notification", "job", job.ID, "user", sub.UserID, "error", err)
		return river.JobCancel(err)
	}
	w.count(pushFailed)
	return w.later(job, err)
}

// later is the error of a job that a push service may take later.
func (w *pushWorker) later(job *river.Job[chat.PushJob], err error) error {
	var busy *push.BusyError
	switch {
	case time.Since(job.CreatedAt) > pushPatience:
		return river.JobCancel(err)
	case errors.As(err, &busy) && busy.After > 0:
		return river.JobSnooze(min(busy.After, pushPatience))
	}
	return err
}

func (w *pushWorker) count(outcome string) {
	if w.Pushed != nil {
		w.Pushed(outcome)
	}
}

// end completes a job unless a message has arrived since it was looked at: that message has no job of its own.
func (w *pushWorker) end(ctx context.Context, job *river.Job[chat.PushJob], seq int64) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second) // a stop must not cancel it
	defer cancel()
	query := fmt.Sprintf("SELECT NOT EXISTS (SELECT 1 FROM conversations WHERE id = %d AND seq > %d)", job.Args.ConversationID, seq)
	if seq == 0 { // there is no subscription any more
		query = always
	}
	err := w.complete(ctx, job.JobRow, query)
	if errors.Is(err, errMoreToDo) {
		return river.JobSnooze(w.PushAfter)
	}
	if err != nil {
		w.Log.DebugContext(ctx, "a push message is recorded as sent a little later", "job", job.ID, "error", err)
	}
	return nil
}
