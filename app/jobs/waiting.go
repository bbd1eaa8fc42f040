package jobs

import (
	"context"
	"encoding/json"
	"errors"

	"dchat/db"

	"github.com/riverqueue/river"
	"github.com/uptrace/bun"
)

// Waiting is an unfinished job, without the columns that belong to its database.
type Waiting struct {
	Kind  string          `json:"kind"`
	Queue string          `json:"queue"`
	Args  json.RawMessage `json:"args"`
}

// requeued is a job from another database.
type requeued struct{ Waiting }

// Kind names the job.
func (r requeued) Kind() string { return r.Waiting.Kind }

// MarshalJSON returns the arguments for the worker.
func (r requeued) MarshalJSON() ([]byte, error) { return r.Args, nil }

// EachWaiting calls each for the unfinished jobs, including running ones, which may be interrupted.
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

// PutBack inserts a job of another database; it runs once the transaction has committed.
func (j *Jobs) PutBack(ctx context.Context, tx bun.Tx, w Waiting) error {
	how := j.how(requeued{w})
	how.Queue = w.Queue
	_, err := j.inserter.InsertTx(ctx, tx.Tx, requeued{w}, how)
	return err
}

// unlessHeld calls remove, unless a backup still needs the files.
func (j *Jobs) unlessHeld(ctx context.Context, remove func() error) error {
	err := j.DB.Unheld(ctx, remove)
	if errors.Is(err, db.ErrHeld) {
		return river.JobSnooze(6 * j.Retry)
	}
	return err
}
