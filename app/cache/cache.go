// Package cache keeps answers of the database in memory for a short time.
package cache

import (
	"sync"
	"time"
)

// Cache is a map whose rows expire. Expired rows are removed from time to time; a full cache drops
// everything: what is used often comes back at once.
type Cache[K comparable, V any] struct {
	life  time.Duration
	fresh func() bool // nil: always

	mu    sync.RWMutex
	rows  map[K]row[V]
	swept time.Time
}

type row[V any] struct {
	value V
	until time.Time
}

const maxRows = 50_000

// New returns a cache whose rows live for the given time. While fresh returns false nothing is answered
// from memory.
func New[K comparable, V any](life time.Duration, fresh func() bool) *Cache[K, V] {
	return &Cache[K, V]{life: life, fresh: fresh, rows: map[K]row[V]{}}
}

// Get returns the value of a row that has not expired.
func (c *Cache[K, V]) Get(key K) (V, bool) {
	var zero V
	if c.fresh != nil && !c.fresh() {
		return zero, false
	}
	c.mu.RLock()
	found, ok := c.rows[key]
	c.mu.RUnlock()
	if !ok || time.Now().After(found.until) {
		return zero, false
	}
	return found.value, true
}

// Put stores a row.
func (c *Cache[K, V]) Put(key K, value V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := time.Now()
	if len(c.rows) >= maxRows {
		clear(c.rows)
	}
	if at.Sub(c.swept) > 10*c.life {
		c.sweep(at)
	}
	c.rows[key] = row[V]{value, at.Add(c.life)}
}

// sweep copies the rows that live into a new map: a Go map never gives its memory back.
func (c *Cache[K, V]) sweep(at time.Time) {
	kept := map[K]row[V]{}
	for key, r := range c.rows {
		if at.Before(r.until) {
			kept[key] = r
		}
	}
	c.rows, c.swept = kept, at
}

// DropIf removes every row whose value satisfies match.
func (c *Cache[K, V]) DropIf(match func(V) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, r := range c.rows {
		if match(r.value) {
			delete(c.rows, key)
		}
	}
}

// Drop removes a row.
func (c *Cache[K, V]) Drop(key K) {
	c.mu.Lock()
	delete(c.rows, key)
	c.mu.Unlock()
}
