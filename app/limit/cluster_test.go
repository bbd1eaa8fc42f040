package limit

import (
	"fmt"
	"testing"
	"time"

	"dchat/app/testkit"

	"github.com/stretchr/testify/require"
)

// The keys of people lie on all shards, and the URL names but one of them, which goes.
func TestNodesCountTogetherOnACluster(t *testing.T) {
	cluster := testkit.NewRedisCluster(t, true)
	n := &node{RedisServer: cluster.Masters[0], log: make(journal, 100)}
	one, two := n.limiter(t), n.limiter(t)
	together := func(name string) {
		for i := range 20 {
			person := fmt.Sprint(name, i)
			require.Equal(t, 10, burst(t, one, ten, person))
			require.Zero(t, burst(t, two, ten, person))
		}
	}
	together("ada")
	require.Empty(t, n.log)

	n.Stop()
	for _, l := range []*Limiter{one, two} {
		for i := 0; len(n.log) == 0; i++ { // until somebody's shard was the lost one
			_, ok := l.Allow(t.Context(), ten, fmt.Sprint("bob", i))
			require.True(t, ok, "nobody is locked out")
		}
		n.log.says(t, redisIs)
		n.log.says(t, redisWas)
	}
	require.Eventually(t, func() bool { return one.redis.client.Load() != nil && two.redis.client.Load() != nil }, patience, time.Millisecond)
	together("eve")
}
