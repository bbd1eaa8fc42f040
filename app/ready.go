package app

import (
	"context"
	"sync"
	"time"
)

// Somebody asks every few seconds whether a node is ready, or many do at once: the database is asked once
// a second at most, and has two seconds to answer.
const (
	readyFor    = time.Second
	readyWithin = 2 * time.Second
)

// readiness is what the database said last.
type readiness struct {
	mu    sync.Mutex
	asked time.Time
	err   error
}

// ready says whether people should be sent to this node, and why not. Redis alone is no reason: without
// it messages still arrive, from the database.
func (a *App) ready(ctx context.Context) (said string, yes bool) {
	if a.draining.Load() {
		return "draining", false
	}
	if err := a.readiness.ask(ctx, a.store.Ready); err != nil {
		return "the database does not answer", false
	}
	if a.config.RedisURL != "" && !a.broker.Healthy() {
		return "ok, but Redis is away: pages follow the database", true
	}
	return "ok", true
}

func (r *readiness) ask(ctx context.Context, database func(context.Context) error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if time.Since(r.asked) < readyFor {
		return r.err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readyWithin)
	defer cancel()
	r.err = database(ctx)
	r.asked = time.Now()
	return r.err
}
