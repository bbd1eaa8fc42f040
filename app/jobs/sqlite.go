package jobs

import (
	"context"
	"database/sql"
	"time"

	"dchat/app/chat"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riversqlite"
)

// settle writes down that a letter was sent, at once. River would do so a quarter of a second later, and
// if the process is killed in between, the letter is sent again.
type settle func(context.Context, *river.Job[chat.LetterJob]) error

// SQLite tells nobody of new jobs, and each look costs 2 ms of a processor.
var sqlitePace = pace{quick: 400 * time.Millisecond, slow: 2 * time.Second}

// workOnSQLite shares the one connection that writes: with a second one, River would wait for as long as
// others keep writing. Jobs that were being done when the process died are free at once: there is no other
// worker.
func (j *Jobs) workOnSQLite(ctx context.Context) (*running, error) {
	handle := j.DB.Writer().DB
	_, err := handle.ExecContext(ctx, "UPDATE river_job SET state = 'available' WHERE state = 'running' AND attempt <= ?", maxCrashes)
	if err != nil {
		return nil, err
	}
	r := &running{}
	if r.client, err = river.NewClient(riversqlite.New(handle), j.config(settleOn[*riversqlite.Driver](handle), sqlitePace)); err != nil {
		return nil, err
	}
	return r.start(ctx)
}

func settleOn[D riverdriver.Driver[*sql.Tx]](handle *sql.DB) settle {
	return func(ctx context.Context, job *river.Job[chat.LetterJob]) error {
		tx, err := handle.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }() // does nothing after the commit
		if _, err := river.JobCompleteTx[D](ctx, tx, job); err != nil {
			return err
		}
		return tx.Commit()
	}
}
