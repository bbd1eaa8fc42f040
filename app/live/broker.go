package live

import (
	"context"
	"errors"
)

// Buckets is how many topics people are spread over. It must be the same on every node.
const Buckets = 1024

// Packet is one payload for the nodes that are subscribed to a bucket.
type Packet struct {
	Bucket  int
	Payload []byte
}

// ErrBrokerDown is returned by Publish at once while there is no connection.
var ErrBrokerDown = errors.New("live: broker is not reachable")

// Broker carries packets between nodes: at most once, in order per publisher and bucket. The publishing node
// may get its own packets back. The hub finds what is lost when it reconciles.
type Broker interface {
	// Publish hands the packets over, in order. It ends with ctx and fails fast during an outage.
	Publish(ctx context.Context, packets ...Packet) error

	// Subscribe and Unsubscribe choose the buckets that this node receives. They are idempotent, and
	// return at once: the subscription takes effect a moment later.
	Subscribe(bucket int)
	Unsubscribe(bucket int)

	// Start connects in the background: a broker that cannot be reached is not an error. Receive
	// gets every payload and must not block. Missed is called whenever packets may have been
	// missed, when a connection was lost or a subscription was established, and must not block either.
	Start(receive func(payload []byte), missed func()) error

	// Roster is kept beside the packets.
	Roster

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
