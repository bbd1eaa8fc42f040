package life

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strconv"
	"sync"
	"testing"

	"dchat/test/harness"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// lanes is how many conversations are played at the same time: pages mostly wait.
const lanes = 6

// runs is how many scripts are played on each database: DCHAT_TEST_RUNS says another number.
func runs(t *testing.T) int {
	t.Helper()
	text := os.Getenv("DCHAT_TEST_RUNS")
	if text == "" {
		return 60
	}
	n, err := strconv.Atoi(text)
	require.NoError(t, err)
	return n
}

// Whatever two people do with their messages at the same time, on all their pages, connected or not: in the end each page
// shows what a page shows that is loaded now, and that is what the database has.
func TestPagesShowTheDatabase(t *testing.T) {
	require.NoError(t, flag.Set("rapid.nofailfile", "true"))
	require.NoError(t, flag.Set("rapid.checks", fmt.Sprint(max(1, runs(t)/lanes))))
	harness.Backends(t, func(t *testing.T, b *harness.Backend) {
		nodes := []*harness.Node{b.Start(t)}
		if b.Redis() != nil {
			nodes = append(nodes, b.Start(t))
		}
		var servers []*harness.Server
		for _, n := range nodes {
			servers = append(servers, &n.Server)
		}
		f := newFixture(t, b, servers, nodes[0].Crowd(t, 4*runs(t)+2000, 3))
		var all sync.WaitGroup
		for lane := range lanes {
			all.Go(func() { t.Run(fmt.Sprint(lane), func(t *testing.T) { rapid.Check(t, f.check) }) })
		}
		all.Wait()
	})
}

func (f *fixture) check(t *rapid.T) {
	s := scripts.Draw(t, "script")
	k := f.newTalk(t.Context(), t)
	defer k.close()
	for _, a := range k.actors {
		for _, p := range a.pages {
			require.NoError(t, p.Connect())
		}
	}
	err := k.play(s)
	if err == nil {
		err = k.compare(true)
	}
	if err != nil {
		t.Logf("%v", err)
		t.Fatalf("%v", kind(err)) // the same for the same fault: rapid looks for a shorter script with it
	}
}

func kind(err error) error {
	for _, kind := range []error{errLost, errFresh, errOpen} {
		if errors.Is(err, kind) {
			return kind
		}
	}
	return errors.New("a step has failed")
}
