package db

import (
	"context"
	"database/sql"
	"errors"

	"github.com/uptrace/bun"
)

// OnFailure calls f for every statement that fails, and says whether that is because the database is
// away. What is nobody's fault (no row, a request that was given up, a key that is there already) is no
// failure. It has to be called before the first statement.
func (d *DB) OnFailure(f func(outage bool)) {
	one := d.reader == d.writer
	d.writer = d.writer.WithQueryHook(failures(f))
	if d.reader = d.reader.WithQueryHook(failures(f)); one {
		d.reader = d.writer
	}
}

type failures func(outage bool)

// BeforeQuery is Bun's.
func (f failures) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }

// AfterQuery is Bun's.
func (f failures) AfterQuery(_ context.Context, e *bun.QueryEvent) {
	if e.Err == nil || errors.Is(e.Err, sql.ErrNoRows) || errors.Is(e.Err, context.Canceled) || IsConflict(e.Err) {
		return
	}
	f(IsOutage(e.Err))
}
