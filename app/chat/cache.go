package chat

import (
	"sync"
	"time"
)

// cache remembers answers of the database for a short while. Its size is bounded by forgetting
// everything when it is full: what is hot comes back at once.
type cache[K comparable, V any] struct {
	life  time.Duration
	fresh func() bool // nil: always

	mu   sync.RWMutex
	rows map[K]cacheRow[V]
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
	if len(c.rows) >= cacheSize {
		clear(c.rows)
	}
	c.rows[key] = cacheRow[V]{value, time.Now().Add(c.life)}
	c.mu.Unlock()
}

func (c *cache[K, V]) drop(key K) {
	c.mu.Lock()
	delete(c.rows, key)
	c.mu.Unlock()
}
