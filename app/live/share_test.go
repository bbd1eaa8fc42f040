package live

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// One person's pages, however many and however eager, leave catch-ups for the others.
func TestCatchUpLimitPerUser(t *testing.T) {
	database := newFixture()
	options := quiet(database.options())
	var running, most atomic.Int64
	goOn := make(chan struct{})
	options.CatchUp = func(ctx context.Context, user int64, cursor Cursor) ([]Fragment, error) {
		if user == alice {
			now := running.Add(1)
			defer running.Add(-1)
			for seen := most.Load(); now > seen && !most.CompareAndSwap(seen, now); {
				seen = most.Load()
			}
			<-goOn
		}
		return database.catchUp(ctx, user, cursor)
	}
	n := startNode(t, NewMemoryBroker(), options)
	var pages []*page
	for range maxSockets {
		pages = append(pages, n.open(t, alice, 1, "e1.0"))
	}
	eventually(t, "they catch up", func() bool { return n.Count() == maxSockets && running.Load() == catchUpsOfOne })
	database.write(bob, 0)
	n.open(t, bob, 2, "e1.0").has(1, 1)
	close(goOn)
	for _, p := range pages {
		p.settle()
	}
	require.EqualValues(t, catchUpsOfOne, most.Load())
	eventually(t, "the pool forgets them", func() bool {
		n.catchUps.mu.Lock()
		defer n.catchUps.mu.Unlock()
		return len(n.catchUps.people) == 0
	})
}

// The page that has said nothing for longest makes room for a new one, and is not invited back at once.
func TestSocketLimitPerUser(t *testing.T) {
	database := newFixture()
	n := startNode(t, NewMemoryBroker(), quiet(database.options()))
	var pages []*page
	for range maxSockets {
		pages = append(pages, n.open(t, alice, 1, "").settle())
	}
	other := n.open(t, bob, 2, "").settle()
	pages[0].say("e1.0.7.0.1") // it is looked at
	pages[0].wait("the echo", func() bool { return pages[0].cursor.Gen == 1 })
	for range 10 {
		pages = append(pages, n.open(t, alice, 1, "").settle())
	}
	for _, p := range pages[1:11] {
		p.closed(CloseTooMany)
	}
	eventually(t, "they are gone", func() bool { return n.Count() == maxSockets+1 })
	n.Publish(t.Context(), database.write(alice, 0), database.write(bob, 0))
	other.has(1, 1)
	for i, p := range pages {
		if i == 0 || i > 10 {
			p.has(1, 1)
		}
	}
}

// A page may tell its place as often as it opens panes. Many cursors share an answer, and too many end
// the socket.
func TestCursorRateLimit(t *testing.T) {
	database := newFixture()
	n := startNode(t, NewMemoryBroker(), quiet(database.options()))
	p, other := n.open(t, alice, 1, "").settle(), n.open(t, bob, 2, "").settle()
	before := database.catchUps.Load()
	for gen := range 150 {
		p.say(fmt.Sprintf("e1.0.7.0.%d", gen+1))
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
