// Package limit limits how often a client may do something.
package limit

import (
	"context"
	"hash/maphash"
	"log/slog"
	"time"
)

// Rule allows Burst events at once and, over time, Burst events per Per: each event is given back
// Per/Burst after the one before it. Rule{"login", 15 * time.Minute, 10} reads "10 logins in 15
// minutes": ten at once, then one every 90 seconds. A rule without a Per or a Burst allows nothing.
type Rule struct {
	Name  string // rules of different names do not count each other's events
	Per   time.Duration
	Burst int
}

// maxKeys bounds the memory: about 100 bytes a key.
const (
	shards  = 64
	maxKeys = 1 << 18
)

// askWithin is the longest time that a request waits for Redis.
const askWithin = 100 * time.Millisecond

// Limiter counts in the memory of this process, or in Redis together with other nodes; while Redis is away it counts
// in memory. It is safe for concurrent use.
type Limiter struct {
	enabled bool
	redis   *counter // nil: there are no other nodes
	began   time.Time
	seed    maphash.Seed
	shards  [shards]shard
}

// New makes a Limiter that counts alone; one that is not enabled allows everything.
func New(enabled bool) *Limiter {
	l := &Limiter{enabled: enabled, began: time.Now(), seed: maphash.MakeSeed()}
	for i := range l.shards {
		l.shards[i].keys = map[id]time.Duration{}
	}
	return l
}

// NewRedis makes a Limiter that counts together with all others on that Redis (redis://, rediss://
// or unix://; a Cluster too). It connects in the background, and a Redis that is not there is no
// error: while it is down or slow, each node counts for itself.
//
// Those of another name on the same Redis count apart.
func NewRedis(url, name string, enabled bool, log *slog.Logger) (*Limiter, error) {
	return newShared(url, name, enabled, askWithin, log)
}

func newShared(url, name string, enabled bool, within time.Duration, log *slog.Logger) (*Limiter, error) {
	l := New(enabled)
	if !enabled {
		return l, nil
	}
	var err error
	if l.redis, err = newCounter(url, name, within, log); err != nil {
		return nil, err
	}
	return l, nil
}

// Close ends the connection to Redis, if there is one. What comes after it is counted here.
func (l *Limiter) Close() {
	if l.redis != nil {
		l.redis.close()
	}
}

// Shared reports whether events are counted together with other nodes at present.
func (l *Limiter) Shared() bool { return l.redis != nil && l.redis.client.Load() != nil }

// Losses is how often Redis has failed to count an event.
func (l *Limiter) Losses() int64 {
	if l.redis == nil {
		return 0
	}
	return l.redis.losses.Load()
}

// Allow counts an event of key, such as an account or an address, under a rule, or says how long to
// wait until one would be allowed. An event that is refused does not count.
func (l *Limiter) Allow(ctx context.Context, rule Rule, key string) (retryAfter time.Duration, ok bool) {
	if !l.enabled {
		return 0, true
	}
	if rule.Per <= 0 || rule.Burst <= 0 {
		return max(rule.Per, time.Second), false
	}
	if l.redis != nil {
		if wait, err := l.redis.allow(ctx, rule, key); err == nil {
			return wait, wait <= 0
		}
	}
	name := id{rule.Name, key}
	return l.shards[maphash.Comparable(l.seed, name)%shards].allow(rule, name, time.Since(l.began))
}
