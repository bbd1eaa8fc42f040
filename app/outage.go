package app

import (
	"log/slog"
	"sync/atomic"
	"time"

	"dchat/db"
)

// outage says once that the database is gone, and once that it is back: in between everything fails, and
// nobody needs a line for each.
type outage struct {
	log    *slog.Logger
	failed atomic.Int64 // statements in a row that it did not answer
	since  atomic.Int64 // Unix nanoseconds
}

// A single statement that took too long is no outage yet.
const outageAfter = 3

// saw is told of every statement; of one that was answered it costs next to nothing.
func (o *outage) saw(failure error) {
	if !db.IsOutage(failure) {
		if o.failed.Load() > 0 {
			o.end()
		}
		return
	}
	if o.failed.Add(1) == outageAfter {
		o.since.Store(time.Now().UnixNano())
		o.log.Error("the database does not answer; until it does, requests fail with 503 and are only debugged", "error", failure)
	}
}

func (o *outage) end() {
	if failed := o.failed.Swap(0); failed >= outageAfter {
		took := time.Since(time.Unix(0, o.since.Load()))
		o.log.Warn("the database answers again", "failed", failed, "seconds", int(took.Seconds()))
	}
}

// on reports whether the database is known to be away.
func (o *outage) on() bool { return o.failed.Load() >= outageAfter }
