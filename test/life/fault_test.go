package life

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"dchat/test/harness"
	"dchat/test/services"

	"github.com/stretchr/testify/require"
)

const (
	stretch = 400                    // actions between two comparisons, at most
	calm    = 600 * time.Millisecond // between two faults
)

// Nodes are killed and Redis restarts while people act: nothing is lost, nothing is there twice, and at rest no page is
// wrong. DCHAT_TEST_ACTIONS says how many actions there are on Postgres.
func TestFaultsLoseNothing(t *testing.T) {
	t.Parallel()
	all, couples := number(t, "DCHAT_TEST_ACTIONS", 600), 2
	if all > 2000 {
		couples = 4
	}
	harness.Backends(t, func(t *testing.T, b *harness.Backend) {
		nodes := []*harness.Process{b.Exec(t)}
		if b.Redis() != nil {
			nodes = append(nodes, b.Exec(t))
		}
		var servers []*harness.Server
		for _, n := range nodes {
			servers = append(servers, &n.Server)
		}
		var crowd []*harness.Person
		for i := range 4 * couples {
			crowd = append(crowd, servers[0].SignUp(t, fmt.Sprintf("person%d", i)))
		}
		for i := 0; i < len(crowd); i += 2 {
			harness.Connect(t, crowd[i], crowd[i+1])
		}
		r := &rehearsal{fixture: newFixture(t, b, servers, crowd), redis: b.Redis(), nodes: nodes, seed: rand.Uint64()}
		for range couples {
			r.talks = append(r.talks, r.newTalk(t.Context(), t))
		}
		actions := all
		if b.Redis() == nil { // one node
			actions /= 4
		}
		r.run(t, actions)
	})
}

// rehearsal is a number of conversations and what happens to the servers meanwhile.
type rehearsal struct {
	*fixture

	nodes []*harness.Process
	redis *services.RedisServer // nil on SQLite
	seed  uint64
	talks []*talk

	done            atomic.Int64
	kills, restarts int
}

func (r *rehearsal) run(t *testing.T, actions int) {
	t.Helper()
	t.Logf("seed %d", r.seed)
	for _, k := range r.talks {
		defer k.close()
		for _, a := range k.actors {
			a.stays = true
			for _, p := range a.pages {
				go p.Stay(t.Context())
			}
		}
	}
	began, rest := time.Now(), time.Duration(0)
	some := min(stretch, actions/3)
	for at := 0; at < actions; at += some {
		r.act(t, at/some, some)
		calm := time.Now()
		for _, k := range r.talks {
			require.NoError(t, k.compare(true))
		}
		rest = max(rest, time.Since(calm))
		if n := at / some; n%10 == 9 {
			t.Logf("%d actions in %v", at+some, time.Since(began).Round(time.Second))
		}
	}
	r.report(t, time.Since(began), rest)
}

// act lets all people act, while something happens to the servers.
func (r *rehearsal) act(t *testing.T, n, actions int) {
	t.Helper()
	over := make(chan struct{})
	var faults, acting sync.WaitGroup
	faults.Go(func() { r.disturb(over) })
	failed := make([]error, 2*len(r.talks))
	for i := range failed {
		a := r.talks[i/2].actors[i%2]
		random := rand.New(rand.NewPCG(r.seed, uint64(n*len(failed)+i)))
		acting.Go(func() {
			for n := 0; n < actions/len(failed) && failed[i] == nil; {
				s := step{i % 2, random.IntN(pagesEach), verbs[random.IntN(len(verbs))], random.IntN(10), random.IntN(5)}
				if s.Do != "rest" {
					failed[i] = a.do(s)
					n++
				}
			}
			r.done.Add(int64(actions / len(failed)))
		})
	}
	acting.Wait()
	close(over)
	faults.Wait()
	for _, err := range failed {
		require.NoError(t, err)
	}
}

// disturb kills nodes and restarts Redis in turn until it is over, at least once. Then all of them run.
func (r *rehearsal) disturb(over chan struct{}) {
	for {
		time.Sleep(rand.N(calm / 4))
		turn := r.kills + r.restarts
		if r.redis != nil && turn%3 == 1 {
			r.redis.Stop()
			time.Sleep(rand.N(calm))
			r.redis.Start()
			r.restarts++
		} else {
			node := r.nodes[turn%len(r.nodes)]
			node.Kill()
			node.Start()
			r.kills++
		}
		select {
		case <-over:
			return
		case <-time.After(calm/2 + rand.N(calm)):
		}
	}
}

func (r *rehearsal) report(t *testing.T, took, rest time.Duration) {
	t.Helper()
	lost, away, late := 0, time.Duration(0), time.Duration(0)
	for _, k := range r.talks {
		for _, a := range k.actors {
			for _, p := range a.pages {
				record := p.Record()
				lost, away, late = lost+record.Lost, max(away, record.Disconnected), max(late, record.CatchUp)
			}
		}
	}
	t.Logf("%d actions in %v: %d requests repeated; %d kills, %d restarts of Redis; %d connections lost, longest without one %v, longest catch-up %v, longest until all is compared at rest %v",
		r.done.Load(), took.Round(time.Second), r.tally.repeated.Load(), r.kills, r.restarts, lost,
		away.Round(time.Millisecond), late.Round(time.Millisecond), rest.Round(time.Millisecond))
	require.Positive(t, r.kills)
	r.tally.requireDone(t)
}
