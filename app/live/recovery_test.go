package live

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// flood writes and publishes fragments of 32 KiB: together more than a queue and the kernel hold.
func flood(n *node, database *fixture, user int64, count int) {
	padding := strings.Repeat(" ", 32<<10)
	for range count {
		f := database.write(user, 0)
		f.Body = append(f.Body, padding...)
		n.Publish(context.Background(), f)
	}
}

func TestSlowReaderCatchesUp(t *testing.T) {
	database := newFixture()
	n := startNode(t, NewMemoryBroker(), quiet(database.options()))
	slow, quick := n.dial(t, alice, 1, ""), n.open(t, alice, 2, "").settle()
	eventually(t, "both pages are connected", func() bool { return n.Count() == 2 && database.catchUps.Load() == 2 })

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
	require.Less(t, database.catchUps.Load(), int64(500), "a catch-up replaces many fragments")
}

func TestStuckReaderIsDisconnected(t *testing.T) {
	database := newFixture()
	n := startNode(t, NewMemoryBroker(), quiet(database.options()), func(h *Hub) { h.writeWait = 100 * time.Millisecond })
	n.dial(t, alice, 1, "")
	other := n.open(t, bob, 2, "").settle()
	eventually(t, "both pages are connected", func() bool { return n.Count() == 2 && database.catchUps.Load() == 2 })

	eventually(t, "the stuck socket ends", func() bool {
		flood(n, database, alice, 100)
		return n.Count() == 1
	})
	n.Publish(t.Context(), database.write(bob, 0))
	other.has(1, 1)
	require.EqualValues(t, 1, n.Stats().Dropped.Load(), "it is counted")
}

func TestSignOutClosesStuckReader(t *testing.T) {
	database := newFixture()
	n := startNode(t, NewMemoryBroker(), quiet(database.options()))
	n.dial(t, alice, 1, "")
	eventually(t, "the page is connected", func() bool { return n.Here(alice) && database.catchUps.Load() == 1 })
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
	database.set(func(d *fixture) { d.down = true })
	database.write(alice, 0)

	p := n.open(t, alice, 1, "e1.0")
	p.wait("heartbeats during the outage", func() bool { return p.cursors >= 5 && p.pings >= 5 })
	eventually(t, "the catch-up is retried", func() bool { return database.catchUps.Load() >= 2 })
	require.Equal(t, Cursor{Epoch: "e1"}, p.cursor)
	n.Publish(t.Context(), database.write(alice, 0))
	database.set(func(d *fixture) { d.down = false })
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

// A page that sends a new cursor while a catch-up for its old one is being read must not receive that answer.
func TestCursorChangesDuringCatchUp(t *testing.T) {
	database := newFixture()
	options := quiet(database.options())
	reading, proceed := make(chan Cursor, 10), make(chan struct{})
	options.CatchUp = func(ctx context.Context, user int64, cursor Cursor) ([]Fragment, error) {
		reading <- cursor
		<-proceed
		return database.catchUp(ctx, user, cursor)
	}
	n := startNode(t, NewMemoryBroker(), options)
	for range 4 {
		database.write(alice, 7)
	}
	p := n.open(t, alice, 1, "e1.4")
	require.Equal(t, Cursor{Epoch: "e1", Version: 4}, <-reading)
	p.send("e1.2.7.2.1")
	eventually(t, "the new cursor is received", func() (received bool) {
		n.each(alice, func(c *client) {
			c.mu.Lock()
			defer c.mu.Unlock()
			received = c.cursor.Gen == 1
		})
		return received
	})
	n.Publish(t.Context(), database.write(alice, 7))
	close(proceed)
	require.Equal(t, Cursor{"e1", 2, 7, 2, 1}, <-reading)
	p.has(3, 5)
	require.Equal(t, Cursor{"e1", 5, 7, 5, 1}, p.cursor)
	require.Equal(t, 1, p.cursors)
}

func TestCatchUpsAreLimited(t *testing.T) {
	database := newFixture()
	options := quiet(database.options())
	var running, most atomic.Int64
	proceed := make(chan struct{})
	options.CatchUp = func(ctx context.Context, user int64, cursor Cursor) ([]Fragment, error) {
		now := running.Add(1)
		defer running.Add(-1)
		for seen := most.Load(); now > seen && !most.CompareAndSwap(seen, now); {
			seen = most.Load()
		}
		<-proceed
		return database.catchUp(ctx, user, cursor)
	}
	n := startNode(t, NewMemoryBroker(), options)
	var pages []*page
	for user := range int64(3 * catchUpsAtOnce) {
		pages = append(pages, n.open(t, user, user, "e1.0"))
	}
	eventually(t, "all are connected", func() bool { return n.Count() == len(pages) && running.Load() == catchUpsAtOnce })
	close(proceed)
	for _, p := range pages {
		p.settle()
	}
	require.Equal(t, int64(catchUpsAtOnce), most.Load())
}
