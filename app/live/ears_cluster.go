package live

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"

	"github.com/redis/rueidis"
)

// clusterEars are the connections to the shards of a Redis Cluster, each opened when a bucket of its is
// wanted. A subscription follows its slot: where that has moved to, the old shard's push or the new
// one's answer tells.
type clusterEars struct {
	broker *RedisBroker
	asker  rueidis.Client // knows the Cluster
	broken chan error     // holds the first
	shards map[string]*shardEar
	owner  [Buckets]string // the address of the shard that has it

	mu       sync.Mutex
	standing [Buckets]*shardEar // nil: no subscription
	moved    bool               // owner is out of date
}

// shardEar is the connection to one shard.
type shardEar struct {
	client  rueidis.Client
	line    rueidis.DedicatedClient
	release func()
}

// redirections is how often a bucket is looked for before everything is opened anew.
const redirections = 5

var errMoving = errors.New("live: the Cluster's slots do not come to rest")

func (b *RedisBroker) clusterEars(asker rueidis.Client) *clusterEars {
	return &clusterEars{broker: b, asker: asker, broken: make(chan error, 1), shards: make(map[string]*shardEar), moved: true}
}

func (e *clusterEars) lost() <-chan error { return e.broken }

func (e *clusterEars) close() {
	for _, s := range e.shards {
		s.line.Close()
		s.release()
		s.client.Close()
	}
}

func (e *clusterEars) follow(ctx context.Context, wanted *[Buckets]bool) (bool, error) {
	if e.takeMoved() {
		if err := e.survey(ctx); err != nil {
			return false, err
		}
	}
	added, dropped := e.differences(wanted)
	if err := e.unsubscribe(ctx, dropped); err != nil {
		return false, err
	}
	rest := added
	for tries := 0; len(rest) > 0; tries++ {
		if tries > redirections {
			return false, errMoving
		}
		var err error
		if rest, err = e.subscribe(ctx, rest); err != nil {
			return false, err
		}
	}
	return len(added) > 0, nil
}

func (e *clusterEars) takeMoved() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	moved := e.moved
	e.moved = false
	return moved
}

func (e *clusterEars) differences(wanted *[Buckets]bool) (added []int, dropped map[*shardEar][]int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	dropped = make(map[*shardEar][]int)
	for n, w := range wanted {
		switch s := e.standing[n]; {
		case w && s == nil:
			added = append(added, n)
		case !w && s != nil:
			dropped[s] = append(dropped[s], n)
			e.standing[n] = nil
		}
	}
	return added, dropped
}

// survey asks who has which bucket.
func (e *clusterEars) survey(ctx context.Context) error {
	ranges, err := e.asker.Do(ctx, e.asker.B().ClusterSlots().Build()).ToArray()
	if err != nil {
		return err
	}
	var owners [1 << 14]string
	for _, r := range ranges {
		first, last, address, err := slotRange(r)
		if err != nil {
			return err
		}
		for slot := first; slot <= last; slot++ {
			owners[slot] = address
		}
	}
	for n := range e.owner {
		command := e.asker.B().Ssubscribe().Channel(e.broker.channel(n)).Build()
		if e.owner[n] = owners[command.Slot()]; e.owner[n] == "" {
			return fmt.Errorf("live: no shard of the Cluster has slot %d", command.Slot())
		}
	}
	return nil
}

var errSlots = errors.New("live: the Cluster's answer about its slots cannot be read")

// slotRange reads a range of slots and the address of the shard that has them.
func slotRange(r rueidis.RedisMessage) (first, last int64, address string, err error) {
	fields, err := r.ToArray()
	if err != nil || len(fields) < 3 {
		return 0, 0, "", errSlots
	}
	first, errFirst := fields[0].AsInt64()
	last, errLast := fields[1].AsInt64()
	node, errNode := fields[2].ToArray()
	if errors.Join(errFirst, errLast, errNode) != nil || len(node) < 2 || first < 0 || first > last || last >= 1<<14 {
		return 0, 0, "", errSlots
	}
	host, errHost := node[0].ToString()
	port, errPort := node[1].AsInt64()
	if errors.Join(errHost, errPort) != nil || host == "" {
		return 0, 0, "", errSlots
	}
	return first, last, net.JoinHostPort(host, strconv.FormatInt(port, 10)), nil
}

// subscribe returns the buckets that turned out to be elsewhere.
func (e *clusterEars) subscribe(ctx context.Context, buckets []int) (elsewhere []int, err error) {
	byOwner := make(map[string][]int)
	for _, n := range buckets {
		byOwner[e.owner[n]] = append(byOwner[e.owner[n]], n)
	}
	for address, theirs := range byOwner {
		s, err := e.shard(address)
		if err != nil {
			return nil, err
		}
		e.stand(theirs, s) // before the answer, since a push that takes it back may come at once
		commands := make(rueidis.Commands, 0, len(theirs))
		for _, n := range theirs { // a command may not go over slots
			commands = append(commands, s.line.B().Ssubscribe().Channel(e.broker.channel(n)).Build())
		}
		for i, answer := range s.line.DoMulti(ctx, commands...) {
			err := answer.Error()
			if err == nil {
				continue
			}
			e.stand(theirs[i:i+1], nil)
			refused, ok := rueidis.IsRedisErr(err)
			if !ok {
				return nil, err
			}
			to, ok := refused.IsMoved()
			if !ok {
				return nil, err
			}
			e.owner[theirs[i]] = to
			elsewhere = append(elsewhere, theirs[i])
		}
	}
	return elsewhere, nil
}

func (e *clusterEars) stand(buckets []int, s *shardEar) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, n := range buckets {
		e.standing[n] = s
	}
}

func (e *clusterEars) unsubscribe(ctx context.Context, dropped map[*shardEar][]int) error {
	for s, theirs := range dropped {
		commands := make(rueidis.Commands, 0, len(theirs))
		for _, n := range theirs {
			commands = append(commands, s.line.B().Sunsubscribe().Channel(e.broker.channel(n)).Build())
		}
		for _, answer := range s.line.DoMulti(ctx, commands...) {
			// A shard that refuses has lost the slot, and has ended the subscription by itself.
			if err := answer.NonRedisError(); err != nil {
				return err
			}
		}
	}
	return nil
}

// shard is the connection to a shard.
func (e *clusterEars) shard(address string) (*shardEar, error) {
	if s := e.shards[address]; s != nil {
		return s, nil
	}
	option := e.broker.option
	option.InitAddress, option.ForceSingleClient = []string{address}, true
	client, err := rueidis.NewClient(option)
	if err != nil {
		return nil, err
	}
	s := &shardEar{client: client}
	s.line, s.release = client.Dedicate()
	e.shards[address] = s
	broken := s.line.SetPubSubHooks(rueidis.PubSubHooks{
		OnMessage:      func(m rueidis.PubSubMessage) { e.broker.receive([]byte(m.Message)) },
		OnSubscription: func(p rueidis.PubSubSubscription) { e.ended(s, p) },
	})
	go func() {
		if err, ok := <-broken; ok && err != nil {
			select {
			case e.broken <- err:
			default:
			}
		}
	}()
	return s, nil
}

// ended notices that a shard has ended a subscription which was not given up: the slot has moved.
func (e *clusterEars) ended(s *shardEar, p rueidis.PubSubSubscription) {
	n, ok := e.broker.bucketIn(p.Channel)
	if !ok || p.Kind != "sunsubscribe" {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.standing[n] == s {
		e.standing[n], e.moved = nil, true
		signal(e.broker.changed)
	}
}
