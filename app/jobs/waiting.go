package jobs

import (
	"context"
	"encoding/json"
	"errors"

	"dchat/db"

	"github.com/riverqueue/river"
	"github.com/uptrace/bun"
)

// Waiting is a job that is not done yet, without what only its database knows.
type Waiting struct {
	Kind  string          `json:"kind"`
	Queue string          `json:"queue"`
	Args  json.RawMessage `json:"args"`
}

// again is a job that was put down before.
type again struct{ Waiting }

// Kind names the job.
func (a again) Kind() string { return a.Waiting.Kind }

// MarshalJSON gives what its worker is told.
func (a again) MarshalJSON() ([]byte, error) { return a.Args, nil }

// EachWaiting calls each for the jobs that wait, and for those that are being done: they may not get done.
func EachWaiting(ctx context.Context, tx bun.Tx, each func(Waiting) error) error {
	rows, err := tx.QueryContext(ctx, `SELECT kind, queue, CAST(args AS text) FROM river_job
		WHERE state IN ('available', 'pending', 'retryable', 'running', 'scheduled') ORDER BY id`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var w Waiting
		var args string
		if err := rows.Scan(&w.Kind, &w.Queue, &args); err != nil {
			return err
		}
		w.Args = json.RawMessage(args)
		if err := each(w); err != nil {
			return err
		}
	}
	return rows.Err()
}

// PutBack puts jobs down in another database, to be done as soon as the transaction has committed.
func (j *Jobs) PutBack(ctx context.Context, tx bun.Tx, w Waiting) error {
	how := j.how(again{w})
	how.Queue = w.Queue
	_, err := j.inserter.InsertTx(ctx, tx.Tx, again{w}, how)
	return err
}

// unlessHeld removes files, unless somebody needs them a little longer.
func (j *Jobs) unlessHeld(ctx context.Context, remove func() error) error {
	err := j.DB.Unheld(ctx, remove)
	if errors.Is(err, db.ErrHeld) {
		return river.JobSnooze(6 * j.Retry)
	}
	return err
}
