package limit

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strconv"
	"sync/atomic"
	"time"

	"dchat/app/guard"
	"dchat/app/redis"

	"github.com/redis/rueidis"
)

// counter counts in a Redis that all nodes share, one key for each key of each rule, which vanishes
// when it is as if it had never done anything.
//
// The first event that its client cannot count costs the client its place. From then on no event
// waits, until another client has been seen to count.
type counter struct {
	server *redis.Server
	name   string // of those who count together
	log    *slog.Logger
	within time.Duration // how long Redis may take to count an event
	stop   context.CancelFunc
	done   chan struct{}
	client atomic.Pointer[rueidis.Client] // nil while Redis is not asked
	lost   chan loss                      // of the last client; holds one, so that no event waits
	losses atomic.Int64
}

// loss is an event that was not counted.
type loss struct {
	key string
	err error
}

var errDown = errors.New("limit: Redis is not there")

//go:embed gcra.lua
var script string

var gcra = rueidis.NewLuaScript(script)

// newCounter reads the URL and connects in the background.
func newCounter(address, name string, within time.Duration, log *slog.Logger) (*counter, error) {
	server, err := redis.Parse(address, 16<<10)
	if err != nil {
		return nil, fmt.Errorf("limit: %w", err)
	}
	r := &counter{server: server, name: name, log: log, within: within, done: make(chan struct{}), lost: make(chan loss, 1)}
	ctx, stop := context.WithCancel(context.Background())
	r.stop = stop
	go func() {
		defer close(r.done)
		guard.Loop(log, "limit: reaching Redis", func() { r.run(ctx) })
	}()
	return r, nil
}

// close ends the connection and waits for it.
func (r *counter) close() {
	r.stop()
	<-r.done
}

// allow counts an event, or returns an error at once or soon.
func (r *counter) allow(ctx context.Context, rule Rule, key string) (retryAfter time.Duration, err error) {
	client := r.client.Load()
	if client == nil {
		return 0, errDown
	}
	retryAfter, err = r.ask(ctx, *client, rule, key)
	if err != nil {
		r.losses.Add(1)
	}
	if err != nil && r.client.CompareAndSwap(client, nil) {
		r.lost <- loss{key, err}
	}
	return retryAfter, err
}

// ask does not rely on the client to keep the time: it may wait for a place in its queue or for a
// connection that another event is opening. That a person gave up says nothing about Redis.
func (r *counter) ask(ctx context.Context, client rueidis.Client, rule Rule, key string) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.within)
	defer cancel()
	interval := max(rule.Per/time.Duration(rule.Burst), time.Microsecond)
	arguments := []string{strconv.FormatInt(interval.Microseconds(), 10), strconv.Itoa(rule.Burst)}
	answer := make(chan rueidis.RedisResult, 1)
	go func() { answer <- gcra.Exec(ctx, client, []string{r.keyOf(rule, key)}, arguments) }()
	select {
	case a := <-answer:
		wait, err := a.AsInt64()
		return time.Duration(wait) * time.Microsecond, err
	case <-ctx.Done():
		return 0, fmt.Errorf("no answer within %v: %w", r.within, ctx.Err())
	}
}

// run has a client asked for as long as the limiter lives and Redis counts.
func (r *counter) run(ctx context.Context) {
	var last loss
	for {
		client := r.reach(ctx, last)
		if client == nil {
			return
		}
		r.client.Store(&client)
		select {
		case <-ctx.Done():
			r.client.Store(nil)
		case last = <-r.lost:
			r.warn(last.err)
		}
		client.Close()
	}
}

// reach goes on trying until a client counts; nil: the limiter was closed. After a loss it rests
// first: a Redis that comes and goes shall not have us come and go with it.
func (r *counter) reach(ctx context.Context, last loss) rueidis.Client {
	const shortest, longest = 100 * time.Millisecond, time.Second
	pause, down := shortest, last.err != nil
	if down {
		sleep(ctx, shortest)
	}
	for ctx.Err() == nil {
		client, err := r.open(ctx, last.key)
		if err == nil {
			if down {
				r.log.Info("limit: Redis counts again")
			}
			return client
		}
		if !down {
			r.warn(err)
			down = true
		}
		sleep(ctx, pause/2+rand.N(pause))
		pause = min(2*pause, longest)
	}
	return nil
}

// open connects and sees a Redis count: one that only answers may be full, or read-only, or lack
// the part of a Cluster where the lost key lives.
func (r *counter) open(ctx context.Context, key string) (rueidis.Client, error) {
	client, err := r.server.Connect()
	if err != nil {
		return nil, err
	}
	if _, err = r.ask(ctx, client, Rule{"probe", time.Second, 1000}, key); err != nil {
		client.Close()
		return nil, err
	}
	return client, nil
}

func (r *counter) warn(err error) {
	r.log.Warn("limit: Redis does not count, this node counts for itself until it does", "error", err)
}

// keyOf hides the key, and is short however long the key. The braces are literal: on
// a Cluster they keep the probe where the key is.
func (r *counter) keyOf(rule Rule, key string) string {
	sum := sha256.Sum256([]byte(r.name + "\n" + key))
	return "dchat:limit:" + rule.Name + ":{" + base64.RawURLEncoding.EncodeToString(sum[:16]) + "}"
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
