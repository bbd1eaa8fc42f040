package jobs

import (
	"context"
	"database/sql"
	"time"

	"dchat/app/chat"
	"dchat/db"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riversqlite"
)

// settle writes down that a job is done, at once. River would do so a quarter of a second later, and if
// the process is killed in between, a letter that was sent is sent again.
type settle func(context.Context, *river.Job[chat.LetterJob]) error

// SQLite tells nobody of new jobs.
var sqlitePace = pace{quick: 300 * time.Millisecond, slow: 2 * time.Second}

// workOnSQLite has a handle of its own with one connection, so that River's many transactions do not
// meet each other. Jobs that were being done when the process died are free at once: there is no other.
func (j *Jobs) workOnSQLite(ctx context.Context) (*running, error) {
	r := &running{}
	handle, err := j.openSide(r, j.DSN)
	if err != nil {
		return nil, err
	}
	_, err = handle.ExecContext(ctx, "UPDATE river_job SET state = 'available' WHERE state = 'running' AND attempt <= ?", maxCrashes)
	if err != nil {
		r.close()
		return nil, err
	}
	driver := riversqlite.New(handle)
	if r.client, err = river.NewClient(driver, j.config(settleOn[*riversqlite.Driver](handle), sqlitePace)); err != nil {
		r.close()
		return nil, err
	}
	return r.start(ctx)
}

func (j *Jobs) openSide(r *running, dsn string) (*sql.DB, error) {
	handle, err := db.OpenSide(dsn, conns)
	if err != nil {
		return nil, err
	}
	r.onClose(func() { _ = handle.Close() })
	return handle, nil
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
