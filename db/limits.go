package db

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"
)

// Limits bound what a transaction in Postgres may wait for, and how long it may hold its locks while its client is
// silent. They are set in the message that begins the transaction, so they cost no round trip, and pass a pooler. 0
// means unlimited. SQLite has one writer and no locks of rows.
type Limits struct {
	Lock      time.Duration // for one lock
	Statement time.Duration // for one statement, its locks included
	Idle      time.Duration // between two statements
	Indexed   bool          // statements are planned by indexes alone and not compiled: the planner cannot guess what they find
}

// Usual are the limits of Write and Snapshot, unless WithLimits sets others.
var Usual = Limits{Lock: 3 * time.Second, Statement: 10 * time.Second, Idle: 10 * time.Second}

// Unlimited is for what may take hours: a backup, a restore.
var Unlimited = Limits{}

type limitsKey struct{}

// WithLimits sets the limits of transactions that Write and Snapshot begin with the context.
func WithLimits(ctx context.Context, l Limits) context.Context {
	return context.WithValue(ctx, limitsKey{}, l)
}

func limited(ctx context.Context) context.Context {
	if _, ok := ctx.Value(limitsKey{}).(Limits); ok {
		return ctx
	}
	return WithLimits(ctx, Usual)
}

// begin returns the statement that starts a transaction, or "" for a context without limits: migrations may take
// long.
func begin(ctx context.Context, mode string) string {
	l, ok := ctx.Value(limitsKey{}).(Limits)
	if !ok {
		return ""
	}
	var b strings.Builder
	b.WriteString("begin" + mode)
	for _, setting := range []struct {
		name  string
		limit time.Duration
	}{{"lock_timeout", l.Lock}, {"statement_timeout", l.Statement}, {"idle_in_transaction_session_timeout", l.Idle}} {
		if setting.limit > 0 {
			fmt.Fprintf(&b, "; set local %s = %d", setting.name, setting.limit.Milliseconds())
		}
	}
	if l.Indexed {
		b.WriteString("; set local enable_seqscan = off; set local jit = off")
	}
	return b.String()
}

// single is how long a statement outside a transaction may take, with the wait for a connection. Jobs have minutes
// for all that they do, and one statement that takes longer waits for a lock that is never released, or for a silent
// server.
var single = 15 * time.Second

// bounded has every single statement end.
func (d *DB) bounded() *DB {
	one := d.reader == d.writer
	d.writer = d.writer.WithQueryHook(bounds{})
	if d.reader = d.reader.WithQueryHook(bounds{}); one {
		d.reader = d.writer
	}
	return d
}

type bounds struct{}

// BeforeQuery is Bun's. Transactions have their own limits, from their contexts.
func (bounds) BeforeQuery(ctx context.Context, e *bun.QueryEvent) context.Context {
	_, inside := ctx.Value(limitsKey{}).(Limits)
	until, has := ctx.Deadline()
	if inside || has && time.Until(until) < 2*single || e.Query == "BEGIN" || e.Query == "COMMIT" || e.Query == "ROLLBACK" {
		return ctx
	}
	ctx, cancel := context.WithTimeout(ctx, single)
	context.AfterFunc(ctx, cancel) // rows are read after AfterQuery, and nothing says when that ends
	return ctx
}

// AfterQuery is Bun's.
func (bounds) AfterQuery(context.Context, *bun.QueryEvent) {}
