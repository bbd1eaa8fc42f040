package live

import (
	"context"
	"log/slog"
	"math/rand/v2"

	"dchat/app/guard"
	"dchat/app/redis"

	"github.com/redis/rueidis"
)

// subscription receives the packets of one channel until ctx ends. The server confirms it anew after each
// outage and each move of its slot; what was published before then may have been missed.
type subscription struct {
	broker  *RedisBroker
	channel string
	ctx     context.Context
	cancel  context.CancelFunc
	ended   chan struct{}

	broken    bool          // counted in broker.broken, under broker.mu
	confirmed chan struct{} // holds one signal: it stood since the last look
}

// newSubscription makes a subscription for follow; a broken one keeps the broker from being healthy until the
// server confirms it. The caller holds mu.
func (b *RedisBroker) newSubscription(channel string, broken bool) *subscription {
	s := &subscription{broker: b, channel: channel, broken: broken, ended: make(chan struct{}), confirmed: make(chan struct{}, 1)}
	s.ctx, s.cancel = context.WithCancel(b.ctx)
	if broken {
		b.broken++
	}
	return s
}

// Subscribe begins to receive a bucket's packets.
func (b *RedisBroker) Subscribe(bucket int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	old := b.subscriptions[bucket]
	if b.ctx.Err() != nil || old != nil && old.ctx.Err() == nil {
		return
	}
	s := b.newSubscription(b.channel(bucket), false)
	b.subscriptions[bucket] = s
	b.follow(s, old)
}

// Unsubscribe ends a bucket's subscription.
func (b *RedisBroker) Unsubscribe(bucket int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if s := b.subscriptions[bucket]; s != nil {
		s.cancel()
	}
}

// follow starts a subscription, after the one before it on the channel has ended. The caller holds mu.
func (b *RedisBroker) follow(s, before *subscription) {
	b.work.Go(func() {
		defer close(s.ended)
		if before != nil {
			<-before.ended
		}
		guard.Loop(slog.Default(), "live: receiving from Redis", s.run)
		s.setBroken(nil)
	})
}

// redirections is how often in a row a slot may turn out to be elsewhere before that counts as an outage.
const redirections = 5

func (s *subscription) run() {
	select {
	case <-s.ctx.Done():
		return
	case <-s.broker.connected:
	}
	pause, moves := shortestPause, 0
	for {
		err := s.receive()
		select {
		case <-s.confirmed:
			pause, moves = shortestPause, 0
		default:
		}
		switch {
		case s.ctx.Err() != nil:
			s.unsubscribe()
			return
		case err == nil || isMoved(err) && moves < redirections: // the slot has moved
			moves++
		default:
			s.setBroken(err)
			moves = 0
		}
		if moves == 1 {
			continue
		}
		sleep(s.ctx, pause/2+rand.N(pause))
		pause = min(2*pause, longestPause)
	}
}

// receive subscribes and hands over packets until the subscription ends. If the slot has moved, it asks the
// slot's new node at once: the client learns of it only later.
func (s *subscription) receive() error {
	err := s.receiveFrom(s.broker.subscriber)
	if refused, ok := rueidis.IsRedisErr(err); ok {
		if address, moved := refused.IsMoved(); moved {
			if node := s.broker.subscriber.Nodes()[address]; node != nil {
				return s.receiveFrom(node)
			}
		}
	}
	return err
}

func (s *subscription) receiveFrom(client rueidis.Client) error {
	command := client.B().Subscribe().Channel(s.channel).Build()
	if redis.IsCluster(s.broker.subscriber) {
		command = client.B().Ssubscribe().Channel(s.channel).Build()
	}
	ctx := rueidis.WithOnSubscriptionHook(s.ctx, s.changed)
	return client.Receive(ctx, command, func(m rueidis.PubSubMessage) { s.broker.receive([]byte(m.Message)) })
}

// changed is called with each answer of the server about the channel, and must not block.
func (s *subscription) changed(p rueidis.PubSubSubscription) {
	if p.Kind != "subscribe" && p.Kind != "ssubscribe" {
		return
	}
	signal(s.confirmed)
	s.setBroken(nil)
	s.broker.missed()
}

// unsubscribe ends the subscription on the server, where rueidis would leave it. That comes after Receive has
// returned: until then packets that are not taken would keep the answer back.
func (s *subscription) unsubscribe() {
	if s.broker.ctx.Err() != nil {
		return // the connection ends as well
	}
	client := s.broker.subscriber
	command := client.B().Unsubscribe().Channel(s.channel).Build()
	if redis.IsCluster(client) {
		command = client.B().Sunsubscribe().Channel(s.channel).Build()
	}
	if err := client.Do(s.broker.ctx, command).Error(); err != nil { // a connection that fails has no subscriptions any more
		slog.Debug("live: a channel stays subscribed for as long as its connection", "channel", s.channel, "error", err)
	}
}

// setBroken notes whether the subscription is broken, and by what.
func (s *subscription) setBroken(err error) {
	b := s.broker
	b.mu.Lock()
	defer b.mu.Unlock()
	switch broken := err != nil; {
	case broken == s.broken:
	case broken:
		s.broken = true
		b.broken++
		if b.healthy.Swap(false) {
			b.warn(err)
			b.missed()
		}
	default:
		s.broken = false
		if b.broken--; b.broken == 0 {
			signal(b.changed)
		}
	}
}

func isMoved(err error) bool {
	refused, ok := rueidis.IsRedisErr(err)
	if !ok {
		return false
	}
	_, moved := refused.IsMoved()
	return moved
}
