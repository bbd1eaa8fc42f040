package live

import (
	"context"
	"strconv"
	"time"

	"github.com/redis/rueidis"
)

// Roster says when people were last there, on any node. Its entries are forgotten by themselves.
type Roster interface {
	// Refresh notes when people were there.
	Refresh(ctx context.Context, seen map[int64]time.Time) error
	// Seen returns when people were there, if it is not longer ago than rosterLife.
	Seen(ctx context.Context, users []int64) (map[int64]time.Time, error)
}

// rosterLife is for how long a roster remembers.
const rosterLife = 2 * time.Minute

// Refresh notes in the broker's roster when people were there.
func (h *Hub) Refresh(ctx context.Context, seen map[int64]time.Time) error {
	if len(seen) == 0 {
		return nil
	}
	return h.broker.Refresh(ctx, seen)
}

// Seen returns what all nodes have noted.
func (h *Hub) Seen(ctx context.Context, users []int64) (map[int64]time.Time, error) {
	if len(users) == 0 {
		return nil, nil
	}
	return h.broker.Seen(ctx, users)
}

// Refresh keeps the times in the memory of the process.
func (b *MemoryBroker) Refresh(_ context.Context, seen map[int64]time.Time) error {
	b.bus.mu.Lock()
	defer b.bus.mu.Unlock()
	if b.bus.seen == nil {
		b.bus.seen = make(map[int64]time.Time)
	}
	for user, at := range b.bus.seen {
		if time.Since(at) > rosterLife {
			delete(b.bus.seen, user)
		}
	}
	for user, at := range seen {
		if at.After(b.bus.seen[user]) {
			b.bus.seen[user] = at
		}
	}
	return nil
}

// Seen reads the memory of the process.
func (b *MemoryBroker) Seen(_ context.Context, users []int64) (map[int64]time.Time, error) {
	b.bus.mu.RLock()
	defer b.bus.mu.RUnlock()
	found := make(map[int64]time.Time)
	for _, user := range users {
		if at, known := b.bus.seen[user]; known && time.Since(at) <= rosterLife {
			found[user] = at
		}
	}
	return found, nil
}

// Refresh keeps the times in one sorted set a bucket.
func (b *RedisBroker) Refresh(ctx context.Context, seen map[int64]time.Time) error {
	client := b.publisher.Load()
	if client == nil || !b.Healthy() {
		return ErrBrokerDown
	}
	buckets := make(map[int][]int64)
	for user := range seen {
		buckets[bucketOf(user)] = append(buckets[bucketOf(user)], user)
	}
	var commands rueidis.Commands
	old := score(time.Now().Add(-rosterLife))
	for n, users := range buckets {
		key := b.rosterKey(n)
		add := (*client).B().Zadd().Key(key).Gt().ScoreMember()
		for _, user := range users {
			add = add.ScoreMember(float64(seen[user].UnixMilli()), strconv.FormatInt(user, 10))
		}
		commands = append(commands, add.Build(),
			(*client).B().Zremrangebyscore().Key(key).Min("-inf").Max(old).Build(),
			(*client).B().Expire().Key(key).Seconds(int64(rosterLife/time.Second)).Build())
	}
	return firstError((*client).DoMulti(ctx, commands...))
}

// Seen reads the sorted sets of the people's buckets.
func (b *RedisBroker) Seen(ctx context.Context, users []int64) (map[int64]time.Time, error) {
	client := b.publisher.Load()
	if client == nil || !b.Healthy() {
		return nil, ErrBrokerDown
	}
	buckets := make(map[int][]string)
	for _, user := range users {
		buckets[bucketOf(user)] = append(buckets[bucketOf(user)], strconv.FormatInt(user, 10))
	}
	var commands rueidis.Commands
	var names []string
	for n, members := range buckets {
		commands = append(commands, (*client).B().Zmscore().Key(b.rosterKey(n)).Member(members...).Build())
		names = append(names, members...)
	}
	found := make(map[int64]time.Time)
	for _, answer := range (*client).DoMulti(ctx, commands...) {
		scores, err := answer.ToArray()
		if err != nil {
			return nil, err
		}
		for i := range scores {
			note(found, names[i], scores[i])
		}
		names = names[len(scores):]
	}
	return found, nil
}

// note adds what a sorted set says of a member, if it says anything that is not too old.
func note(found map[int64]time.Time, name string, score rueidis.RedisMessage) {
	millis, err := score.AsFloat64()
	user, parsed := strconv.ParseInt(name, 10, 64)
	if at := time.UnixMilli(int64(millis)); err == nil && parsed == nil && time.Since(at) <= rosterLife {
		found[user] = at
	}
}

func firstError(answers []rueidis.RedisResult) error {
	for _, answer := range answers {
		if err := answer.Error(); err != nil {
			return err
		}
	}
	return nil
}

func score(at time.Time) string { return strconv.FormatInt(at.UnixMilli(), 10) }

func (b *RedisBroker) rosterKey(bucket int) string {
	return "dchat:" + b.name + ":seen:{" + strconv.Itoa(bucket) + "}"
}
