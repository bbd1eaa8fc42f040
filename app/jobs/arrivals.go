package jobs

import (
	"context"
	"slices"
	"sync"
	"time"

	"dchat/app/account"
	"dchat/app/chat"
	"dchat/app/guard"

	"github.com/riverqueue/river"
	"github.com/uptrace/bun"
)

// Arrivals enqueues notifications of new messages, apart from their transactions: no sender waits for it. If the process
// dies in this moment, the message has no notification; the next one has.
type Arrivals struct {
	jobs     *Jobs
	accounts *account.Store
	looks    func(int64) bool // reports whether a person looks at a page of theirs

	mu      sync.Mutex
	waiting map[chat.Arrival]bool
	running sync.WaitGroup
	busy    bool
	closed  bool
}

// maxWaiting bounds the conversations that wait to be looked at: more than that are only with a database that is away.
const maxWaiting = 20_000

// How many people are looked up together, how long it may take, and the pause between two rounds, in which arrivals
// collect.
const (
	arrivalBatch  = 500
	arrivalWithin = 10 * time.Second
	arrivalPause  = 200 * time.Millisecond
)

// NewArrivals returns Arrivals that put jobs into j.
func NewArrivals(j *Jobs, accounts *account.Store, looks func(int64) bool) *Arrivals {
	return &Arrivals{jobs: j, accounts: accounts, looks: looks, waiting: map[chat.Arrival]bool{}}
}

// Add takes messages that have been committed. It does not block.
func (a *Arrivals) Add(list []chat.Arrival) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed || a.jobs.Push == nil {
		return
	}
	for _, arrival := range list {
		if len(a.waiting) < maxWaiting {
			a.waiting[arrival] = true
		}
	}
	if !a.busy && len(a.waiting) > 0 {
		a.busy = true
		a.running.Go(a.run)
	}
}

// Wait returns when all that was added is enqueued.
func (a *Arrivals) Wait() { a.running.Wait() }

// Close waits until all that was added is enqueued.
func (a *Arrivals) Close() {
	a.mu.Lock()
	a.closed = true
	a.mu.Unlock()
	a.running.Wait()
}

func (a *Arrivals) run() {
	for {
		batch := a.take()
		if len(batch) == 0 {
			return
		}
		_ = guard.Once(a.jobs.Log, "enqueueing notifications", func() {
			ctx, cancel := context.WithTimeout(context.Background(), arrivalWithin)
			defer cancel()
			if err := a.enqueue(ctx, batch); err != nil {
				a.jobs.Log.WarnContext(ctx, "notifications could not be enqueued", "conversations", len(batch), "error", err)
			}
		})
		time.Sleep(arrivalPause)
	}
}

// take returns what waits, nothing if it is the end of this run.
func (a *Arrivals) take() (batch []chat.Arrival) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for arrival := range a.waiting {
		if len(batch) == arrivalBatch {
			break
		}
		batch = append(batch, arrival)
		delete(a.waiting, arrival)
	}
	a.busy = len(batch) > 0
	return batch
}

func (a *Arrivals) enqueue(ctx context.Context, batch []chat.Arrival) error {
	var people []int64
	for _, arrival := range batch {
		people = append(people, arrival.Recipient)
	}
	slices.Sort(people)
	sessions, err := a.accounts.SubscribedSessions(ctx, slices.Compact(people))
	if err != nil || len(sessions) == 0 {
		return err
	}
	var jobs []chat.PushJob
	for _, arrival := range batch {
		of := sessions[arrival.Recipient]
		if len(of) == 0 || a.looks(arrival.Recipient) {
			continue
		}
		for _, session := range of {
			jobs = append(jobs, chat.PushJob{ConversationID: arrival.Conversation, SessionID: session})
		}
	}
	return a.jobs.enqueuePushes(ctx, jobs)
}

// enqueuePushes enqueues jobs for after PushAfter. Of one conversation and browser, one waits at a time.
func (j *Jobs) enqueuePushes(ctx context.Context, jobs []chat.PushJob) error {
	if len(jobs) == 0 {
		return nil
	}
	return j.DB.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		for _, job := range jobs {
			how := j.how(job)
			if j.PushAfter >= time.Second { // River looks for jobs whose time has come every 5 s
				how.ScheduledAt = time.Now().Add(j.PushAfter)
			}
			if _, err := j.inserter.InsertTx(ctx, tx.Tx, river.JobArgs(job), how); err != nil {
				return err
			}
		}
		return nil
	})
}
