package live

import (
	"context"
	"errors"
)

// Buckets is how many topics people are spread over. Every node must agree on it.
const Buckets = 1024

// Packet is one payload for the nodes where somebody of a bucket is.
type Packet struct {
	Bucket  int
	Payload []byte
}

// ErrBrokerDown is what Publish answers at once while there is no connection.
var ErrBrokerDown = errors.New("live: broker is not reachable")

// Broker carries packets between nodes: at most once, in order per publisher and bucket. The publishing node
// may get its own packets back. What is lost is found by the hub's safety net.
type Broker interface {
	// Publish hands the packets over, in order. It ends with ctx and fails fast during an outage.
	Publish(ctx context.Context, packets ...Packet) error

	// Subscribe and Unsubscribe say which buckets matter to this node. They are idempotent, and
	// return at once: the subscription stands a moment later.
	Subscribe(bucket int)
	Unsubscribe(bucket int)

	// Start connects in the background: a broker that cannot be reached is not an error. Receive
	// gets every payload and must not block. Missed is called whenever packets may have passed
	// unseen: a connection was lost, or a subscription has begun to stand.
	Start(receive func(payload []byte), missed func()) error

	// Healthy reports whether packets arrive at present.
	Healthy() bool

	// Close ends all connections; nothing is received after it.
	Close()
}

// bucketOf is the topic of a person, the same on every node.
func bucketOf(user int64) int {
	const golden = 0x9E3779B97F4A7C15 // Fibonacci hashing spreads ids that follow each other
	return int(uint64(user) * golden >> (64 - 10))
}
