package db

import (
	"context"
	"database/sql"
	"errors"

	"github.com/uptrace/bun"
)

// OnStatement calls f after every statement: with nil if the database answered, also with no rows or a unique
// violation, and otherwise with the error. It is not called for cancelled statements. Call OnStatement before the
// first statement.
func (d *DB) OnStatement(f func(failure error)) {
	one := d.reader == d.writer
	d.writer = d.writer.WithQueryHook(statements(f))
	if d.reader = d.reader.WithQueryHook(statements(f)); one {
		d.reader = d.writer
	}
}

type statements func(failure error)

// BeforeQuery is Bun's.
func (f statements) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }

// AfterQuery is Bun's.
func (f statements) AfterQuery(_ context.Context, e *bun.QueryEvent) {
	switch {
	case e.Err == nil:
		f(nil)
	case errors.Is(e.Err, context.Canceled), errors.Is(e.Err, sql.ErrTxDone):
	case errors.Is(e.Err, sql.ErrNoRows), IsConflict(e.Err):
		f(nil)
	default:
		f(e.Err)
	}
}
