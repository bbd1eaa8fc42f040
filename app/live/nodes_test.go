package live

import (
	"testing"
	"time"

	"dchat/test/services"

	"github.com/stretchr/testify/require"
)

// startPair is two nodes on one bus and one database.
func startPair(t *testing.T, database *fixture, broker func() Broker) (*node, *node) {
	t.Helper()
	one, two := startNode(t, broker(), quiet(database.options())), startNode(t, broker(), quiet(database.options()))
	eventually(t, "the brokers are healthy", func() bool { return one.broker.Healthy() && two.broker.Healthy() })
	return one, two
}

func TestTwoNodesDeliver(t *testing.T) {
	onEveryBroker(t, func(t *testing.T, broker func() Broker) {
		database := newFixture()
		one, two := startPair(t, database, broker)
		here, there, bobs := one.open(t, alice, 1, "").settle(), two.open(t, alice, 2, "").settle(), two.open(t, bob, 3, "").settle()
		for range 200 {
			one.Publish(t.Context(), database.write(alice, 0), database.write(bob, 0))
			two.Publish(t.Context(), database.write(alice, 0))
		}
		here.has(1, 400)
		there.has(1, 400)
		bobs.has(1, 200)
	})
}

func TestSessionsCloseOnEveryNode(t *testing.T) {
	onEveryBroker(t, func(t *testing.T, broker func() Broker) {
		database := newFixture()
		one, two := startPair(t, database, broker)
		a1, a2, a3 := one.open(t, alice, 1, "").settle(), two.open(t, alice, 1, "").settle(), two.open(t, alice, 2, "").settle()
		b1 := two.open(t, bob, 3, "").settle()
		one.awaitSubscribed(t, database, a1, a2, a3)

		one.CloseSession(1, alice)
		a1.closed(CloseSignedOut)
		a2.closed(CloseSignedOut)
		a4 := one.open(t, alice, 4, "").settle()
		two.awaitSubscribed(t, database, a3, a4)

		two.CloseSessions(alice, 2)
		a4.closed(CloseSignedOut)
		two.awaitSubscribed(t, database, a3)

		one.CloseSession(0, alice)
		a3.closed(CloseSignedOut)

		f := database.write(bob, 0)
		two.Publish(t.Context(), f)
		b1.has(1, 1)
	})
}

// awaitSubscribed waits until alice's pages on all nodes receive from this one.
func (n *node) awaitSubscribed(t *testing.T, database *fixture, pages ...*page) {
	t.Helper()
	eventually(t, "all pages receive from this node", func() bool {
		f := database.write(alice, 0)
		n.Publish(t.Context(), f)
		deadline := time.Now().Add(100 * time.Millisecond)
		for _, p := range pages {
			for !p.at(f.To) {
				if time.Now().After(deadline) {
					return false
				}
				time.Sleep(time.Millisecond)
			}
		}
		return true
	})
}

func (p *page) at(version int64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cursor.Version >= version
}

func TestRedisRestartsBetweenTwoNodes(t *testing.T) {
	server := services.Redis(t)
	database := newFixture()
	one, two := startPair(t, database, func() Broker { return redisBroker(t, server.URL) })
	here, there := one.open(t, alice, 1, "").settle(), two.open(t, alice, 2, "").settle()
	one.Publish(t.Context(), database.write(alice, 0))
	here.has(1, 1)
	there.has(1, 1)

	server.Stop()
	eventually(t, "the outage is noticed", func() bool { return !one.broker.Healthy() && !two.broker.Healthy() })
	one.Publish(t.Context(), database.write(alice, 0))
	here.has(1, 2)

	server.Start()
	there.has(1, 2)
	eventually(t, "the brokers are healthy", func() bool { return one.broker.Healthy() && two.broker.Healthy() })
	before := database.catchUps.Load()
	one.Publish(t.Context(), database.write(alice, 0))
	here.has(1, 3)
	there.has(1, 3)
	require.LessOrEqual(t, database.catchUps.Load(), before+1)
}

func TestReconcileWhileRedisIsDown(t *testing.T) {
	server := services.Redis(t)
	database := newFixture()
	one, two := startPair(t, database, func() Broker { return redisBroker(t, server.URL) })
	there := two.open(t, alice, 2, "").settle()
	server.Stop()
	eventually(t, "the outage is noticed", func() bool { return !one.broker.Healthy() && !two.broker.Healthy() })

	begin := time.Now()
	one.Publish(t.Context(), database.write(alice, 0))
	there.has(1, 1)
	require.Less(t, time.Since(begin), 5*time.Second)
}
