package live

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// acks collects what pages acknowledge.
type acks struct {
	mu   sync.Mutex
	list [][3]int64
}

func (a *acks) add(user, after, upTo int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.list = append(a.list, [3]int64{user, after, upTo})
}

func (a *acks) all() [][3]int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.list
}

// ackNode is a node that collects acknowledgements, with a page that has three changes.
func ackNode(t *testing.T) (*fixture, *node, *page, *acks) {
	database, said := newFixture(), &acks{}
	options := quiet(database.options())
	options.Acknowledged = said.add
	n := startNode(t, NewMemoryBroker(), options)
	for range 3 {
		database.write(alice, 0)
	}
	p := n.open(t, alice, 1, "e1.0")
	p.has(1, 3)
	return database, n, p, said
}

func TestAcknowledgementsAreReportedOnce(t *testing.T) {
	database, _, p, said := ackNode(t)
	catchUps := database.catchUps.Load()
	p.send("ack.e1.2")
	p.send("ack.e1.1")
	p.send("ack.e1.2")
	p.send("ack.e1.99")
	eventually(t, "the acknowledgements", func() bool { return len(said.all()) == 2 })
	p.send("e1.3.7.0.5")
	p.wait("the answer to a cursor, after all else", func() bool { return p.cursor.Gen == 5 })
	require.Equal(t, [][3]int64{{alice, 0, 2}, {alice, 2, 3}}, said.all(), "a page has no more than it was sent")
	require.Equal(t, catchUps+1, database.catchUps.Load(), "only the cursor starts a catch-up")
}

func TestAcknowledgementsThatCountForNothing(t *testing.T) {
	_, _, p, said := ackNode(t)
	p.send("ack.e2.3")
	p.send("e1.3.7.0.5")
	p.wait("the answer to a cursor", func() bool { return p.cursor.Gen == 5 })
	require.Empty(t, said.all(), "of another database")
	p.send("ack.<b>.1")
	p.closed(closePolicy)
}

func TestAcknowledgementsTooFastAreLeftOut(t *testing.T) {
	database, n, p, said := ackNode(t)
	for version := int64(4); version < 24; version++ {
		n.Publish(n.ctx, database.write(alice, 0))
		p.has(1, version)
		p.send(Cursor{Epoch: ackPrefix + "e1", Version: version}.String())
	}
	p.send("e1.23.7.0.5")
	p.wait("the answer to a cursor", func() bool { return p.cursor.Gen == 5 })
	list := said.all()
	require.Less(t, len(list), 20)
	for i, ack := range list[1:] {
		require.Equal(t, list[i][2], ack[1], "what was left out is in the next")
	}
}
