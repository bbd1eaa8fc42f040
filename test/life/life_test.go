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

// number returns a number from the environment, or what it is in a short run.
func number(t *testing.T, name string, short int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return short
	}
	n, err := strconv.Atoi(text)
	require.NoError(t, err)
	return n
}

// Whatever two people do with their messages at the same time, on all their pages, connected or not: in the end each page
// shows what a page shows that is loaded now, and that is what the database has. DCHAT_TEST_RUNS says how many scripts are
// played on each database.
func TestPagesShowTheDatabase(t *testing.T) {
	require.NoError(t, flag.Set("rapid.nofailfile", "true"))
	require.NoError(t, flag.Set("rapid.shrinktime", "15s"))
	runs := number(t, "DCHAT_TEST_RUNS", 36)
	require.NoError(t, flag.Set("rapid.checks", fmt.Sprint(max(1, runs/lanes))))
	harness.Backends(t, func(t *testing.T, b *harness.Backend) {
		nodes := []*harness.Node{b.Start(t)}
		if b.Redis() != nil {
			nodes = append(nodes, b.Start(t))
		}
		var servers []*harness.Server
		for _, n := range nodes {
			servers = append(servers, &n.Server)
		}
		f := newFixture(t, b, servers, nodes[0].Crowd(t, 4*runs+800, 60))
		var all sync.WaitGroup
		for lane := range lanes {
			all.Go(func() { t.Run(fmt.Sprint(lane), func(t *testing.T) { rapid.Check(t, f.check) }) })
		}
		all.Wait()
		f.tally.requireAll(t)
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
