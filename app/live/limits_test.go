package live

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The pages of one user do not take all catch-ups.
func TestCatchUpLimitPerUser(t *testing.T) {
	database := newFixture()
	options := quiet(database.options())
	var running, most atomic.Int64
	proceed := make(chan struct{})
	options.CatchUp = func(ctx context.Context, user int64, cursor Cursor) ([]Fragment, error) {
		if user == alice {
			now := running.Add(1)
			defer running.Add(-1)
			for seen := most.Load(); now > seen && !most.CompareAndSwap(seen, now); {
				seen = most.Load()
			}
			<-proceed
		}
		return database.catchUp(ctx, user, cursor)
	}
	n := startNode(t, NewMemoryBroker(), options)
	var pages []*page
	for range maxSockets {
		pages = append(pages, n.open(t, alice, 1, "e1.0"))
	}
	eventually(t, "they are catching up", func() bool { return n.Count() == maxSockets && running.Load() == catchUpsOfOne })
	database.write(bob, 0)
	n.open(t, bob, 2, "e1.0").has(1, 1)
	close(proceed)
	for _, p := range pages {
		p.settle()
	}
	require.EqualValues(t, catchUpsOfOne, most.Load())
	eventually(t, "the pool has removed them", func() bool {
		n.catchUps.mu.Lock()
		defer n.catchUps.mu.Unlock()
		return len(n.catchUps.people) == 0
	})
}

// A new page replaces the one that has been silent longest, which must not reconnect at once.
func TestSocketLimitPerUser(t *testing.T) {
	database := newFixture()
	n := startNode(t, NewMemoryBroker(), quiet(database.options()))
	var pages []*page
	for range maxSockets {
		pages = append(pages, n.open(t, alice, 1, "").settle())
	}
	other := n.open(t, bob, 2, "").settle()
	pages[0].send("e1.0.7.0.1") // not silent: the page is in use
	pages[0].wait("the echo", func() bool { return pages[0].cursor.Gen == 1 })
	for range 10 {
		pages = append(pages, n.open(t, alice, 1, "").settle())
	}
	for _, p := range pages[1:11] {
		p.closed(CloseTooMany)
	}
	eventually(t, "their sockets have ended", func() bool { return n.Count() == maxSockets+1 })
	n.Publish(t.Context(), database.write(alice, 0), database.write(bob, 0))
	other.has(1, 1)
	for i, p := range pages {
		if i == 0 || i > 10 {
			p.has(1, 1)
		}
	}
}

// A page sends a cursor whenever it opens a pane. Many cursors share one answer, and too many end the socket.
func TestCursorRateLimit(t *testing.T) {
	database := newFixture()
	n := startNode(t, NewMemoryBroker(), quiet(database.options()))
	p, other := n.open(t, alice, 1, "").settle(), n.open(t, bob, 2, "").settle()
	before := database.catchUps.Load()
	for gen := range 150 {
		p.send(fmt.Sprintf("e1.0.7.0.%d", gen+1))
	}
	p.wait("the echo of the last", func() bool { return p.cursor.Gen == 150 })
	require.Less(t, database.catchUps.Load()-before, int64(50), "cursors share their answers")
	for gen := range 500 {
		_ = p.conn.WriteMessage(1, fmt.Appendf(nil, "e1.0.7.0.%d", gen+1)) // fails once the socket is closed
	}
	p.closed(CloseBusy)
	n.Publish(t.Context(), database.write(bob, 0))
	other.has(1, 1)
}

func TestMeter(t *testing.T) {
	r := rate{3, time.Second}
	var m meter
	now := time.Unix(1_000_000, 0)
	for range 3 {
		require.LessOrEqual(t, m.next(r, now), time.Duration(0))
	}
	require.Equal(t, time.Second, m.next(r, now))
	require.LessOrEqual(t, m.next(r, now.Add(2*time.Second)), time.Duration(0))
	require.Equal(t, time.Second, m.next(r, now.Add(2*time.Second)))
	require.LessOrEqual(t, m.next(r, now.Add(time.Hour)), time.Duration(0))
}
