package app

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"dchat/app/guard"
	"dchat/db"
)

// outage logs once that the database is away, and once that it is back: in between everything fails, and
// a line for each would say nothing more.
type outage struct {
	log    *slog.Logger
	failed atomic.Int64 // statements in a row that it did not answer
	state  atomic.Int32

	probe func(context.Context) error // writes something, without being counted; nil: nothing can be probed
	tried func(failure error)         // is called with what a probe met; may be nil

	mu    sync.Mutex // around what follows
	since time.Time
	watch context.CancelFunc // ends the probing, nil while there is no outage
}

// The states of an outage.
const (
	noOutage    int32 = iota
	noAnswer          // any statement that is answered ends it
	noWriting         // only a probe ends it: reading may go on
	outageAfter = 3   // statements in a row; a single one that took too long is no outage yet
	probeEvery  = time.Second
	probeWithin = 2 * time.Second
)

// saw is called with the outcome of every statement; if it was answered that costs next to nothing.
func (o *outage) saw(failure error) {
	if !db.IsOutage(failure) {
		if o.failed.Load() > 0 && o.state.Load() != noWriting {
			o.end()
		}
		return
	}
	if failed := o.failed.Add(1); db.IsWriteOutage(failure) {
		o.begin(noWriting, failure)
	} else if failed >= outageAfter {
		o.begin(noAnswer, failure)
	}
}

func (o *outage) begin(state int32, failure error) {
	if o.state.Load() >= state {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.state.Load() >= state {
		return
	}
	known := o.state.Swap(state) != noOutage
	if known {
		return
	}
	o.since = time.Now()
	what := "the database does not answer"
	if state == noWriting {
		what = "the database cannot write"
	}
	o.log.Error(what+"; until it does, requests fail with 503 and are only debugged", "error", failure)
	if o.probe != nil {
		ctx, cancel := context.WithCancel(context.Background())
		o.watch = cancel
		go guard.Loop(o.log, "probing the database", func() { o.await(ctx) })
	}
}

// await looks for the end of the outage by itself: a balancer may send nobody to this node.
func (o *outage) await(ctx context.Context) {
	tick := time.NewTicker(probeEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		probing, cancel := context.WithTimeout(ctx, probeWithin)
		err := o.probe(probing)
		cancel()
		switch {
		case ctx.Err() != nil:
			return
		case !db.IsOutage(err): // it has answered
			o.end()
			return
		case o.tried != nil:
			o.tried(err)
		}
	}
}

func (o *outage) end() {
	o.mu.Lock()
	defer o.mu.Unlock()
	failed := o.failed.Swap(0)
	if o.state.Swap(noOutage) == noOutage {
		return
	}
	o.log.Warn("the database answers again", "failed", failed, "seconds", int(time.Since(o.since).Seconds()))
	o.stopWatch()
}

func (o *outage) stopWatch() {
	if o.watch != nil {
		o.watch()
		o.watch = nil
	}
}

// close ends the probing.
func (o *outage) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.stopWatch()
}

// on reports whether the database is known to be away.
func (o *outage) on() bool { return o.state.Load() != noOutage }

// cannotWrite reports whether it is known to be able only to read.
func (o *outage) cannotWrite() bool { return o.state.Load() == noWriting }
