// Package limit says who is too fast.
package limit

import (
	"context"
	"hash/maphash"
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

// Limiter counts in the memory of this process. It is safe for concurrent use.
type Limiter struct {
	enabled bool
	began   time.Time
	seed    maphash.Seed
	shards  [shards]shard
}

// New makes a Limiter; one that is not enabled allows everything.
func New(enabled bool) *Limiter {
	l := &Limiter{enabled: enabled, began: time.Now(), seed: maphash.MakeSeed()}
	for i := range l.shards {
		l.shards[i].keys = map[id]time.Duration{}
	}
	return l
}

// Allow counts an event of key, such as an account or an address, under a rule, or says how long to
// wait until one would be allowed. An event that is refused does not count.
func (l *Limiter) Allow(_ context.Context, rule Rule, key string) (retryAfter time.Duration, ok bool) {
	if !l.enabled {
		return 0, true
	}
	if rule.Per <= 0 || rule.Burst <= 0 {
		return max(rule.Per, time.Second), false
	}
	name := id{rule.Name, key}
	return l.shards[maphash.Comparable(l.seed, name)%shards].allow(rule, name, time.Since(l.began))
}
