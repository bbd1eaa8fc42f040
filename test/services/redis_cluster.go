package services

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// RedisCluster is a Redis Cluster for one test: three masters, each with a third of the slots, and optionally
// one replica each, which takes over about a second after its master fails.
type RedisCluster struct {
	URL      string // of one of the masters
	Masters  []*RedisServer
	Replicas []*RedisServer
}

// clusterMasters is the minimum of a Cluster.
const clusterMasters = 3

// ClusterSlots is the number of slots.
const ClusterSlots = 1 << 14

// NewRedisCluster starts a Cluster. The end of the test stops it.
func NewRedisCluster(tb testing.TB, replicas bool) *RedisCluster {
	tb.Helper()
	bin, err := exec.LookPath("redis-server")
	if err != nil {
		missing(tb, "Redis", "redis-server in PATH")
	}
	password := rand.Text()
	node := func() *RedisServer {
		s := &RedisServer{tb: tb, bin: bin, dir: tb.TempDir(), password: password}
		if err := retry(s.startInCluster); err != nil {
			tb.Fatalf("Redis: %v", err)
		}
		tb.Cleanup(s.Stop)
		return s
	}
	c := &RedisCluster{}
	for range clusterMasters {
		c.Masters = append(c.Masters, node())
		if replicas {
			c.Replicas = append(c.Replicas, node())
		}
	}
	c.URL = c.Masters[0].URL
	if err := c.join(); err != nil {
		tb.Fatalf("Redis Cluster: %v", err)
	}
	return c
}

func (s *RedisServer) startInCluster() error {
	bus, err := freePort()
	if err != nil {
		return err
	}
	s.more = []string{"--cluster-enabled", "yes", "--cluster-port", strconv.Itoa(bus), "--cluster-node-timeout", "1000", "--masterauth", s.password}
	return s.startSomewhere()
}

func (c *RedisCluster) nodes() []*RedisServer {
	return append(append([]*RedisServer{}, c.Masters...), c.Replicas...)
}

// join forms a Cluster of the nodes.
func (c *RedisCluster) join() error {
	for i, m := range c.Masters {
		first, last := i*ClusterSlots/clusterMasters, (i+1)*ClusterSlots/clusterMasters-1
		if _, err := m.Ask(fmt.Sprintf("CLUSTER ADDSLOTSRANGE %d %d", first, last)); err != nil {
			return err
		}
	}
	for _, n := range c.nodes()[1:] {
		if _, err := n.Ask(fmt.Sprintf("CLUSTER MEET 127.0.0.1 %d %s", c.Masters[0].port, c.Masters[0].more[3])); err != nil {
			return err
		}
	}
	for i, r := range c.Replicas {
		id, err := c.Masters[i].Ask("CLUSTER MYID")
		if err != nil {
			return err
		}
		if err := within(func() error { _, err := r.Ask("CLUSTER REPLICATE " + id); return err }); err != nil {
			return err
		}
	}
	return within(c.ready)
}

// ready checks more than cluster_state:ok, which a node reports before it knows the replicas.
func (c *RedisCluster) ready() error {
	for _, n := range c.nodes() {
		info, err := n.Ask("CLUSTER INFO")
		if err != nil {
			return err
		}
		known, err := n.Ask("CLUSTER NODES")
		if err != nil {
			return err
		}
		replicas, pending := strings.Count(known, "slave"), strings.Count(known, "handshake")+strings.Count(known, "disconnected")
		if !strings.Contains(info, "cluster_state:ok") || replicas != len(c.Replicas) || pending > 0 ||
			strings.Count(strings.TrimSpace(known), "\n")+1 != len(c.nodes()) {
			return errors.New("it is not complete:\n" + known)
		}
	}
	for _, r := range c.Replicas {
		if role, err := r.Ask("INFO replication"); err != nil || !strings.Contains(role, "master_link_status:up") {
			return fmt.Errorf("a replica is not synchronized: %w", err)
		}
	}
	return nil
}

// MasterOf returns the number of the master that has a slot after the start.
func MasterOf(slot int) int {
	for i := range clusterMasters {
		if slot < (i+1)*ClusterSlots/clusterMasters {
			return i
		}
	}
	return clusterMasters - 1
}

// Move gives a slot without keys to another master.
func (c *RedisCluster) Move(tb testing.TB, slot, to int) {
	tb.Helper()
	id, err := c.Masters[to].Ask("CLUSTER MYID")
	if err != nil {
		tb.Fatal(err)
	}
	for i := range c.Masters { // the new owner first
		master := c.Masters[(to+i)%len(c.Masters)]
		if _, err := master.Ask(fmt.Sprintf("CLUSTER SETSLOT %d NODE %s", slot, id)); err != nil {
			tb.Fatal(err)
		}
	}
}

// within retries until success or the deadline.
func within(try func() error) (err error) {
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		if err = try(); err == nil || time.Now().After(deadline) {
			return err
		}
	}
}
