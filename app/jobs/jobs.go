// Package jobs does what is left to do after a commit: emails, notifications, files to which nothing refers any more,
// copies of people's data, smaller images, what searches compare, messages that disappear, and a daily sweep. River keeps the jobs in the database: they are put down in
// the transaction that makes them necessary, each is done by one worker, and tried again until it works.
package jobs

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"dchat/app/account"
	"dchat/app/attachment"
	"dchat/app/chat"
	"dchat/app/files"
	"dchat/app/notify"
	"dchat/app/notify/push"
	"dchat/app/store"
	"dchat/db"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivertype"
	"github.com/uptrace/bun"
)

// Options are what Jobs need.
type Options struct {
	DB      *db.DB
	DSN     string // of DB
	Direct  string // of the same database, not through the pooler of DSN; "" without a pooler
	Mail    *notify.Mailer
	Push    *push.Sender // nil: nothing is pushed
	Files   files.Store
	BaseURL func() string // where people reach DChat, for links in emails
	Log     *slog.Logger

	// Worked is called after every try of a job with its kind, duration and result; it may be nil.
	Worked func(kind string, took time.Duration, err error)

	// Pushed is called with the outcome of every push message; it may be nil.
	Pushed func(outcome string)

	// PushAfter is how long a message may wait for its reader before it is pushed. 5 s if 0.
	PushAfter time.Duration

	// DigestEvery is how often unread messages are looked for that are due for a digest. 30 min if 0.
	DigestEvery time.Duration

	// ExpireEvery is how often messages whose time has come are looked for. 3 s if 0.
	ExpireEvery time.Duration

	// Retry is how long a job that failed waits for its second try; each wait is twice the one before.
	// 5 s if 0.
	Retry time.Duration
}

// Jobs inserts jobs and, between Start and Stop, runs them.
type Jobs struct {
	Options
	inserter *river.Client[*sql.Tx]

	stores     Stores   // for the workers of Start
	running    *running // nil unless started
	stopExpiry func()
	ending     context.Context
	end        context.CancelFunc // of ending: long jobs stop, and run again later
}

// The queues. What takes minutes has its own, and so do images, so that emails do not wait behind them.
const (
	quickQueue = river.QueueDefault
	imageQueue = "images"
	slowQueue  = "slow"
	pushQueue  = "push" // push services are not ours, and may be slow
)

// New makes a Jobs that only inserts. The schema must exist (db.Migrate).
func New(o Options) (_ *Jobs, err error) {
	if o.Retry == 0 {
		o.Retry = firstRetry
	}
	if o.PushAfter == 0 {
		o.PushAfter = pushAfter
	}
	if o.DigestEvery == 0 {
		o.DigestEvery = digestEvery
	}
	if o.ExpireEvery == 0 {
		o.ExpireEvery = expireEvery
	}
	j := &Jobs{Options: o}
	j.ending, j.end = context.WithCancel(context.Background())
	config := &river.Config{Logger: quietLogger(o.Log)}
	if o.DB.Postgres() {
		j.inserter, err = river.NewClient(riverdatabasesql.New(nil), config)
	} else {
		j.inserter, err = river.NewClient(riversqlite.New(nil), config)
	}
	if err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	return j, nil
}

// Enqueue inserts jobs: they run once tx has committed, and are dropped if it does not. An equal job that waits
// already is not inserted twice.
func (j *Jobs) Enqueue(ctx context.Context, tx bun.Tx, jobs ...store.Job) error {
	for _, job := range jobs { // one by one: a statement cannot meet the same job twice
		if _, err := j.inserter.InsertTx(ctx, tx.Tx, job, j.how(job)); err != nil {
			return err
		}
	}
	return nil
}

func (j *Jobs) how(job river.JobArgs) *river.InsertOpts {
	options := &river.InsertOpts{
		Queue:       quickQueue,
		MaxAttempts: triesWithin(j.Retry, patience),
		UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
			rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable,
			rivertype.JobStateRunning, rivertype.JobStateScheduled,
		}},
	}
	switch job.(type) {
	case attachment.PreviewJob, attachment.PreviewTurnJob:
		options.Queue = imageQueue
	case account.ExportJob, unreferencedJob, normalizeJob, tokensJob:
		options.Queue = slowQueue
	case chat.PushJob:
		options.Queue, options.MaxAttempts = pushQueue, triesWithin(j.Retry, pushPatience)
	}
	return options
}

// Stores are the rooms whose jobs are done.
type Stores struct {
	Accounts    *account.Store
	Attachments *attachment.Store
	Chat        *chat.Store
}

// Start runs jobs for the stores until Stop.
func (j *Jobs) Start(ctx context.Context, stores Stores) (err error) {
	j.stores = stores
	switch {
	case !j.DB.Postgres():
		j.running, err = j.workOnSQLite(ctx)
	case j.Direct != "":
		j.running, err = j.workThroughPooler(ctx)
	default:
		j.running, err = j.workOnPostgres(ctx)
	}
	if err != nil {
		return fmt.Errorf("jobs: %w", err)
	}
	j.stopExpiry = j.startExpiry()
	return nil
}

// Stop waits for quick jobs and requeues long ones. A job that is not done when ctx ends is done by another worker,
// or after the next start.
func (j *Jobs) Stop(ctx context.Context) error {
	if j.running == nil {
		return nil
	}
	j.end()
	j.stopExpiry()
	err := j.running.stop(ctx)
	j.running = nil
	if errors.Is(err, context.DeadlineExceeded) {
		return errors.New("jobs: some did not end in time")
	}
	return err
}
