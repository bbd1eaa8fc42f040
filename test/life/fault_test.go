package life

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

const (
	couples = 4   // of people who talk during faults
	stretch = 400 // actions between two comparisons
	calm    = 600 * time.Millisecond
)

// Nodes are killed and Redis restarts while people act: nothing is lost, nothing is there twice, and at rest no page is
// wrong. DCHAT_TEST_ACTIONS says how many actions there are on Postgres.
func TestFaultsLoseNothing(t *testing.T) {
	actions := number(t, "DCHAT_TEST_ACTIONS", 400)
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
		if b.Redis() == nil {
			actions = min(actions, 2000) / 2
		}
		r.run(t, actions)
	})
}

// rehearsal is a number of conversations and what happens to the servers meanwhile.
type rehearsal struct {
	*fixture

	nodes []*harness.Process
	redis interface {
		Stop()
		Start()
	}
	seed  uint64
	talks []*talk

	done, refused, repeated atomic.Int64
	kills, restarts         int
}

func (r *rehearsal) run(t *testing.T, actions int) {
	t.Helper()
	t.Logf("seed %d", r.seed)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for range couples {
		k := r.newTalk(ctx, t)
		defer k.close()
		r.talks = append(r.talks, k)
		for _, a := range k.actors {
			a.again = r.again
			for _, p := range a.pages {
				go p.Stay(ctx)
			}
		}
	}
	began, rest := time.Now(), time.Duration(0)
	for at := 0; at < actions; at += stretch {
		r.act(t, at/stretch, min(stretch, actions-at))
		calm := time.Now()
		for _, k := range r.talks {
			require.NoError(t, k.compare(true))
		}
		rest = max(rest, time.Since(calm))
	}
	r.report(t, time.Since(began), rest)
}

// act lets all people act, while something happens to the servers.
func (r *rehearsal) act(t *testing.T, n, actions int) {
	t.Helper()
	over := make(chan struct{})
	var faults, acting sync.WaitGroup
	faults.Go(func() { r.disturb(n, over) })
	failed := make([]error, 2*couples)
	for i := range failed {
		a := r.talks[i/2].actors[i%2]
		random := rand.New(rand.NewPCG(r.seed, uint64(n*len(failed)+i)))
		acting.Go(func() {
			for range actions / len(failed) {
				s := step{i % 2, random.IntN(pagesEach), verbs[random.IntN(len(verbs))], random.IntN(10), random.IntN(5)}
				if s.Do == "rest" || failed[i] != nil {
					continue
				}
				failed[i] = a.do(s)
				r.done.Add(1)
			}
		})
	}
	acting.Wait()
	close(over)
	faults.Wait()
	for _, err := range failed {
		require.NoError(t, err)
	}
}

// disturb kills nodes and restarts Redis until it is over. Then all of them run.
func (r *rehearsal) disturb(n int, over chan struct{}) {
	random := rand.New(rand.NewPCG(r.seed, uint64(n)))
	for {
		select {
		case <-over:
			return
		case <-time.After(calm/2 + rand.N(calm)):
		}
		if r.redis != nil && random.IntN(3) == 0 {
			r.redis.Stop()
			time.Sleep(rand.N(calm))
			r.redis.Start()
			r.restarts++
			continue
		}
		node := r.nodes[random.IntN(len(r.nodes))]
		node.Kill()
		node.Start()
		r.kills++
	}
}

// again repeats a request until there is an answer of the server, as the script does.
func (r *rehearsal) again(try func() (*harness.Answer, error)) (*harness.Answer, error) {
	for end := time.Now().Add(time.Minute); ; {
		answer, err := try()
		if err == nil && answer.Status < 500 || time.Now().After(end) {
			if answer.Status >= 400 {
				r.refused.Add(1)
			}
			return answer, err
		}
		if answer.Status >= 500 && answer.Status != http.StatusServiceUnavailable {
			return answer, fmt.Errorf("an outage is answered with %d: %s", answer.Status, answer.Body)
		}
		r.repeated.Add(1)
		time.Sleep(20*time.Millisecond + rand.N(50*time.Millisecond))
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
	t.Logf("%d actions in %v: %d refused, %d requests repeated; %d kills, %d restarts of Redis; %d connections lost, longest without one %v, longest catch-up %v, longest until all is compared at rest %v",
		r.done.Load(), took.Round(time.Second), r.refused.Load(), r.repeated.Load(), r.kills, r.restarts, lost,
		away.Round(time.Millisecond), late.Round(time.Millisecond), rest.Round(time.Millisecond))
	require.Positive(t, r.kills)
	r.tally.requireDone(t)
}
