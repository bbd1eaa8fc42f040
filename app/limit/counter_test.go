package limit

import (
	"context"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestNodesCountTogether(t *testing.T) {
	n := startRedis(t)
	one, two := n.limiter(t), n.limiter(t)
	require.EqualValues(t, 50, parallel(t, 1000, one, two))
	require.Equal(t, 10, burst(t, one, ten, "ada"))
	require.Zero(t, burst(t, two, ten, "ada"))
	n.name = "another DChat"
	require.Equal(t, 10, burst(t, n.limiter(t), ten, "ada"), "another installation on the same Redis counts separately")
	require.Empty(t, n.log)
}

// TestRedisMatchesMemory compares with the shard of a limiter in memory.
func TestRedisMatchesMemory(t *testing.T) {
	n := startRedis(t)
	l := n.limiter(t)
	person := 0
	rapid.Check(t, func(t *rapid.T) {
		const step = time.Hour // far more than the test takes
		rule := Rule{"any", 0, rapid.IntRange(1, 7).Draw(t, "burst")}
		rule.Per = 3 * step * time.Duration(rule.Burst)
		s := shard{keys: map[id]time.Duration{}}
		now := time.Duration(0)
		person++
		for _, pause := range rapid.SliceOfN(rapid.IntRange(0, 8), 1, 40).Draw(t, "pauses") {
			d := time.Duration(pause) * step
			now += d
			n.pass(d)
			want, wantOK := s.allow(rule, id{"any", "ada"}, now)
			wait, ok := l.Allow(context.Background(), rule, strconv.Itoa(person))
			if ok != wantOK || wait > want || wait < want-step/2 {
				t.Fatalf("Redis: %v, wait %v; memory: %v, wait %v", ok, wait, wantOK, want)
			}
		}
		n.do("FLUSHDB")
	})
}

func TestKeysInRedis(t *testing.T) {
	n := startRedis(t)
	l := n.limiter(t)
	burst(t, l, ten, "ada@example.org")
	burst(t, l, ten, strings.Repeat("long", 10_000))
	keys := n.keys(t)
	require.Len(t, keys, 2)
	for _, key := range keys {
		require.Regexp(t, `^dchat:limit:login:\{[\w-]{22}\}$`, key)
		value, err := n.do("GET", key).ToString()
		require.NoError(t, err)
		require.Regexp(t, `^\d{16}$`, value, "in microseconds")
		left, err := n.do("PTTL", key).AsInt64()
		require.NoError(t, err)
		require.InDelta(t, ten.Per, left*int64(time.Millisecond), float64(time.Minute), "kept until the bucket is full again")
	}
	_, ok := l.Allow(t.Context(), Rule{"brief", 50 * time.Millisecond, 5}, "ada")
	require.True(t, ok)
	require.Eventually(t, func() bool { return len(n.keys(t)) == 2 }, patience, time.Millisecond)
}

// After the clock is set back or a rule changes, the time stored in Redis may lie too far ahead.
func TestStateAheadOfClock(t *testing.T) {
	n := startRedis(t)
	l := n.limiter(t)
	require.Equal(t, 1, burst(t, l, Rule{"login", time.Hour, 1}, "ada"))
	n.pass(-24 * time.Hour)
	wait, ok := l.Allow(t.Context(), ten, "ada")
	require.False(t, ok)
	require.LessOrEqual(t, wait, 90*time.Second)
}

func TestRedisURL(t *testing.T) {
	for _, bad := range []string{"http://localhost", "redis://:secret@localhost:port", "redis://:secret@localhost/one", "redis://:secret%"} {
		_, err := NewRedis(bad, "", true, slog.New(slog.DiscardHandler))
		require.ErrorContains(t, err, "Redis URL")
		require.NotContains(t, err.Error(), "secret")
	}
	l, err := NewRedis("redis://localhost:1", "", false, nil)
	require.NoError(t, err)
	require.Nil(t, l.redis, "a disabled limiter needs no Redis")
}

func BenchmarkRedis(b *testing.B) { benchmark(b, startRedis(b).limiter(b)) }
