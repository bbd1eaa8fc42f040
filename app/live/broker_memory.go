package live

import (
	"context"
	"sync"
	"time"
)

// MemoryBroker joins the hubs of one process. Its nodes do not get their own packets back.
type MemoryBroker struct {
	bus *memoryBus

	// under bus.mu
	buckets map[int]bool
	receive func([]byte)
}

type memoryBus struct {
	mu    sync.RWMutex
	nodes []*MemoryBroker
	seen  map[int64]time.Time // see Roster
}

// NewMemoryBroker is a bus with a first node on it.
func NewMemoryBroker() *MemoryBroker {
	return (&MemoryBroker{bus: &memoryBus{}}).Node()
}

// Node is one more node on the same bus, for one more hub.
func (b *MemoryBroker) Node() *MemoryBroker {
	node := &MemoryBroker{bus: b.bus, buckets: make(map[int]bool)}
	b.bus.mu.Lock()
	defer b.bus.mu.Unlock()
	b.bus.nodes = append(b.bus.nodes, node)
	return node
}

// Publish calls the other nodes' receive functions.
func (b *MemoryBroker) Publish(ctx context.Context, packets ...Packet) error {
	b.bus.mu.RLock()
	defer b.bus.mu.RUnlock()
	for _, p := range packets {
		if err := ctx.Err(); err != nil {
			return err
		}
		for _, node := range b.bus.nodes {
			if node != b && node.receive != nil && node.buckets[p.Bucket] {
				node.receive(p.Payload)
			}
		}
	}
	return nil
}

// Subscribe stands at once.
func (b *MemoryBroker) Subscribe(bucket int) {
	b.bus.mu.Lock()
	defer b.bus.mu.Unlock()
	b.buckets[bucket] = true
}

// Unsubscribe stands at once.
func (b *MemoryBroker) Unsubscribe(bucket int) {
	b.bus.mu.Lock()
	defer b.bus.mu.Unlock()
	delete(b.buckets, bucket)
}

// Start never fails, and memory misses nothing.
func (b *MemoryBroker) Start(receive func([]byte), _ func()) error {
	b.bus.mu.Lock()
	defer b.bus.mu.Unlock()
	b.receive = receive
	return nil
}

// Healthy is always true.
func (b *MemoryBroker) Healthy() bool { return true }

// Close takes the node off the bus.
func (b *MemoryBroker) Close() {
	b.bus.mu.Lock()
	defer b.bus.mu.Unlock()
	b.receive = nil
	for i, node := range b.bus.nodes {
		if node == b {
			b.bus.nodes = append(b.bus.nodes[:i:i], b.bus.nodes[i+1:]...)
			return
		}
	}
}
