package chat

import (
	"sync"
	"time"
)

// cache remembers answers of the database for a short while. What is past is swept out now and
// then; a cache that is full forgets everything: what is hot comes back at once.
type cache[K comparable, V any] struct {
	life  time.Duration
	fresh func() bool // nil: always

	mu    sync.RWMutex
	rows  map[K]cacheRow[V]
	swept time.Time
}

type cacheRow[V any] struct {
	value V
	until time.Time
}

const cacheSize = 50_000

func newCache[K comparable, V any](life time.Duration, fresh func() bool) *cache[K, V] {
	return &cache[K, V]{life: life, fresh: fresh, rows: map[K]cacheRow[V]{}}
}

func (c *cache[K, V]) get(key K) (V, bool) {
	var zero V
	if c.fresh != nil && !c.fresh() {
		return zero, false
	}
	c.mu.RLock()
	row, ok := c.rows[key]
	c.mu.RUnlock()
	if !ok || time.Now().After(row.until) {
		return zero, false
	}
	return row.value, true
}

func (c *cache[K, V]) put(key K, value V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := time.Now()
	if len(c.rows) >= cacheSize {
		clear(c.rows)
	}
	if at.Sub(c.swept) > 10*c.life {
		c.sweep(at)
	}
	c.rows[key] = cacheRow[V]{value, at.Add(c.life)}
}

// sweep copies what lives into a new map: a Go map never gives its memory back.
func (c *cache[K, V]) sweep(at time.Time) {
	kept := map[K]cacheRow[V]{}
	for key, row := range c.rows {
		if at.Before(row.until) {
			kept[key] = row
		}
	}
	c.rows, c.swept = kept, at
}

// dropIf drops every row whose value is meant.
func (c *cache[K, V]) dropIf(meant func(V) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, row := range c.rows {
		if meant(row.value) {
			delete(c.rows, key)
		}
	}
}

func (c *cache[K, V]) drop(key K) {
	c.mu.Lock()
	delete(c.rows, key)
	c.mu.Unlock()
}
