package live

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/stretchr/testify/require"
)

// passingPart shows something under a key.
func passingPart(user int64, key, text string) Fragment {
	return Fragment{User: user, Parts: []Part{{key, []byte("<i>" + text + "</i>")}}}
}

func (p *page) shows(text string) {
	p.t.Helper()
	p.wait(text, func() bool { return strings.Contains(p.text, text) })
}

func (p *page) sends(text string) {
	p.t.Helper()
	require.NoError(p.t, p.conn.WriteMessage(websocket.TextMessage, []byte(text)))
}

func (p *page) position() Cursor {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cursor
}

func TestPassingFragmentsMoveNoCursor(t *testing.T) {
	onEveryBroker(t, func(t *testing.T, broker func() Broker) {
		database := newFixture()
		one, two := startPair(t, database, broker)
		here, there, bobs := one.open(t, alice, 1, "").settle(), two.open(t, alice, 2, "").settle(), two.open(t, bob, 3, "").settle()
		one.awaitSubscribed(t, database, here, there)
		two.awaitSubscribed(t, database, here, there)
		before := here.position()
		one.Pass(passingPart(alice, "a", "types"))
		here.shows("<i>types</i>")
		there.shows("<i>types</i>")
		require.Equal(t, before, here.position())
		two.PassHere(passingPart(alice, "b", "only there"))
		there.shows("<i>only there</i>")
		f := database.write(alice, 0)
		one.Publish(t.Context(), f, database.write(bob, 0))
		here.wait("the change", func() bool { return here.cursor.Version == f.To })
		there.wait("the change", func() bool { return there.cursor.Version == f.To })
		bobs.has(1, 1)
		here.note(func() { require.NotContains(t, here.text, "only there") })
		bobs.note(func() { require.NotContains(t, bobs.text, "types") })
	})
}

// What passes is dropped where there is no room, the oldest first, and displaces nothing that stays.
func TestPassingFragmentsAreDroppedFirst(t *testing.T) {
	h := NewHub(NewMemoryBroker(), newFixture().options())
	c := &client{hub: h, user: alice, catching: true}
	f := &Fragment{User: alice, From: 0, To: 1, Body: paragraph(1)}
	c.writing = true // no writer may run
	c.offer(f)
	for n := range maxPassing + 5 {
		c.pass(passing(passingPart(alice, fmt.Sprint(n), fmt.Sprint(n))))
	}
	require.Len(t, c.passing, maxPassing)
	require.Equal(t, "5", c.passing[0].Parts[0].Key)
	require.EqualValues(t, 5, h.stats.Passed.Load())
	require.Equal(t, []*Fragment{f}, c.inbox)
	c.pass(passing(passingPart(alice, "7", "again")))
	require.Len(t, c.passing, maxPassing, "the last of those that show the same")
	require.EqualValues(t, 5, h.stats.Passed.Load())
	require.Empty(t, c.composePassing(nil), "a page that catches up gets nothing that passes")

	for range passingQueue + 3 {
		h.Pass(passingPart(bob, "a", "types"))
		h.arrived(encodeFragment(passing(passingPart(bob, "a", "types"))))
	}
	require.EqualValues(t, 5+6, h.stats.Passed.Load())
	require.Zero(t, h.stats.Lost.Load())
	require.Empty(t, h.missed, "no page has to catch up for it")
	require.Empty(t, h.outgoing)
	require.Empty(t, h.incoming)
}

// A node of the release before reads a passing fragment as one that every page has.
func TestPassingPacketIsAKnownFragment(t *testing.T) {
	packet := encodeFragment(passing(passingPart(alice, "a", "types")))
	message, err := decode(packet)
	require.NoError(t, err)
	require.EqualValues(t, 0, message.fragment.To)
	require.True(t, isPassing(packet))
	require.False(t, isPassing(encodeFragment(&Fragment{User: alice, From: 0, To: 1})))
	require.False(t, isPassing(encodeSessionEnded(sessionEnded{user: alice})))
	require.False(t, isPassing(nil))
}

func TestSigns(t *testing.T) {
	database := newFixture()
	options := database.options()
	var mu sync.Mutex
	heard := map[Sign]int{}
	count := func(s Sign) int {
		mu.Lock()
		defer mu.Unlock()
		return heard[s]
	}
	options.Sign = func(user int64, s Sign) {
		mu.Lock()
		defer mu.Unlock()
		if user == alice {
			heard[s]++
		}
	}
	n := startNode(t, NewMemoryBroker(), options)
	p := n.open(t, alice, 1, "e1.0.7.0.1").settle()
	p.shows(`hx-target="#hears"`)
	eventually(t, "the open conversation", func() bool { return count(Sign{Open, 7}) == 1 })
	require.Equal(t, map[View]bool{{alice, 7}: true}, n.Views())
	p.sends("visible")
	eventually(t, "a visible page", func() bool { return len(n.VisibleSince(time.Now().Add(-time.Minute))) == 1 })
	require.True(t, n.Visible(alice, time.Now().Add(-time.Minute)))
	require.False(t, n.Visible(alice, time.Now()), "said too long ago")
	require.False(t, n.Visible(alice+1, time.Now().Add(-time.Minute)))
	p.sends("hidden")
	eventually(t, "a hidden page", func() bool { return len(n.VisibleSince(time.Now().Add(-time.Minute))) == 0 })
	for range 10 {
		p.sends("typing.7")
	}
	p.sends("typed.7")
	eventually(t, "the end of the typing", func() bool { return count(Sign{Typed, 7}) == 1 })
	require.Equal(t, typingRate.burst, count(Sign{Typing, 7}), "more is not heard")
	p.sends("typing.x")
	p.closed(closePolicy)
}

func TestSignsWithoutAHearer(t *testing.T) {
	n := startNode(t, NewMemoryBroker(), newFixture().options())
	p := n.open(t, alice, 1, "").settle()
	p.note(func() { require.NotContains(t, p.text, "hears") })
	p.sends("typing.7")
	p.closed(closePolicy)
}

func TestRoster(t *testing.T) {
	onEveryBroker(t, func(t *testing.T, broker func() Broker) {
		database := newFixture()
		one, two := startPair(t, database, broker)
		one.open(t, alice, 1, "").settle() // a server that stops before it listens would listen for good
		two.open(t, alice, 2, "").settle()
		now := time.Now().Truncate(time.Millisecond)
		require.NoError(t, one.Refresh(t.Context(), map[int64]time.Time{1: now, 2: now.Add(-time.Minute), 3: now.Add(-2 * rosterLife)}))
		require.NoError(t, two.Refresh(t.Context(), map[int64]time.Time{1: now.Add(-time.Second), 4: now}))
		for _, n := range []*node{one, two} {
			seen, err := n.Seen(t.Context(), []int64{1, 2, 3, 4, 5})
			require.NoError(t, err)
			require.Len(t, seen, 3)
			for user, at := range map[int64]time.Time{1: now, 2: now.Add(-time.Minute), 4: now} {
				require.True(t, at.Equal(seen[user]), "%d: %v", user, seen[user])
			}
		}
	})
}
