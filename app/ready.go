package app

import (
	"context"
	"sync"
	"time"

	"dchat/db"
)

// Somebody asks every few seconds whether a node is ready, or many do at once: the database is asked once
// a second at most, and has two seconds to answer.
const (
	readyFor    = time.Second
	readyWithin = 2 * time.Second
)

// readiness is what was said of the database last.
type readiness struct {
	mu    sync.Mutex
	asked time.Time
	fault string // "" if it is well
}

// ready says whether people should be sent to this node, and why not. Redis alone is no reason: without
// it messages still arrive, from the database.
func (a *App) ready(ctx context.Context) (said string, yes bool) {
	if a.draining.Load() {
		return "draining", false
	}
	if fault := a.fault(ctx); fault != "" {
		return fault, false
	}
	if a.config.RedisURL != "" && !a.broker.Healthy() {
		return "ok, but Redis is away: pages follow the database", true
	}
	return "ok", true
}

// fault is what keeps the database from serving, "" if nothing does. The log hears of it when it changes.
func (a *App) fault(ctx context.Context) string {
	r := &a.readiness
	r.mu.Lock()
	defer r.mu.Unlock()
	if time.Since(r.asked) < readyFor {
		return r.fault
	}
	fault, err := a.look(ctx)
	switch fault {
	case r.fault:
	case "":
		a.log.Info("ready again")
	default:
		a.log.Warn("not ready", "because", fault, "error", err)
	}
	r.asked, r.fault = time.Now(), fault
	return fault
}

// look asks the database itself. That whoever asks has gone says nothing about it.
func (a *App) look(ctx context.Context) (fault string, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readyWithin)
	defer cancel()
	if a.outage.cannotWrite() {
		return "the database cannot write", nil
	}
	fits, err := a.database.Fits(ctx)
	switch {
	case db.IsOutage(err):
		return "the database does not answer", err
	case err != nil || !fits:
		return "the database is not as this version needs it", err
	}
	return "", nil
}
