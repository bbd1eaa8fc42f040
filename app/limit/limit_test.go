package limit

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"dchat/test/services"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"pgregory.net/rapid"
)

var ten = Rule{Name: "login", Per: 15 * time.Minute, Burst: 10}

func TestMain(m *testing.M) { goleak.VerifyTestMain(services.Wrap(m)) }

// everywhere runs a test on a limiter that counts in memory and on one that counts in Redis; pass
// advances its time.
func everywhere(t *testing.T, test func(t *testing.T, l *Limiter, pass func(time.Duration))) {
	t.Run("memory", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { test(t, New(true), time.Sleep) })
	})
	t.Run("redis", func(t *testing.T) {
		n := startRedis(t)
		test(t, n.limiter(t), n.pass)
	})
}

func TestBurstThenSteadyRate(t *testing.T) {
	everywhere(t, func(t *testing.T, l *Limiter, pass func(time.Duration)) {
		require.Equal(t, 10, burst(t, l, ten, "ada"))

		wait, ok := l.Allow(t.Context(), ten, "ada")
		require.False(t, ok)
		require.LessOrEqual(t, wait, 90*time.Second)
		require.Greater(t, wait, 80*time.Second)

		pass(wait - 10*time.Second)
		require.Zero(t, burst(t, l, ten, "ada"))
		pass(10 * time.Second)
		require.Equal(t, 1, burst(t, l, ten, "ada"))

		pass(ten.Per)
		require.Equal(t, 10, burst(t, l, ten, "ada"))
		pass(100 * ten.Per)
		require.Equal(t, 10, burst(t, l, ten, "ada"))
	})
}

func TestRefusedEventsDoNotCount(t *testing.T) {
	everywhere(t, func(t *testing.T, l *Limiter, pass func(time.Duration)) {
		require.Equal(t, 10, burst(t, l, ten, "ada"))
		for range 100 {
			require.Zero(t, burst(t, l, ten, "ada"))
		}
		pass(90 * time.Second)
		require.Equal(t, 1, burst(t, l, ten, "ada"))
	})
}

func TestKeysAndRulesCountApart(t *testing.T) {
	everywhere(t, func(t *testing.T, l *Limiter, _ func(time.Duration)) {
		require.Equal(t, 10, burst(t, l, ten, "ada"))
		require.Equal(t, 10, burst(t, l, ten, "bob"))
		require.Equal(t, 3, burst(t, l, Rule{"signup", time.Hour, 3}, "ada"))
	})
}

func TestDisabledLimiterAllowsEverything(t *testing.T) {
	l := New(false)
	for range 1000 {
		_, ok := l.Allow(t.Context(), Rule{}, "ada")
		require.True(t, ok)
	}
}

func TestZeroRuleAllowsNothing(t *testing.T) {
	everywhere(t, func(t *testing.T, l *Limiter, _ func(time.Duration)) {
		for _, rule := range []Rule{{}, {Per: time.Minute}, {Burst: 1}, {Per: -1, Burst: -1}} {
			wait, ok := l.Allow(t.Context(), rule, "ada")
			require.False(t, ok)
			require.Positive(t, wait)
		}
	})
}

func TestParallelEventsAreCountedOnce(t *testing.T) {
	everywhere(t, func(t *testing.T, l *Limiter, _ func(time.Duration)) {
		require.EqualValues(t, 50, parallel(t, 1000, l))
	})
}

func TestIdleKeysAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(true)
		for round := range 20 {
			for i := range 10_000 {
				_, ok := l.Allow(t.Context(), ten, fmt.Sprint(round, i))
				require.True(t, ok)
			}
			time.Sleep(ten.Per)
		}
		require.Less(t, l.size(), 30_000)
	})
}

func TestManyKeysStayBounded(t *testing.T) {
	l := New(true)
	rule := Rule{"search", time.Hour, 2}
	for i := range maxKeys + maxKeys/4 {
		if _, ok := l.Allow(t.Context(), rule, fmt.Sprint(i)); !ok {
			t.Fatal("a new key was refused")
		}
	}
	require.LessOrEqual(t, l.size(), maxKeys)
	require.Greater(t, l.size(), maxKeys*9/10)
}

// TestMemoryMatchesTokenBucket compares with a plain token bucket, which fills over time and which events empty.
func TestMemoryMatchesTokenBucket(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rule := Rule{"any", 0, rapid.IntRange(1, 20).Draw(t, "burst")}
		interval := time.Duration(rapid.Int64Range(1, int64(time.Hour)).Draw(t, "interval"))
		rule.Per = interval * time.Duration(rule.Burst)
		s := shard{keys: map[id]time.Duration{}}
		now, level := time.Duration(0), rule.Per
		for _, pause := range rapid.SliceOfN(rapid.Int64Range(0, 3*int64(interval)), 1, 60).Draw(t, "pauses") {
			now += time.Duration(pause)
			level = min(rule.Per, level+time.Duration(pause))
			wait, ok := s.allow(rule, id{"any", "ada"}, now)
			lacks := interval - level
			if ok != (lacks <= 0) || !ok && wait != lacks {
				t.Fatalf("allowed %v, wait %v; the bucket lacks %v", ok, wait, lacks)
			}
			if ok {
				level -= interval
			}
		}
	})
}

// burst returns how many events are allowed at once.
func burst(t *testing.T, l *Limiter, rule Rule, key string) (n int) {
	t.Helper()
	for n < 1000 {
		if _, ok := l.Allow(t.Context(), rule, key); !ok {
			return n
		}
		n++
	}
	return n
}

// parallel returns how many of n concurrent events the limiters allow, used in turn, under a rule of 50.
func parallel(t *testing.T, n int, limiters ...*Limiter) int64 {
	rule := Rule{"post", time.Hour, 50}
	var allowed atomic.Int64
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			if _, ok := limiters[i%len(limiters)].Allow(t.Context(), rule, "ada"); ok {
				allowed.Add(1)
			}
		})
	}
	all.Wait()
	return allowed.Load()
}

func (l *Limiter) size() (n int) {
	for i := range l.shards {
		l.shards[i].mu.Lock()
		n += len(l.shards[i].keys)
		l.shards[i].mu.Unlock()
	}
	return n
}

func BenchmarkAllow(b *testing.B) { benchmark(b, New(true)) }

func benchmark(b *testing.B, l *Limiter) {
	rule := Rule{"post", time.Second, 1000}
	b.Run("one", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			l.Allow(b.Context(), rule, "ada")
		}
	})
	b.Run("many", func(b *testing.B) {
		b.ReportAllocs()
		b.SetParallelism(50)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				l.Allow(b.Context(), rule, "ada")
			}
		})
	})
}
