package jobs

import (
	"context"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"
)

// SQLite has no notifications, and each poll takes 2 ms of CPU.
var sqlitePace = pace{quick: 400 * time.Millisecond, slow: 2 * time.Second}

// workOnSQLite shares the one connection that writes: with a second one, River would wait for as long as others keep
// writing. Jobs that ran when the process died are available at once: SQLite has only one worker.
func (j *Jobs) workOnSQLite(ctx context.Context) (*running, error) {
	handle := j.DB.Writer().DB
	_, err := handle.ExecContext(ctx, "UPDATE river_job SET state = 'available' WHERE state = 'running' AND attempt <= ?", maxCrashes)
	if err != nil {
		return nil, err
	}
	r := &running{}
	if r.client, err = river.NewClient(riversqlite.New(handle), j.config(completeOn[*riversqlite.Driver](handle), sqlitePace)); err != nil {
		return nil, err
	}
	return r.start(ctx)
}
