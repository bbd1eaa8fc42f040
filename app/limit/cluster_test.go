package limit

import (
	"fmt"
	"testing"
	"time"

	"dchat/test/services"

	"github.com/stretchr/testify/require"
)

// The keys are spread over all shards, and the URL names only one of them, which then fails.
func TestNodesCountTogetherOnACluster(t *testing.T) {
	cluster := services.NewRedisCluster(t, true)
	n := &node{RedisServer: cluster.Masters[0], log: make(journal, 100)}
	one, two := n.limiter(t), n.limiter(t)
	together := func(name string) bool {
		yes := true
		for i := range 20 {
			person := fmt.Sprint(name, i)
			first := burst(t, one, ten, person)
			require.GreaterOrEqual(t, first, 10, "no client is locked out")
			yes = burst(t, two, ten, person) == 0 && first == 10 && yes
		}
		return yes
	}
	require.True(t, together("ada"))
	require.Empty(t, n.log)

	n.Stop()
	try := 0
	require.Eventually(t, func() bool { try++; return together(fmt.Sprint("bob", try, " ")) }, patience, time.Millisecond)
}
