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

// outage logs once that the database is away and once that it is back. In between every request fails, and a line for
// each would add nothing.
type outage struct {
	log    *slog.Logger
	failed atomic.Int64 // consecutive statements without an answer
	state  atomic.Int32

	probe func(context.Context) error // writes something and is not counted; may be nil
	tried func(failure error)         // is called with the error of a failed probe; may be nil

	mu    sync.Mutex // guards the fields below
	since time.Time
	watch context.CancelFunc // ends the probes; nil while there is no outage
}

// The states of an outage.
const (
	noOutage    int32 = iota
	noAnswer          // any answered statement ends it
	noWriting         // only a probe ends it, since reads may succeed meanwhile
	outageAfter = 3   // consecutive statements; a single slow one is not an outage
	probeEvery  = time.Second
	probeWithin = 2 * time.Second
)

// observe is called with the outcome of every statement; it is cheap for one that was answered.
func (o *outage) observe(failure error) {
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
	o.log.Error(what+"; until it does, requests fail with 503 and are logged at level debug only", "error", failure)
	if o.probe != nil {
		ctx, cancel := context.WithCancel(context.Background())
		o.watch = cancel
		go guard.Loop(o.log, "probing the database", func() { o.await(ctx) })
	}
}

// await probes for the end of the outage: a load balancer may send no requests to this node meanwhile.
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
		case !db.IsOutage(err): // the database answers
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

// close ends the probes.
func (o *outage) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.stopWatch()
}

// on reports whether an outage is known.
func (o *outage) on() bool { return o.state.Load() != noOutage }

// cannotWrite reports whether the database is known to refuse writes.
func (o *outage) cannotWrite() bool { return o.state.Load() == noWriting }
