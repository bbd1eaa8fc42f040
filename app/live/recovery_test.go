package live

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// flood writes and publishes frames of 32 KiB: more than a queue and the kernel take together.
func flood(n *node, database *fixture, user int64, frames int) {
	padding := strings.Repeat(" ", 32<<10)
	for range frames {
		f := database.write(user, 0)
		f.Body = append(f.Body, padding...)
		n.Publish(context.Background(), f)
	}
}

func TestSlowReaderCatchesUp(t *testing.T) {
	database := newFixture()
	n := startNode(t, NewMemoryBroker(), quiet(database.options()))
	slow, quick := n.dial(t, alice, 1, ""), n.open(t, alice, 2, "").settle()
	eventually(t, "both pages are here", func() bool { return n.Count() == 2 && database.catchUps.Load() == 2 })

	flood(n, database, alice, 1000)
	quick.has(1, 1000)
	n.each(alice, func(c *client) {
		c.mu.Lock()
		defer c.mu.Unlock()
		require.LessOrEqual(t, len(c.inbox), maxWaiting)
		require.LessOrEqual(t, c.bytes, maxWaitingBytes)
	})
	go slow.read()
	slow.has(1, 1000)
	require.Less(t, database.catchUps.Load(), int64(500), "catch-ups stand for many frames")
}

func TestStuckReaderIsDisconnected(t *testing.T) {
	database := newFixture()
	n := startNode(t, NewMemoryBroker(), quiet(database.options()), func(h *Hub) { h.writeWait = 100 * time.Millisecond })
	n.dial(t, alice, 1, "")
	other := n.open(t, bob, 2, "").settle()
	eventually(t, "both pages are here", func() bool { return n.Count() == 2 && database.catchUps.Load() == 2 })

	eventually(t, "the stuck socket ends", func() bool {
		flood(n, database, alice, 100)
		return n.Count() == 1
	})
	n.Publish(t.Context(), database.write(bob, 0))
	other.has(1, 1)
	require.EqualValues(t, 1, n.Stats().Dropped.Load(), "and is counted")
}

func TestSignOutClosesStuckReader(t *testing.T) {
	database := newFixture()
	n := startNode(t, NewMemoryBroker(), quiet(database.options()))
	n.dial(t, alice, 1, "")
	eventually(t, "the page is here", func() bool { return n.Here(alice) && database.catchUps.Load() == 1 })
	var before int64
	eventually(t, "its writer is stuck", func() (stuck bool) {
		flood(n, database, alice, 100)
		n.each(alice, func(c *client) {
			c.mu.Lock()
			defer c.mu.Unlock()
			stuck = c.flow.isFull() && c.cursor.Version == before
			before = c.cursor.Version
		})
		return stuck
	})
	begin := time.Now()
	n.CloseSession(1, alice)
	eventually(t, "the socket ends", func() bool { return n.Count() == 0 })
	require.Less(t, time.Since(begin), n.writeWait)
}

func TestDatabaseDown(t *testing.T) {
	database := newFixture()
	options := quiet(database.options())
	options.Heartbeat = 50 * time.Millisecond
	n := startNode(t, NewMemoryBroker(), options)
	database.set(func(w *fixture) { w.down = true })
	database.write(alice, 0)

	p := n.open(t, alice, 1, "e1.0")
	p.wait("signs of life meanwhile", func() bool { return p.cursors >= 5 && p.pings >= 5 })
	eventually(t, "it is tried again", func() bool { return database.catchUps.Load() >= 2 })
	require.Equal(t, Cursor{Epoch: "e1"}, p.cursor)
	n.Publish(t.Context(), database.write(alice, 0))
	database.set(func(w *fixture) { w.down = false })
	p.has(1, 2)
}

func TestCatchUpThatPanics(t *testing.T) {
	database := newFixture()
	options := quiet(database.options())
	var calls atomic.Int64
	options.CatchUp = func(ctx context.Context, user int64, cursor Cursor) ([]Fragment, error) {
		if calls.Add(1) == 1 {
			panic("a page that cannot be rendered")
		}
		return database.catchUp(ctx, user, cursor)
	}
	n := startNode(t, NewMemoryBroker(), options)
	database.write(alice, 0)
	n.open(t, alice, 1, "e1.0").has(1, 1)
}

// A page that says where it stands while a catch-up for an older place is being read must not get
// that answer.
func TestCursorChangesDuringCatchUp(t *testing.T) {
	database := newFixture()
	options := quiet(database.options())
	reading, goOn := make(chan Cursor, 10), make(chan struct{})
	options.CatchUp = func(ctx context.Context, user int64, cursor Cursor) ([]Fragment, error) {
		reading <- cursor
		<-goOn
		return database.catchUp(ctx, user, cursor)
	}
	n := startNode(t, NewMemoryBroker(), options)
	for range 4 {
		database.write(alice, 7)
	}
	p := n.open(t, alice, 1, "e1.4")
	require.Equal(t, Cursor{Epoch: "e1", Version: 4}, <-reading)
	p.say("e1.2.7.2.1")
	eventually(t, "the page is heard", func() (heard bool) {
		n.each(alice, func(c *client) {
			c.mu.Lock()
			defer c.mu.Unlock()
			heard = c.cursor.Gen == 1
		})
		return heard
	})
	n.Publish(t.Context(), database.write(alice, 7))
	close(goOn)
	require.Equal(t, Cursor{"e1", 2, 7, 2, 1}, <-reading)
	p.has(3, 5)
	require.Equal(t, Cursor{"e1", 5, 7, 5, 1}, p.cursor)
	require.Equal(t, 1, p.cursors)
}

func TestCatchUpsAreLimited(t *testing.T) {
	database := newFixture()
	options := quiet(database.options())
	var running, most atomic.Int64
	goOn := make(chan struct{})
	options.CatchUp = func(ctx context.Context, user int64, cursor Cursor) ([]Fragment, error) {
		now := running.Add(1)
		defer running.Add(-1)
		for seen := most.Load(); now > seen && !most.CompareAndSwap(seen, now); {
			seen = most.Load()
		}
		<-goOn
		return database.catchUp(ctx, user, cursor)
	}
	n := startNode(t, NewMemoryBroker(), options)
	var pages []*page
	for user := range int64(3 * catchUpsAtOnce) {
		pages = append(pages, n.open(t, user, user, "e1.0"))
	}
	eventually(t, "all are here", func() bool { return n.Count() == len(pages) && running.Load() == catchUpsAtOnce })
	close(goOn)
	for _, p := range pages {
		p.settle()
	}
	require.Equal(t, int64(catchUpsAtOnce), most.Load())
}

func TestReconcileFindsUnpublishedChanges(t *testing.T) {
	database := newFixture()
	options := database.options()
	options.ReconcileEvery = 50 * time.Millisecond
	n := startNode(t, NewMemoryBroker(), options)
	p := n.open(t, alice, 1, "").settle()
	database.write(alice, 0)
	p.has(1, 1)
}

// A standby that takes over may lack what was committed last, and pages have shown it already.
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
	database.set(func(w *fixture) { w.rows[alice] = w.rows[alice][:1] })
	p.wait("the database's word", func() bool { return p.cursor.Version == 1 })
	p.wait("a snapshot", p.contains("<snapshot>"))
	n.Publish(t.Context(), database.write(alice, 0))
	p.wait("what comes next", func() bool { return p.cursor.Version == 2 })
	require.NotContains(t, other.text, "<snapshot>")
	before, caughtUp := checks.Load(), n.Stats().CatchUps[Overdue].Load()
	require.Eventually(t, func() bool { return checks.Load() > before+10 }, patience, time.Millisecond)
	require.Equal(t, caughtUp, n.Stats().CatchUps[Overdue].Load(), "pages that are where the database is have peace")
}

func TestReconcileFindsDeadSessions(t *testing.T) {
	database := newFixture()
	options := database.options()
	options.ReconcileEvery = 50 * time.Millisecond
	n := startNode(t, NewMemoryBroker(), options)
	dead, living := n.open(t, alice, 1, "").settle(), n.open(t, alice, 2, "").settle()
	database.set(func(w *fixture) { w.dead[1] = true })
	dead.closed(CloseSignedOut)
	n.Publish(t.Context(), database.write(alice, 0))
	living.has(1, 1)
}
