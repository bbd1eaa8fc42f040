package live

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"
)

// RedisBroker carries packets over the channels dchat:{n} of a Redis (pub/sub, no key is stored).
//
// One client publishes; another, dedicated connection listens, since a subscription that falls
// behind blocks everything else on its connection.
type RedisBroker struct {
	option    rueidis.ClientOption
	receive   func([]byte)
	missed    func()
	stop      context.CancelFunc
	done      chan struct{}
	publisher atomic.Pointer[rueidis.Client]
	healthy   atomic.Bool

	mu      sync.Mutex
	wanted  [Buckets]bool
	changed chan struct{} // holds one signal: wanted is not what the connection has
}

// NewRedisBroker reads the URL (redis://, rediss:// or unix://) and connects only in Start. An
// error says what is wrong with the URL without repeating it, for it may hold a password.
func NewRedisBroker(address string) (*RedisBroker, error) {
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
	return &RedisBroker{option: option, changed: make(chan struct{}, 1)}, nil
}

// Start begins to listen, and goes on trying for as long as Redis is not there.
func (b *RedisBroker) Start(receive func([]byte), missed func()) error {
	if b.done != nil {
		return errors.New("live: broker has been started before")
	}
	var ctx context.Context
	ctx, b.stop = context.WithCancel(context.Background())
	b.receive, b.missed, b.done = receive, missed, make(chan struct{})
	go b.run(ctx)
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
		commands = append(commands, (*client).B().Publish().
			Channel(channel(p.Bucket)).Message(rueidis.BinaryString(p.Payload)).Build())
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
	defer close(b.done)
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

// listen connects, keeps the subscriptions as they are wanted, and returns when the connection is
// lost.
func (b *RedisBroker) listen(ctx context.Context) error {
	if err := b.openPublisher(ctx); err != nil {
		return err
	}
	client, err := rueidis.NewClient(b.option)
	if err != nil {
		return err
	}
	defer client.Close()
	line, release := client.Dedicate()
	defer release()
	defer line.Close()
	lost := line.SetPubSubHooks(rueidis.PubSubHooks{
		OnMessage: func(m rueidis.PubSubMessage) { b.receive([]byte(m.Message)) },
	})
	var standing [Buckets]bool
	for {
		news, err := b.follow(ctx, line, &standing)
		if err != nil {
			return err
		}
		first := !b.healthy.Swap(true)
		if first {
			slog.Info("live: Redis is connected")
		}
		if first || news {
			b.missed()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-lost:
			return err
		case <-b.changed:
		}
	}
}

// openPublisher makes sure that packets can leave before any may. The client finds its own way back
// after an outage, but notices it only by a command that fails: better a ping than a packet.
func (b *RedisBroker) openPublisher(ctx context.Context) error {
	if client := b.publisher.Load(); client != nil {
		return (*client).Do(ctx, (*client).B().Ping().Build()).Error()
	}
	client, err := rueidis.NewClient(b.option)
	if err == nil {
		b.publisher.Store(&client)
	}
	return err
}

// follow makes what stands equal to what is wanted, and reports whether anything was added.
func (b *RedisBroker) follow(ctx context.Context, line rueidis.DedicatedClient, standing *[Buckets]bool) (bool, error) {
	var added, dropped []string
	b.mu.Lock()
	for n, wanted := range b.wanted {
		switch {
		case wanted && !standing[n]:
			added = append(added, channel(n))
		case !wanted && standing[n]:
			dropped = append(dropped, channel(n))
		}
	}
	*standing = b.wanted
	b.mu.Unlock()

	if len(dropped) > 0 {
		if err := line.Do(ctx, line.B().Unsubscribe().Channel(dropped...).Build()).Error(); err != nil {
			return false, err
		}
	}
	if len(added) > 0 {
		if err := line.Do(ctx, line.B().Subscribe().Channel(added...).Build()).Error(); err != nil {
			return false, err
		}
	}
	return len(added) > 0, nil
}

// The braces are literal: on a Cluster they decide the slot.
func channel(bucket int) string { return "dchat:{" + strconv.Itoa(bucket) + "}" }
