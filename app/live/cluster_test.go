package live

import (
	"fmt"
	"strconv"
	"testing"

	"dchat/test/services"

	"github.com/stretchr/testify/require"
)

// clusterPair is two brokers on a Cluster. The second listens to a bucket of each shard; place is which.
func clusterPair(t *testing.T, replicas bool) (cluster *services.RedisCluster, a, b *listener, place map[int]int) {
	t.Helper()
	cluster = services.NewRedisCluster(t, replicas)
	place = make(map[int]int)
	for n := 0; len(place) < len(cluster.Masters); n++ {
		shard := services.MasterOf(slotOf(t, cluster, n))
		if _, has := place[shard]; !has {
			place[shard] = n
		}
	}
	b = listen(t, redisBroker(t, cluster.URL), place[0], place[1], place[2])
	a = listen(t, redisBroker(t, cluster.URL))
	a.awaitDelivery(t, b, place[0])
	return cluster, a, b, place
}

func slotOf(t *testing.T, cluster *services.RedisCluster, bucket int) int {
	t.Helper()
	answer, err := cluster.Masters[0].Ask(fmt.Sprintf("CLUSTER KEYSLOT dchat:test:{%d}", bucket))
	require.NoError(t, err)
	slot, err := strconv.Atoi(answer)
	require.NoError(t, err)
	return slot
}

// Each packet goes through the one shard that has its bucket, not through all of them.
func TestClusterPublishesToOneShard(t *testing.T) {
	cluster, a, b, place := clusterPair(t, false)
	for shard, n := range place {
		a.awaitDelivery(t, b, n)
		channels, err := cluster.Masters[shard].Ask(fmt.Sprintf("PUBLISH dchat:test:{%d} x", n))
		require.NoError(t, err)
		require.Equal(t, "0", channels, "no subscription is broadcast to the whole Cluster")
	}
}

func TestClusterMovesASlot(t *testing.T) {
	cluster, a, b, place := clusterPair(t, false)
	for shard, n := range place {
		a.awaitDelivery(t, b, n)
		missed := b.missed.Load()
		cluster.Move(t, slotOf(t, cluster, n), (shard+1)%len(cluster.Masters))
		eventually(t, "the subscription has moved", func() bool { return b.missed.Load() > missed })
		a.awaitDelivery(t, b, n)
		require.True(t, b.Healthy())
	}
	b.Unsubscribe(place[0])
	b.Unsubscribe(place[1])
	a.awaitDelivery(t, b, place[2])
	require.NoError(t, a.Publish(t.Context(), Packet{place[0], []byte("unwanted")}, Packet{place[1], []byte("unwanted")}))
	a.awaitDelivery(t, b, place[2])
	require.Empty(t, b.received)
}

// The node in the URL fails, and its replica takes over.
func TestClusterFailsOver(t *testing.T) {
	cluster, a, b, place := clusterPair(t, true)
	missed := b.missed.Load()
	cluster.Masters[0].Stop()
	eventually(t, "the outage is noticed", func() bool { return !b.Healthy() && b.missed.Load() > missed })
	eventually(t, "the replica has taken over", b.Healthy)
	for _, n := range place {
		a.awaitDelivery(t, b, n)
	}
	cluster.Masters[0].Start() // as a replica now
	for _, n := range place {
		a.awaitDelivery(t, b, n)
	}
}

func TestClusterNodeRestarts(t *testing.T) {
	cluster, a, b, place := clusterPair(t, false)
	missed := b.missed.Load()
	cluster.Masters[1].Stop()
	eventually(t, "the outage is noticed", func() bool { return !b.Healthy() && b.missed.Load() > missed })
	cluster.Masters[1].Start()
	eventually(t, "the node is back", b.Healthy)
	for _, n := range place {
		a.awaitDelivery(t, b, n)
	}
}

// Two installations on one Redis use the same user ids, and must not receive each other's packets.
func TestInstallationsOnOneRedisAreSeparate(t *testing.T) {
	for name, address := range map[string]string{"redis": services.Redis(t).URL, "cluster": services.NewRedisCluster(t, false).URL} {
		t.Run(name, func(t *testing.T) {
			stranger, err := NewRedisBroker(address, "other")
			require.NoError(t, err)
			other := listen(t, stranger, 1)
			a, b := listen(t, redisBroker(t, address), 1), listen(t, redisBroker(t, address), 1)
			a.awaitDelivery(t, b, 1)
			other.awaitDelivery(t, other, 1)
			a.awaitDelivery(t, b, 1)
			require.Empty(t, other.received)
		})
	}
}
