package limit

import (
	"context"
	"log/slog"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWithoutRedisEachNodeCountsForItself(t *testing.T) {
	n := startRedis(t)
	n.Stop()
	l := n.start(t, askWithin)
	n.log.await(t, redisDown)
	require.Equal(t, 10, burst(t, l, ten, "ada"))

	n.Start()
	n.log.await(t, redisUp)
	other := n.limiter(t)
	require.Equal(t, 10, burst(t, l, ten, "bob"))
	require.Zero(t, burst(t, other, ten, "bob"))

	n.Stop()
	require.Equal(t, 10, burst(t, l, ten, "eve"))
	require.Equal(t, 10, burst(t, other, ten, "eve"))
	n.log.await(t, redisDown)
	n.log.await(t, redisDown) // the other limiter's

	n.Start()
	n.log.await(t, redisUp)
	n.log.await(t, redisUp)
	require.Equal(t, 10, burst(t, l, ten, "dan"))
	require.Zero(t, burst(t, other, ten, "dan"))
	require.Empty(t, n.log)
}

func TestSlowRedis(t *testing.T) {
	n := startRedis(t)
	l := n.start(t, time.Second) // a busy machine must not look like a slow Redis
	require.Eventually(t, func() bool { return l.redis.client.Load() != nil }, patience, time.Millisecond)
	parallel(t, 100, l)
	require.NoError(t, n.do("CLIENT", "PAUSE", "600000", "WRITE").Error())

	began := time.Now()
	require.EqualValues(t, 50, parallel(t, 5000, l), "counted by the node: more than its queue holds")
	for i := range 1000 { // more than a minute if each waited for Redis
		require.Equal(t, 10, burst(t, l, ten, strconv.Itoa(i)))
	}
	require.Less(t, time.Since(began), patience)
	n.log.await(t, redisDown)

	require.NoError(t, n.do("CLIENT", "UNPAUSE").Error())
	n.log.await(t, redisUp)
	require.Equal(t, 10, burst(t, l, ten, "ada"), "counted by Redis")
	require.Empty(t, n.log)
}

func TestRedisThatCannotCountIsDown(t *testing.T) {
	n := startRedis(t)
	l := n.limiter(t)
	require.NoError(t, n.do("CONFIG", "SET", "maxmemory", "1").Error())
	require.Equal(t, 10, burst(t, l, ten, "ada"))
	n.log.await(t, redisDown)
	refusals := regexp.MustCompile(`errorstat_OOM:count=([3-9]|\d\d)`)
	require.Eventually(t, func() bool {
		stats, _ := n.do("INFO", "errorstats").ToString()
		return refusals.MatchString(stats)
	}, patience, time.Millisecond)
	require.Empty(t, n.log, "one line for one outage")
	require.NoError(t, n.do("CONFIG", "SET", "maxmemory", "0").Error())
	n.log.await(t, redisUp)
	require.Equal(t, 10, burst(t, l, ten, "ada"))
}

func TestCanceledRequestIsNotAnOutage(t *testing.T) {
	n := startRedis(t)
	l := n.limiter(t)
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	_, ok := l.Allow(canceled, ten, "ada")
	require.True(t, ok)
	require.Equal(t, 9, burst(t, n.limiter(t), ten, "ada"))
	require.Empty(t, n.log)
}

// A goroutine left by Close fails the whole package (goleak).
func TestClose(t *testing.T) {
	New(true).Close()
	n := startRedis(t)
	l := n.limiter(t)
	l.Close()
	l.Close()
	require.Eventually(t, func() bool { return strings.Count(n.clients(), "\n") == 1 }, patience, time.Millisecond)
	require.Equal(t, 10, burst(t, l, ten, "ada"))
	require.Empty(t, n.keys(t))

	l = n.limiter(t)
	require.NoError(t, n.do("CLIENT", "PAUSE", "600000", "WRITE").Error())
	var waiting sync.WaitGroup
	waiting.Go(func() { parallel(t, 100, l) })
	require.Eventually(t, func() bool { return strings.Contains(n.clients(), " flags=b ") }, patience, time.Millisecond)
	l.Close()
	waiting.Wait()

	n.Stop()
	down, err := NewRedis(n.URL, "", true, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	down.Close()
	require.Empty(t, n.log)
}
