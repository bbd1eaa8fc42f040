package live

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestReconcileFindsUnpublishedChanges(t *testing.T) {
	database := newFixture()
	options := database.options()
	options.ReconcileEvery = 50 * time.Millisecond
	n := startNode(t, NewMemoryBroker(), options)
	p := n.open(t, alice, 1, "").settle()
	database.write(alice, 0)
	p.has(1, 1)
}

// A standby that takes over may lack the last commits, which pages already show.
func TestReconcileFindsPagesAheadOfDatabase(t *testing.T) {
	database := newFixture()
	options := database.options()
	options.ReconcileEvery = 50 * time.Millisecond
	var checks atomic.Int64
	versions := options.Versions
	options.Versions = func(ctx context.Context, users []int64) (map[int64]int64, error) {
		checks.Add(1)
		return versions(ctx, users)
	}
	n := startNode(t, NewMemoryBroker(), options)
	p, other := n.open(t, alice, 1, "").settle(), n.open(t, bob, 2, "").settle()
	for range 3 {
		n.Publish(t.Context(), database.write(alice, 0))
	}
	n.Publish(t.Context(), database.write(bob, 0))
	p.has(1, 3)
	other.has(1, 1)
	database.set(func(d *fixture) { d.rows[alice] = d.rows[alice][:1] })
	p.wait("the version of the database", func() bool { return p.cursor.Version == 1 })
	p.wait("a snapshot", p.contains("<snapshot>"))
	n.Publish(t.Context(), database.write(alice, 0))
	p.wait("the next version", func() bool { return p.cursor.Version == 2 })
	require.NotContains(t, other.text, "<snapshot>")
	before, caughtUp := checks.Load(), n.Stats().CatchUps[Overdue].Load()
	require.Eventually(t, func() bool { return checks.Load() > before+10 }, patience, time.Millisecond)
	require.Equal(t, caughtUp, n.Stats().CatchUps[Overdue].Load(), "pages at the version of the database are left alone")
}

func TestReconcileFindsDeadSessions(t *testing.T) {
	database := newFixture()
	options := database.options()
	options.ReconcileEvery = 50 * time.Millisecond
	n := startNode(t, NewMemoryBroker(), options)
	dead, living := n.open(t, alice, 1, "").settle(), n.open(t, alice, 2, "").settle()
	database.set(func(d *fixture) { d.dead[1] = true })
	dead.closed(CloseSignedOut)
	n.Publish(t.Context(), database.write(alice, 0))
	living.has(1, 1)
}
