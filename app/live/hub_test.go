package live

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/stretchr/testify/require"
)

const alice, bob = 1, 2

// quiet disables reconciling, for tests that must pass without it.
func quiet(options Options) Options {
	options.ReconcileEvery = time.Hour
	return options
}

func TestFragmentsArriveOnEveryPageInOrder(t *testing.T) {
	database := newFixture()
	n := startNode(t, NewMemoryBroker(), quiet(database.options()))
	desk, phone, other := n.open(t, alice, 1, "").settle(), n.open(t, alice, 2, "").settle(), n.open(t, bob, 3, "").settle()

	for range 100 {
		n.Publish(t.Context(), database.write(alice, 0))
	}
	n.Publish(t.Context(), database.write(bob, 0))
	desk.has(1, 100)
	phone.has(1, 100)
	other.has(1, 1)
	require.Equal(t, 3, n.Count())
	require.True(t, n.Here(alice))
	require.False(t, n.Here(99))
}

func TestFragmentsPublishedOutOfOrder(t *testing.T) {
	database := newFixture()
	n := startNode(t, NewMemoryBroker(), quiet(database.options()))
	p := n.open(t, alice, 1, "").settle()
	before := database.catchUps.Load()

	first, second, third := database.write(alice, 0), database.write(alice, 0), database.write(alice, 0)
	n.Publish(t.Context(), third, second, second, first, first, third)
	p.has(1, 3)
	require.Equal(t, before, database.catchUps.Load(), "nothing was missing")
}

func TestParallelPublishers(t *testing.T) {
	database := newFixture()
	n := startNode(t, NewMemoryBroker(), quiet(database.options()))
	p := n.open(t, alice, 1, "").settle()
	var senders sync.WaitGroup
	for range 20 {
		senders.Go(func() {
			for range 50 {
				n.Publish(t.Context(), database.write(alice, 0))
			}
		})
	}
	senders.Wait()
	p.has(1, 1000)
}

func TestGapIsReadFromDatabase(t *testing.T) {
	database := newFixture()
	n := startNode(t, NewMemoryBroker(), quiet(database.options()))
	p := n.open(t, alice, 1, "").settle()

	n.Publish(t.Context(), database.write(alice, 0))
	database.write(alice, 0) // not published
	n.Publish(t.Context(), database.write(alice, 0))
	p.has(1, 3)

	old := Fragment{User: alice, From: 0, To: 2, Body: []byte("<p>old</p>")}
	n.Publish(t.Context(), old, database.write(alice, 0))
	p.has(1, 4)
	require.NotContains(t, p.text, "old")
}

func TestReconnectCatchesUp(t *testing.T) {
	database := newFixture()
	n := startNode(t, NewMemoryBroker(), quiet(database.options()))
	for range 5 {
		database.write(alice, 7)
	}
	p := n.open(t, alice, 1, "e1.3.7.3.1")
	p.has(4, 5)
	p.wait("the conversation", func() bool { return p.cursor == Cursor{"e1", 5, 7, 5, 1} })

	fresh := n.open(t, alice, 1, "")
	fresh.wait("the present", func() bool { return fresh.cursor.Version == 5 })
	require.Empty(t, fresh.rows)
}

func TestAnotherEpochGetsASnapshot(t *testing.T) {
	database := newFixture()
	n := startNode(t, NewMemoryBroker(), quiet(database.options()))
	database.write(alice, 0)
	p := n.open(t, alice, 1, "e0.900")
	p.has(1, 1)
	p.wait("a snapshot", p.contains("<snapshot>"))
	require.Equal(t, Cursor{Epoch: "e1", Version: 1}, p.cursor)
}

func TestOpenPagesAfterRestore(t *testing.T) {
	database := newFixture()
	options := database.options()
	options.ReconcileEvery = 30 * time.Millisecond
	n := startNode(t, NewMemoryBroker(), options)
	database.write(alice, 0)
	p := n.open(t, alice, 1, "e1.0")
	p.has(1, 1)
	database.set(func(d *fixture) { d.epoch, d.rows[alice] = "e2", nil })
	p.wait("the other epoch", func() bool { return p.cursor == Cursor{Epoch: "e2"} })
}

func TestPageSendsItsCursor(t *testing.T) {
	database := newFixture()
	n := startNode(t, NewMemoryBroker(), quiet(database.options()))
	p := n.open(t, alice, 1, "").settle()
	for range 3 {
		n.Publish(t.Context(), database.write(alice, 7))
	}
	p.has(1, 3)

	p.send("e1.3.7.3.1")
	p.wait("the echo", func() bool { return p.cursor == Cursor{"e1", 3, 7, 3, 1} })
	require.Equal(t, []int64{1, 2, 3}, p.rows, "nothing was missing")

	p.send("e1.3.7.1.2")
	p.wait("the missed changes of the conversation", func() bool { return p.cursor == Cursor{"e1", 3, 7, 3, 2} && len(p.rows) == 5 })
	require.Equal(t, []int64{1, 2, 3, 2, 3}, p.rows)

	n.Publish(t.Context(), database.write(alice, 7), database.write(alice, 8))
	p.wait("marks of the open conversation only", func() bool { return p.cursor == Cursor{"e1", 5, 7, 4, 2} })

	p.send("e1.4")
	p.wait("the lost version", func() bool { return p.cursor == Cursor{Epoch: "e1", Version: 5} && len(p.rows) == 8 })
	require.Equal(t, int64(5), p.rows[7])

	p.send("e1.4000")
	n.Publish(t.Context(), database.write(alice, 7))
	p.wait("the next version", func() bool { return p.cursor.Version == 6 })
}

func TestHeartbeat(t *testing.T) {
	database := newFixture()
	options := quiet(database.options())
	options.Heartbeat = 50 * time.Millisecond
	n := startNode(t, NewMemoryBroker(), options)
	p := n.open(t, alice, 1, "").settle()
	p.wait("heartbeats", func() bool { return p.pings >= 3 && p.cursors >= 4 })
	require.Empty(t, p.rows)
}

func TestSilentPeerIsDisconnected(t *testing.T) {
	database := newFixture()
	n := startNode(t, NewMemoryBroker(), quiet(database.options()), func(h *Hub) { h.patience = 50 * time.Millisecond })
	n.dial(t, alice, 1, "")
	eventually(t, "the socket ends", func() bool { return n.Count() == 0 })
}

func TestPingIsAnswered(t *testing.T) {
	database := newFixture()
	n := startNode(t, NewMemoryBroker(), quiet(database.options()))
	p := n.dial(t, alice, 1, "")
	pong := make(chan string, 1)
	p.conn.SetPongHandler(func(payload string) error { pong <- payload; return nil })
	go p.read()
	require.NoError(t, p.conn.WriteControl(websocket.PingMessage, []byte("ping"), time.Now().Add(patience)))
	select {
	case payload := <-pong:
		require.Equal(t, "ping", payload)
	case <-time.After(patience):
		t.Fatal("no pong")
	}
}

func TestPeerClosesInOrder(t *testing.T) {
	database := newFixture()
	n := startNode(t, NewMemoryBroker(), quiet(database.options()))
	p := n.open(t, alice, 1, "").settle()
	bye := websocket.FormatCloseMessage(websocket.CloseGoingAway, "")
	require.NoError(t, p.conn.WriteControl(websocket.CloseMessage, bye, time.Now().Add(patience)))
	p.closed(websocket.CloseGoingAway)
	eventually(t, "the socket ends", func() bool { return n.Count() == 0 && !n.Here(alice) })
}

func TestInvalidMessagesCloseOnlyTheirSocket(t *testing.T) {
	database := newFixture()
	n := startNode(t, NewMemoryBroker(), quiet(database.options()))
	good := n.open(t, bob, 9, "").settle()
	for name, bad := range map[string]struct {
		kind int
		text string
		code int
	}{
		"not a cursor": {websocket.TextMessage, "hello", websocket.ClosePolicyViolation},
		"not UTF-8":    {websocket.TextMessage, "\xff\xfe", websocket.CloseInvalidFramePayloadData},
		"binary":       {websocket.BinaryMessage, "e1.0", websocket.CloseUnsupportedData},
		"giant":        {websocket.TextMessage, strings.Repeat("1", 8<<10), websocket.CloseMessageTooBig},
	} {
		t.Run(name, func(t *testing.T) {
			p := n.open(t, alice, 1, "").settle()
			require.NoError(t, p.conn.WriteMessage(bad.kind, []byte(bad.text)))
			p.closed(bad.code)
		})
	}
	eventually(t, "the bad sockets end", func() bool { return n.Count() == 1 })
	n.Publish(t.Context(), database.write(bob, 0))
	good.has(1, 1)
}

func TestFragmentsOfEverySize(t *testing.T) {
	database := newFixture()
	n := startNode(t, NewMemoryBroker(), quiet(database.options()))
	p := n.open(t, alice, 1, "").settle()
	sizes := []int{0, 1, 20, 125, 126, 1000, 65_400, 65_535, 65_536, 200_000}
	want := 0
	for i, size := range sizes {
		f := database.write(alice, 0)
		f.Body = append([]byte(strings.Repeat("x", size)), f.Body...)
		want += size
		n.Publish(t.Context(), f)
		p.has(1, int64(i)+1)
	}
	require.Equal(t, want, strings.Count(strings.ReplaceAll(p.text, "hx-", ""), "x"))
}

func TestRefuse(t *testing.T) {
	database := newFixture()
	n := startNode(t, NewMemoryBroker(), quiet(database.options()))
	p := n.dial(t, alice, -1, "")
	p.send("e1.0") // pages send a cursor as soon as they are connected
	go p.read()
	p.closed(CloseSignedOut)
}

func TestDrain(t *testing.T) {
	database := newFixture()
	n := startNode(t, NewMemoryBroker(), quiet(database.options()))
	var pages []*page
	for i := range int64(60) {
		pages = append(pages, n.open(t, i, i, "").settle())
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	n.Drain(ctx)
	require.NoError(t, ctx.Err())
	require.Zero(t, n.Count())
	for _, p := range pages {
		p.closed(CloseRestart)
	}
	n.open(t, alice, 1, "").closed(CloseRestart)
}

func TestDrainDisconnectsUnresponsivePeer(t *testing.T) {
	database := newFixture()
	n := startNode(t, NewMemoryBroker(), quiet(database.options()))
	n.dial(t, alice, 1, "")
	eventually(t, "the page is connected", func() bool { return n.Here(alice) })
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	n.Drain(ctx)
	require.Zero(t, n.Count())
}
