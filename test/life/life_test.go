package life

import (
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"sync"
	"testing"

	"dchat/app/chat"
	"dchat/app/config"
	"dchat/test/harness"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// lanes is how many conversations are played at the same time: pages mostly wait. The lines of every other one are slow.
const lanes = 12

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
	t.Parallel()
	require.NoError(t, flag.Set("rapid.nofailfile", "true"))
	require.NoError(t, flag.Set("rapid.shrinktime", "15s"))
	runs := number(t, "DCHAT_TEST_RUNS", 30)
	require.NoError(t, flag.Set("rapid.checks", fmt.Sprint(max(1, runs/lanes))))
	harness.Backends(t, func(t *testing.T, b *harness.Backend) {
		f := startFixture(t, b, 4*runs+800, slowServices(t))
		lines := [][]*harness.Server{f.servers, slowly(t, f.servers)}
		var all sync.WaitGroup
		for lane := range lanes {
			all.Go(func() { t.Run(fmt.Sprint(lane), func(t *testing.T) { rapid.Check(t, f.check(t, lines[lane%2])) }) })
		}
		all.Wait()
		f.tally.requireDone(t)
	})
}

// startFixture runs two nodes, or one on SQLite. The second is changed.
func startFixture(t *testing.T, b *harness.Backend, people int, change ...func(*config.Config)) *fixture {
	t.Helper()
	first := b.Start(t)
	servers := []*harness.Server{&first.Server}
	if b.Redis() != nil {
		servers = append(servers, &b.Start(t, change...).Server)
	}
	return newFixture(t, b, servers, first.Crowd(t, people, 60))
}

// Pages that missed more than they are told message by message get the latest messages; one that shows another part of the
// conversation loads that part again.
func TestPagesFarBehind(t *testing.T) {
	t.Parallel()
	k := startFixture(t, harness.SQLite(t), 4).newTalk(t.Context(), t)
	defer k.close()
	anna, bert := k.actors[0], k.actors[1]
	require.NoError(t, bert.pages[0].Visit(bert.path+"?at=20"))
	require.False(t, bert.pages[0].State().Tail)
	require.NoError(t, anna.pages[1].Visit(anna.path+"?at=20"))
	require.NoError(t, anna.act(anna.pages[1], step{Do: "delete"}))
	for range chat.MaxSince + 1 {
		require.NoError(t, anna.act(anna.pages[0], step{Do: "send"}))
	}
	require.NoError(t, k.compare(true))
	require.Equal(t, []bool{false, true}, []bool{bert.pages[0].State().Tail, bert.pages[1].State().Tail})
}

// The answer to a pager may be older than the page: a change to a message that the page did not have yet has gone by.
func TestPagerIsOvertakenByAChange(t *testing.T) {
	t.Parallel()
	harness.Backends(t, func(t *testing.T, b *harness.Backend) {
		k := startFixture(t, b, 4).newTalk(t.Context(), t)
		defer k.close()
		anna, bert := k.actors[0], k.actors[1]
		require.NoError(t, k.compare(true)) // all are connected
		require.NoError(t, anna.pages[0].Older())
		overtake := func() {
			require.NoError(t, anna.act(anna.pages[0], step{Do: "delete", Pick: late}))
			at, err := version(t.Context(), k.db, bert.id)
			require.NoError(t, err)
			require.NoError(t, bert.pages[0].AwaitVersion(patience, at))
		}
		require.NoError(t, bert.pages[0].OlderAfter(overtake))
		require.NoError(t, k.compare(true))

		require.NoError(t, bert.pages[0].Visit(bert.path+"?before=5"))
		require.NoError(t, bert.pages[0].NewerAfter(overtake))
		require.False(t, bert.pages[0].State().Tail)
		require.NoError(t, k.compare(true))
	})
}

// The answer to an action may be older than the page, also where the action has changed nothing.
func TestAnswerIsOvertakenByAMessage(t *testing.T) {
	t.Parallel()
	k := startFixture(t, harness.SQLite(t), 4).newTalk(t.Context(), t)
	defer k.close()
	anna, bert := k.actors[0], k.actors[1]
	require.NoError(t, k.compare(true)) // all are connected
	for _, post := range []struct {
		path string
		form url.Values
	}{
		{"/read", url.Values{"seq": {"1"}}},
		{"/read", url.Values{"seq": {"9999"}}},
		{"/read", url.Values{"seq": {"9999"}}},
		{"/unread", nil},
		{"/unread", nil},
		{"/pin", url.Values{"pinned": {"on"}}},
		{"/pin", url.Values{"pinned": {"on"}}},
		{"/archive", url.Values{"archived": {"off"}}},
		{"/mute", url.Values{"for": {"always"}}},
		{"/mute", url.Values{"for": {"off"}}},
		{"/timer", url.Values{"after": {"1d"}}},
		{"/timer", url.Values{"after": {"1d"}}},
		{"/timer", url.Values{"after": {"off"}}},
		{"/accept", nil},
		{"/unblock", nil},
	} {
		overtake := func() {
			require.NoError(t, anna.act(anna.pages[0], step{Do: "send"}))
			at, err := version(t.Context(), k.db, bert.id)
			require.NoError(t, err)
			require.NoError(t, bert.pages[0].AwaitVersion(patience, at))
		}
		answer, err := bert.pages[0].PostAfter(bert.path+post.path, post.form, overtake)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, answer.Status, answer.Body)
		require.NotEmpty(t, answer.Header.Get("DChat-Version"), "%s %v", post.path, post.form)
		if post.path == "/timer" {
			k.ledger.timer()
		}
		require.NoError(t, k.compare(true), "%s %v", post.path, post.form)
	}
}

// A log that comes anew was read before its reader opened the conversation again, and comes after that.
func TestNewLogIsOvertakenByAPane(t *testing.T) {
	t.Parallel()
	k := startFixture(t, harness.SQLite(t), 4).newTalk(t.Context(), t)
	defer k.close()
	anna, bert := k.actors[0], k.actors[1]
	require.NoError(t, k.compare(true)) // all are connected
	late := bert.pages[0]
	late.Disconnect()
	for range chat.MaxSince + 1 {
		require.NoError(t, anna.act(anna.pages[0], step{Do: "send"}))
	}
	late.Hold()
	require.NoError(t, late.Connect())
	require.NoError(t, late.AwaitHeld(patience, "older-"))
	require.NoError(t, anna.act(anna.pages[0], step{Do: "send"}))
	require.NoError(t, late.Visit(bert.path))
	late.Release()
	require.NoError(t, k.compare(true))
}

// check plays a script. Its first failure is told at once: with other timing the script may succeed.
func (f *fixture) check(outer *testing.T, servers []*harness.Server) func(*rapid.T) {
	var first sync.Once
	return func(t *rapid.T) {
		s := scripts.Draw(t, "script")
		k := f.newTalkAt(t.Context(), t, servers)
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
			first.Do(func() { outer.Logf("%v\n%#v", err, s) })
			t.Logf("%v", err)
			t.Fatalf("%v", kind(err)) // the same for the same fault: rapid looks for a shorter script with it
		}
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
