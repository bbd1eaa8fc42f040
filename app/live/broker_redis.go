package live

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"dchat/app/guard"
	"dchat/app/redis"

	"github.com/redis/rueidis"
)

// RedisBroker carries packets over the channels dchat:NAME:{n} of a Redis or of a Redis Cluster (pub/sub,
// no key is stored). Nodes of one name receive each other's packets and no others.
//
// One client publishes and another subscribes, since a subscription that falls behind blocks everything
// else on its connection.
type RedisBroker struct {
	name    string
	server  *redis.Server
	receive func([]byte)
	missed  func()

	ctx        context.Context
	stop       context.CancelFunc
	work       sync.WaitGroup
	connected  chan struct{}  // closed once there is a subscriber
	subscriber rueidis.Client // finds its way back after an outage by itself
	publisher  atomic.Pointer[rueidis.Client]
	healthy    atomic.Bool

	mu            sync.Mutex
	started       bool
	subscriptions [Buckets]*subscription
	broken        int           // how many subscriptions an error has ended
	changed       chan struct{} // holds one signal: broken has become 0
}

// NewRedisBroker reads the URL (redis://, rediss:// or unix://, of any node of a Cluster) and connects
// only in Start.
func NewRedisBroker(url, name string) (*RedisBroker, error) {
	server, err := redis.Parse(url, 64<<10)
	if err != nil {
		return nil, fmt.Errorf("live: %w", err)
	}
	b := &RedisBroker{name: name, server: server, connected: make(chan struct{}), changed: make(chan struct{}, 1)}
	b.ctx, b.stop = context.WithCancel(context.Background())
	return b, nil
}

// Start connects in the background, and tries for as long as Redis is down.
func (b *RedisBroker) Start(receive func([]byte), missed func()) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.started {
		return errors.New("live: broker has been started before")
	}
	b.started, b.receive, b.missed = true, receive, missed
	// One subscription always exists, so that an outage is noticed while no bucket is wanted.
	b.follow(b.newSubscription("dchat:"+b.name+":{health}", true), nil)
	b.work.Go(func() { guard.Loop(slog.Default(), "live: reaching Redis", b.run) })
	return nil
}

// Healthy reports whether no subscription is broken and packets can be published.
func (b *RedisBroker) Healthy() bool { return b.healthy.Load() }

// Close ends all connections and waits for them.
func (b *RedisBroker) Close() {
	b.mu.Lock()
	b.stop() // no subscription begins after it
	b.mu.Unlock()
	b.work.Wait()
	b.healthy.Store(false)
	if p := b.publisher.Swap(nil); p != nil {
		(*p).Close()
	}
	if b.subscriber != nil {
		b.subscriber.Close()
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
		channel, message := b.channel(p.Bucket), rueidis.BinaryString(p.Payload)
		if redis.IsCluster(*client) {
			commands = append(commands, (*client).B().Spublish().Channel(channel).Message(message).Build())
		} else {
			commands = append(commands, (*client).B().Publish().Channel(channel).Message(message).Build())
		}
	}
	for _, answer := range (*client).DoMulti(ctx, commands...) {
		if err := answer.Error(); err != nil {
			return err
		}
	}
	return nil
}

const (
	shortestPause = 50 * time.Millisecond
	longestPause  = time.Second
)

// run connects, and makes the broker healthy whenever everything stands.
func (b *RedisBroker) run() {
	if b.subscriber == nil {
		if b.subscriber = b.connect(); b.subscriber == nil {
			return
		}
		close(b.connected)
	}
	for {
		select {
		case <-b.ctx.Done():
			return
		case <-b.changed:
		}
		if err := b.openPublisher(); err != nil {
			slog.Debug("live: Redis cannot be published to", "error", err)
			sleep(b.ctx, shortestPause)
			signal(b.changed)
			continue
		}
		b.endOutage()
	}
}

// connect opens the subscribing client; nil: the broker was closed.
func (b *RedisBroker) connect() rueidis.Client {
	for pause := shortestPause; b.ctx.Err() == nil; pause = min(2*pause, longestPause) {
		client, err := b.server.Connect(redis.Pace)
		if err == nil {
			return client
		}
		if pause == shortestPause {
			b.warn(err)
		}
		sleep(b.ctx, pause/2+rand.N(pause))
	}
	return nil
}

// openPublisher makes sure that packets can leave before any may. A client finds its own way back after an
// outage, but notices the outage only by a command that fails: better a ping than a packet. One of a Cluster
// would have to notice it shard by shard, so there is a new one.
func (b *RedisBroker) openPublisher() error {
	old := b.publisher.Load()
	if old != nil && !redis.IsCluster(*old) {
		return (*old).Do(b.ctx, (*old).B().Ping().Build()).Error()
	}
	client, err := b.server.Connect()
	if err != nil {
		return err
	}
	b.publisher.Store(&client)
	if old != nil {
		(*old).Close()
	}
	return nil
}

// endOutage makes the broker healthy, unless another outage has begun.
func (b *RedisBroker) endOutage() {
	b.mu.Lock()
	healthy := b.broken == 0 && b.ctx.Err() == nil && !b.healthy.Swap(true)
	b.mu.Unlock()
	if healthy {
		slog.Info("live: Redis is connected", "cluster", redis.IsCluster(b.subscriber))
		b.missed()
	}
}

func (b *RedisBroker) warn(err error) {
	slog.Warn("live: Redis is not reachable, pages follow the database until it is", "error", err)
}

// channel is a bucket's. The braces are literal: on a Cluster they decide the slot.
func (b *RedisBroker) channel(bucket int) string {
	return "dchat:" + b.name + ":{" + strconv.Itoa(bucket) + "}"
}
