package jobs

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// running is a River client at work, and what it works with.
type running struct {
	client interface {
		Start(context.Context) error
		Stop(context.Context) error
		StopAndCancel(context.Context) error
	}
	closers []func() // in the order of opening
}

func (r *running) onClose(f func()) { r.closers = append(r.closers, f) }

func (r *running) close() {
	for i := len(r.closers) - 1; i >= 0; i-- {
		r.closers[i]()
	}
}

// start closes everything again if it fails. The client runs until Stop, also after ctx ends.
func (r *running) start(ctx context.Context) (*running, error) {
	if err := r.client.Start(context.WithoutCancel(ctx)); err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

// stop waits for running jobs for two thirds of the time, and then cancels them.
func (r *running) stop(ctx context.Context) error {
	defer r.close()
	patient := ctx
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		patient, cancel = context.WithTimeout(ctx, time.Until(deadline)*2/3)
		defer cancel()
	}
	if r.client.Stop(patient) == nil {
		return nil
	}
	return r.client.StopAndCancel(ctx)
}

// How long one try may take. An email takes a minute at most.
const (
	quickTimeout = 90 * time.Second
	slowTimeout  = 30 * time.Minute
)

// How long jobs are kept that were done, and that were given up. They hold addresses.
const (
	keepDone   = 10 * time.Minute
	keepFailed = 24 * time.Hour
)

// pace is how often River polls for jobs.
type pace struct{ quick, slow time.Duration }

// config is River's for a client that works.
func (j *Jobs) config(complete complete, p pace) *river.Config {
	workers := river.NewWorkers()
	river.AddWorker(workers, &emailWorker{Jobs: j, complete: complete})
	river.AddWorker(workers, &pushWorker{Jobs: j, complete: complete})
	river.AddWorker(workers, &digestWorker{Jobs: j, complete: complete})
	river.AddWorker(workers, river.WorkFunc(j.digests))
	river.AddWorker(workers, &exportWorker{Jobs: j})
	river.AddWorker(workers, river.WorkFunc(j.dropBlobs))
	river.AddWorker(workers, river.WorkFunc(j.sweep))
	river.AddWorker(workers, river.WorkFunc(j.announceUser))
	river.AddWorker(workers, river.WorkFunc(j.preview))
	river.AddWorker(workers, &previewTurnWorker{Jobs: j, complete: complete})
	river.AddWorker(workers, &unreferencedWorker{Jobs: j})
	river.AddWorker(workers, &normalizeWorker{Jobs: j})
	river.AddWorker(workers, &tokensWorker{Jobs: j})
	return &river.Config{
		ID:      rand.Text(),
		Workers: workers,
		Queues: map[string]river.QueueConfig{
			quickQueue: {MaxWorkers: 4, FetchPollInterval: p.quick},
			imageQueue: {MaxWorkers: 2, FetchPollInterval: p.quick}, // no more are decoded at once anyway
			slowQueue:  {MaxWorkers: 1, FetchPollInterval: p.slow},
			pushQueue:  {MaxWorkers: 8, FetchPollInterval: max(p.quick, time.Second)},
		},
		PeriodicJobs:                []*river.PeriodicJob{j.daily(sweepJob{}), j.daily(unreferencedJob{}), j.daily(normalizeJob{}), j.every(time.Hour, tokensJob{}), j.every(j.DigestEvery, digestsJob{})},
		JobTimeout:                  quickTimeout,
		RescueStuckJobsAfter:        quickTimeout + time.Minute,
		RetryPolicy:                 backoff{j.Retry},
		CompletedJobRetentionPeriod: keepDone,
		CancelledJobRetentionPeriod: keepFailed,
		DiscardedJobRetentionPeriod: keepFailed,
		ErrorHandler:                reporter{j.Log},
		Middleware:                  []rivertype.Middleware{river.WorkerMiddlewareFunc(j.requeue)},
		Logger:                      quietLogger(j.Log),
	}
}

// daily is a job for every day, and for every start: a node may never run for a whole day.
func (j *Jobs) daily(job river.JobArgs) *river.PeriodicJob { return j.every(24*time.Hour, job) }

func (j *Jobs) every(pause time.Duration, job river.JobArgs) *river.PeriodicJob {
	return river.NewPeriodicJob(
		river.PeriodicInterval(pause),
		func() (river.JobArgs, *river.InsertOpts) { return job, j.how(job) },
		&river.PeriodicJobOpts{RunOnStart: true},
	)
}

// requeue puts a job back that a stop has interrupted, as if it had not been tried.
func (j *Jobs) requeue(ctx context.Context, job *rivertype.JobRow, work func(context.Context) error) error {
	began := time.Now()
	failed := errPanic
	defer func() {
		if j.Worked != nil {
			j.Worked(job.Kind, time.Since(began), failed)
		}
	}()
	err := work(ctx)
	if failed = err; err != nil && j.ending.Err() != nil && !errors.As(err, new(*river.JobCancelError)) {
		failed = nil
		return river.JobSnooze(0)
	}
	if errors.As(err, new(*river.JobSnoozeError)) { // it waits for a backup
		failed = nil
	}
	return err
}

var errPanic = errors.New("it panicked")

type sweepJob struct{}

// Kind names the job.
func (sweepJob) Kind() string { return "sweep" }

func (j *Jobs) sweep(ctx context.Context, _ *river.Job[sweepJob]) error {
	return j.stores.Chat.Sweep(ctx)
}
