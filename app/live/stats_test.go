package live

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Every catch-up is counted by its reason.
func TestCatchUpsAreCountedByReason(t *testing.T) {
	database := newFixture()
	options := database.options()
	options.ReconcileEvery = time.Hour
	n := startNode(t, NewMemoryBroker(), options)
	counts := func() (list [Reasons]int64) {
		for why := range list {
			list[why] = n.stats.CatchUps[why].Load()
		}
		return list
	}
	p := n.open(t, alice, 1, "").settle()
	n.open(t, bob, 2, "").settle()
	require.Equal(t, [Reasons]int64{Opened: 2}, counts())
	require.Equal(t, 2, n.People())

	p.send("e1.0")
	eventually(t, "the request is counted", func() bool { return counts()[Asked] == 1 })
	p.settle()
	n.Publish(t.Context(), database.write(alice, 0))
	p.has(1, 1)
	database.write(alice, 0) // not published
	n.Publish(t.Context(), database.write(alice, 0))
	p.has(1, 3)
	require.Equal(t, [Reasons]int64{Opened: 2, Asked: 1, Gap: 1}, counts())

	database.write(alice, 0)
	signal(n.missed) // reconciles at once
	p.has(1, 4)
	database.set(func(d *fixture) { d.down = true })
	p.send("e1.4")
	eventually(t, "a catch-up fails", func() bool { return counts()[Failed] > 0 })
	require.EqualValues(t, 1, counts()[Overdue])
	require.EqualValues(t, 2, counts()[Asked])
}

// The time from a commit to a socket is measured on the same node and on another one.
func TestDeliveriesAreTimed(t *testing.T) {
	onEveryBroker(t, func(t *testing.T, broker func() Broker) {
		database := newFixture()
		var here, far, wrong atomic.Int64
		options := quiet(database.options())
		options.Delivered = func(after time.Duration, bus bool) {
			count := &here
			if bus {
				count = &far
			}
			count.Add(1)
			if after < time.Minute || after > time.Minute+patience {
				wrong.Add(1)
			}
		}
		one, two := startNode(t, broker(), options), startNode(t, broker(), options)
		eventually(t, "the brokers are healthy", func() bool { return one.broker.Healthy() && two.broker.Healthy() })
		near, there := one.open(t, alice, 1, "").settle(), two.open(t, alice, 2, "").settle()
		for range 20 {
			f := database.write(alice, 0)
			f.At = time.Now().Add(-time.Minute)
			one.Publish(t.Context(), f)
		}
		near.has(1, 20)
		there.has(1, 20)
		written := 20
		eventually(t, "a fragment comes over the bus", func() bool { // until its node is subscribed, a page gets them from the database
			if far.Load() == 0 {
				f := database.write(alice, 0)
				f.At = time.Now().Add(-time.Minute)
				one.Publish(t.Context(), f)
				written++
			}
			return far.Load() > 0
		})
		near.has(1, int64(written))
		require.EqualValues(t, written, here.Load())
		require.Zero(t, wrong.Load())
	})
}
