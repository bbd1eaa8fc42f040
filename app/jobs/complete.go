package jobs

import (
	"context"
	"database/sql"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"
)

// complete marks a job as done at once, if a query returns true. River would do that a quarter of a second later; a
// process killed in between would send an email twice. An insert of the same job waits for this transaction: its work
// is either seen by the query, or gets a job of its own.
type complete func(ctx context.Context, job *rivertype.JobRow, query string) error

// errMoreToDo reports that a job is not done.
var errMoreToDo = errors.New("there is more to do")

// always is the query of jobs that are done without a condition.
const always = "SELECT true"

// anyJob is a job of which the arguments do not matter.
type anyJob struct{}

// Kind is never called.
func (anyJob) Kind() string { return "" }

func completeOn[D riverdriver.Driver[*sql.Tx]](handle *sql.DB) complete {
	return func(ctx context.Context, job *rivertype.JobRow, query string) error {
		tx, err := handle.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }() // does nothing after the commit
		if _, err := river.JobCompleteTx[D](ctx, tx, &river.Job[anyJob]{JobRow: job}); err != nil {
			return err
		}
		if err := done(tx.QueryRowContext(ctx, query)); err != nil {
			return err
		}
		return tx.Commit()
	}
}

func completeOnPool(pool *pgxpool.Pool) complete {
	return func(ctx context.Context, job *rivertype.JobRow, query string) error {
		return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
			if _, err := river.JobCompleteTx[*riverpgxv5.Driver](ctx, tx, &river.Job[anyJob]{JobRow: job}); err != nil {
				return err
			}
			return done(tx.QueryRow(ctx, query))
		})
	}
}

func done(row interface{ Scan(...any) error }) error {
	var yes bool
	if err := row.Scan(&yes); err != nil || yes {
		return err
	}
	return errMoreToDo
}
