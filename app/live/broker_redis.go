package live

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"dchat/app/guard"

	"github.com/redis/rueidis"
)

// RedisBroker carries packets over the channels dchat:NAME:{n} of a Redis or of a Redis Cluster (pub/sub,
// no key is stored). Nodes of one name hear each other, and nobody else on that Redis.
//
// One client publishes; other, dedicated connections listen, since a subscription that falls
// behind blocks everything else on its connection.
type RedisBroker struct {
	name      string
	option    rueidis.ClientOption
	receive   func([]byte)
	missed    func()
	stop      context.CancelFunc
	done      chan struct{}
	publisher atomic.Pointer[rueidis.Client]
	healthy   atomic.Bool

	mu      sync.Mutex
	wanted  [Buckets]bool
	changed chan struct{} // holds one signal: wanted may not be what stands
}

// ears are what a RedisBroker hears with: one connection, or one to each shard of a Cluster.
type ears interface {
	// follow makes what stands equal to what is wanted, and reports whether anything was added.
	follow(ctx context.Context, wanted *[Buckets]bool) (added bool, err error)
	// lost tells of a connection that broke.
	lost() <-chan error
	close()
}

// NewRedisBroker reads the URL (redis://, rediss:// or unix://, of any node of a Cluster) and connects
// only in Start. An error says what is wrong with the URL without repeating it, for it may hold a password.
func NewRedisBroker(address, name string) (*RedisBroker, error) {
	option, err := rueidis.ParseURL(address)
	if err != nil {
		if bad := (*url.Error)(nil); errors.As(err, &bad) {
			err = bad.Err
		}
		return nil, fmt.Errorf("live: Redis URL: %w", err)
	}
	option.DisableCache = true
	option.DisableRetry = true
	option.PipelineMultiplex = -1 // one connection, or packets could overtake each other
	option.ReadBufferEachConn = 64 << 10
	option.WriteBufferEachConn = 64 << 10
	option.ConnWriteTimeout = 3 * time.Second // how long a silent Redis counts as alive
	option.Dialer.Timeout = 2 * time.Second
	return &RedisBroker{name: name, option: option, changed: make(chan struct{}, 1)}, nil
}

// Start begins to listen, and goes on trying for as long as Redis is not there.
func (b *RedisBroker) Start(receive func([]byte), missed func()) error {
	if b.done != nil {
		return errors.New("live: broker has been started before")
	}
	var ctx context.Context
	ctx, b.stop = context.WithCancel(context.Background())
	b.receive, b.missed, b.done = receive, missed, make(chan struct{})
	go func() {
		defer close(b.done)
		guard.Loop(slog.Default(), "live: listening to Redis", func() { b.run(ctx) })
	}()
	return nil
}

// Healthy reports whether the listening connection stands.
func (b *RedisBroker) Healthy() bool { return b.healthy.Load() }

// Close ends both connections and waits for them.
func (b *RedisBroker) Close() {
	if b.done == nil {
		return
	}
	b.stop()
	<-b.done
	if p := b.publisher.Swap(nil); p != nil {
		(*p).Close()
	}
}

// Publish sends the packets in one round trip.
func (b *RedisBroker) Publish(ctx context.Context, packets ...Packet) error {
	client := b.publisher.Load()
	if client == nil || !b.Healthy() {
		return ErrBrokerDown
	}
	commands := make(rueidis.Commands, 0, len(packets))
	for _, p := range packets {
		name, message := b.channel(p.Bucket), rueidis.BinaryString(p.Payload)
		if sharded(*client) {
			commands = append(commands, (*client).B().Spublish().Channel(name).Message(message).Build())
		} else {
			commands = append(commands, (*client).B().Publish().Channel(name).Message(message).Build())
		}
	}
	for _, answer := range (*client).DoMulti(ctx, commands...) {
		if err := answer.Error(); err != nil {
			return err
		}
	}
	return nil
}

// Subscribe asks for a bucket's packets.
func (b *RedisBroker) Subscribe(bucket int) { b.want(bucket, true) }

// Unsubscribe gives a bucket up.
func (b *RedisBroker) Unsubscribe(bucket int) { b.want(bucket, false) }

func (b *RedisBroker) want(bucket int, wanted bool) {
	b.mu.Lock()
	b.wanted[bucket] = wanted
	b.mu.Unlock()
	signal(b.changed)
}

// run keeps a connection for as long as the broker lives.
func (b *RedisBroker) run(ctx context.Context) {
	const shortest, longest = 50 * time.Millisecond, time.Second
	pause, warned := shortest, false
	for {
		err := b.listen(ctx)
		if b.healthy.Swap(false) {
			pause, warned = shortest, false
			b.missed()
		}
		if ctx.Err() != nil {
			return
		}
		if !warned {
			slog.Warn("live: Redis is not reachable, pages follow the database until it is", "error", err)
			warned = true
		}
		if !sleep(ctx, pause/2+rand.N(pause)) {
			return
		}
		pause = min(2*pause, longest)
	}
}

// listen connects, keeps the subscriptions as they are wanted, and returns when a connection is lost.
func (b *RedisBroker) listen(ctx context.Context) error {
	publisher, err := b.openPublisher(ctx)
	if err != nil {
		return err
	}
	var e ears
	if sharded(publisher) {
		e = b.clusterEars(publisher)
	} else if e, err = b.singleEars(); err != nil {
		return err
	}
	defer e.close()
	for {
		wanted := b.wants()
		news, err := e.follow(ctx, &wanted)
		if err != nil {
			return err
		}
		first := !b.healthy.Swap(true)
		if first {
			slog.Info("live: Redis is connected", "cluster", sharded(publisher))
		}
		if first || news {
			b.missed()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-e.lost():
			return err
		case <-b.changed:
		}
	}
}

func (b *RedisBroker) wants() [Buckets]bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.wanted
}

// openPublisher makes sure that packets can leave before any may. The client finds its own way back
// after an outage, but notices it only by a command that fails: better a ping than a packet. One of a
// Cluster would have to notice it shard by shard, so there is a new one.
func (b *RedisBroker) openPublisher(ctx context.Context) (rueidis.Client, error) {
	old := b.publisher.Load()
	if old != nil && !sharded(*old) {
		return *old, (*old).Do(ctx, (*old).B().Ping().Build()).Error()
	}
	client, err := rueidis.NewClient(b.option)
	if err != nil {
		return nil, err
	}
	b.publisher.Store(&client)
	if old != nil {
		(*old).Close()
	}
	b.remember(client)
	return client, nil
}

// remember keeps the addresses of a Cluster's nodes: any of them may be gone when the next is needed.
func (b *RedisBroker) remember(client rueidis.Client) {
	if !sharded(client) {
		return
	}
	for address := range client.Nodes() {
		if !slices.Contains(b.option.InitAddress, address) {
			b.option.InitAddress = append(b.option.InitAddress, address)
		}
	}
}

func sharded(client rueidis.Client) bool { return client.Mode() == rueidis.ClientModeCluster }

// channel is a bucket's. The braces are literal: on a Cluster they decide the slot.
func (b *RedisBroker) channel(bucket int) string {
	return "dchat:" + b.name + ":{" + strconv.Itoa(bucket) + "}"
}

// bucketIn is the bucket whose channel it is.
func (b *RedisBroker) bucketIn(channel string) (int, bool) {
	number, ok := strings.CutPrefix(strings.TrimSuffix(channel, "}"), "dchat:"+b.name+":{")
	n, err := strconv.Atoi(number)
	return n, ok && err == nil && n >= 0 && n < Buckets
}
