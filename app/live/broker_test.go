package live

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"dchat/test/services"

	"github.com/stretchr/testify/require"
)

// brokers are the kinds of bus. Each returns a function that connects one more node.
var brokers = map[string]func(t *testing.T) func() Broker{
	"memory": func(*testing.T) func() Broker {
		bus := NewMemoryBroker()
		return func() Broker { return bus.Node() }
	},
	"redis": func(t *testing.T) func() Broker {
		server := services.Redis(t)
		return func() Broker { return redisBroker(t, server.URL) }
	},
	"cluster": func(t *testing.T) func() Broker {
		cluster := services.NewRedisCluster(t, false)
		return func() Broker { return redisBroker(t, cluster.URL) }
	},
}

func redisBroker(t *testing.T, address string) *RedisBroker {
	t.Helper()
	broker, err := NewRedisBroker(address, "test")
	require.NoError(t, err)
	return broker
}

func onEveryBroker(t *testing.T, test func(t *testing.T, node func() Broker)) {
	for name, open := range brokers {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

// listener is a node of a broker and the payloads it has received.
type listener struct {
	Broker
	received chan string
	missed   atomic.Int64
}

func listen(t *testing.T, broker Broker, buckets ...int) *listener {
	t.Helper()
	l := &listener{Broker: broker, received: make(chan string, 10_000)}
	for _, n := range buckets {
		broker.Subscribe(n)
	}
	receive := func(payload []byte) { l.received <- string(payload) }
	require.NoError(t, broker.Start(receive, func() { l.missed.Add(1) }))
	t.Cleanup(broker.Close)
	eventually(t, "the broker is healthy", broker.Healthy)
	return l
}

// awaitDelivery publishes until the listener receives it, which shows that its subscription is active. No
// other packets may be in flight.
func (l *listener) awaitDelivery(t *testing.T, other *listener, bucket int) {
	t.Helper()
	try := 0
	eventually(t, "a packet arrives", func() bool {
		try++
		if l.Publish(t.Context(), Packet{bucket, fmt.Appendf(nil, "try %d", try)}) != nil {
			return false
		}
		for deadline := time.After(50 * time.Millisecond); ; {
			select {
			case payload := <-other.received:
				if payload == fmt.Sprintf("try %d", try) {
					return true
				}
			case <-deadline:
				return false
			}
		}
	})
}

func (l *listener) next(t *testing.T) string {
	t.Helper()
	select {
	case payload := <-l.received:
		return payload
	case <-time.After(patience):
		t.Fatal("no packet is received")
		return ""
	}
}

func TestBrokerKeepsTheOrder(t *testing.T) {
	onEveryBroker(t, func(t *testing.T, node func() Broker) {
		a, b := listen(t, node()), listen(t, node(), 1, 2)
		a.awaitDelivery(t, b, 1)
		for i := 0; i < 1000; i += 2 {
			require.NoError(t, a.Publish(t.Context(),
				Packet{1, []byte(strconv.Itoa(i))}, Packet{2, []byte(strconv.Itoa(i + 1))}))
		}
		next := [2]int{0, 1} // of each bucket
		for range 1000 {
			n, err := strconv.Atoi(b.next(t))
			require.NoError(t, err)
			require.Equal(t, next[n%2], n)
			next[n%2] += 2
		}
	})
}

func TestBrokerCarriesAnyBytes(t *testing.T) {
	onEveryBroker(t, func(t *testing.T, node func() Broker) {
		a, b := listen(t, node()), listen(t, node(), 0, Buckets-1)
		a.awaitDelivery(t, b, 0)
		for _, payload := range []string{"", "\x00\xff\r\n$5", strings.Repeat("long", 1<<18)} {
			require.NoError(t, a.Publish(t.Context(), Packet{Buckets - 1, []byte(payload)}))
			require.Equal(t, payload, b.next(t))
		}
	})
}

func TestBrokerSubscriptions(t *testing.T) {
	onEveryBroker(t, func(t *testing.T, node func() Broker) {
		a, b := listen(t, node()), listen(t, node(), 1)
		a.awaitDelivery(t, b, 1)
		for range 3 {
			b.Subscribe(2)
			b.Unsubscribe(3)
		}
		a.awaitDelivery(t, b, 2)
		b.Unsubscribe(2)
		b.Unsubscribe(2)
		b.Subscribe(4)
		a.awaitDelivery(t, b, 4) // so the earlier unsubscription is done too
		require.NoError(t, a.Publish(t.Context(), Packet{2, []byte("two")}, Packet{3, []byte("three")}, Packet{1, []byte("one")}))
		require.Equal(t, "one", b.next(t))
	})
}

// More packets are pending for the bucket than a subscription holds; the connection keeps serving the other buckets.
func TestBrokerUnsubscribesFromABusyBucket(t *testing.T) {
	for name, open := range brokers {
		if name == "memory" { // calls receive at once
			continue
		}
		t.Run(name, func(t *testing.T) {
			node := open(t)
			a, b := listen(t, node()), &listener{Broker: node(), received: make(chan string, 10_000)}
			t.Cleanup(b.Close)
			b.Subscribe(1)
			b.Subscribe(2)
			busy, proceed := make(chan struct{}, 10_000), make(chan struct{})
			require.NoError(t, b.Start(func(payload []byte) {
				if string(payload) == "many" {
					busy <- struct{}{}
					<-proceed
				}
				b.received <- string(payload)
			}, func() { b.missed.Add(1) }))
			a.awaitDelivery(t, b, 1)
			a.awaitDelivery(t, b, 2)
			missed := b.missed.Load()
			packets := slices.Repeat([]Packet{{1, []byte("many")}}, 2000)
			require.NoError(t, a.Publish(t.Context(), packets...))
			<-busy
			b.Unsubscribe(1)
			close(proceed)
			a.awaitDelivery(t, b, 2)
			require.Equal(t, missed, b.missed.Load(), "there was no outage")
			require.True(t, b.Healthy())
		})
	}
}

func TestBrokerCloses(t *testing.T) {
	onEveryBroker(t, func(t *testing.T, node func() Broker) {
		a, b := listen(t, node()), listen(t, node(), 1)
		a.awaitDelivery(t, b, 1)
		b.Close()
		require.NoError(t, a.Publish(t.Context(), Packet{1, []byte("too late")}))
		require.Empty(t, b.received)
	})
}

func TestRedisRestarts(t *testing.T) {
	server := services.Redis(t)
	a, b := listen(t, redisBroker(t, server.URL)), listen(t, redisBroker(t, server.URL), 1)
	a.awaitDelivery(t, b, 1)
	missed := b.missed.Load()

	server.Stop()
	eventually(t, "the outage is noticed", func() bool { return !a.Healthy() && !b.Healthy() && b.missed.Load() > missed })
	begin := time.Now()
	require.ErrorIs(t, a.Publish(t.Context(), Packet{1, []byte("lost")}), ErrBrokerDown)
	require.Less(t, time.Since(begin), time.Second, "publishing fails fast")
	b.Subscribe(2)
	missed = b.missed.Load()

	server.Start()
	eventually(t, "both are connected", func() bool { return a.Healthy() && b.Healthy() && b.missed.Load() > missed })
	for n := 1; n <= 2; n++ {
		require.NoError(t, a.Publish(t.Context(), Packet{n, []byte("again")}))
		require.Equal(t, "again", b.next(t), "the first packet after the outage, bucket %d", n)
	}
}

func TestRedisMissingAtStart(t *testing.T) {
	server := services.Redis(t)
	server.Stop()
	broker := redisBroker(t, server.URL)
	require.NoError(t, broker.Start(func([]byte) {}, func() {}))
	require.False(t, broker.Healthy())
	require.ErrorIs(t, broker.Publish(t.Context(), Packet{1, nil}), ErrBrokerDown)
	server.Start()
	eventually(t, "Redis is found", broker.Healthy)
	broker.Close()
	require.False(t, broker.Healthy())
}

func TestRedisURL(t *testing.T) {
	for _, address := range []string{"", "localhost", "http://localhost", "redis://:secret@host:port", "redis://:secret@host/x", "redis://:secret@h ost"} {
		_, err := NewRedisBroker(address, "test")
		require.Error(t, err, address)
		require.NotContains(t, err.Error(), "secret")
	}
}
