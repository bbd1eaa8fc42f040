package app

import (
	"context"
	"sync"
	"time"

	"dchat/db"
)

// Readiness is asked for every few seconds, and by several probes at once: the database is queried at most once a second,
// and has two seconds to answer.
const (
	readyFor    = time.Second
	readyWithin = 2 * time.Second
)

// readiness is the last answer about the database.
type readiness struct {
	mu    sync.Mutex
	asked time.Time
	fault string // "" if there is none
}

// ready reports whether people should be sent to this node, and why not. An outage of Redis is not a reason: messages
// still arrive, from the database.
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

// fault describes why the database cannot serve, or is "". A change is logged.
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

// look queries the database. It ignores the end of ctx: a probe that went away says nothing about the database.
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
