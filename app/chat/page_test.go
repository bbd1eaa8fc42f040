package chat_test

import (
	"flag"
	"fmt"
	"slices"
	"strconv"
	"testing"

	"dchat/app/chat"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// page is what somebody's open page shows, from what it was told.
type page struct {
	viewer   *chat.User
	version  int64
	rows     map[int64]chat.Entry // by whom they are about
	requests int
	name     string // the viewer's own
	gone     bool   // nobody is signed in any more
}

type pages map[int64]*page

// pages are opened for people, as they are now.
func (w *world) pages(people []*chat.User) pages {
	w.t.Helper()
	all := pages{}
	for _, u := range people {
		p := &page{viewer: u, rows: map[int64]chat.Entry{}}
		p.catchUp(w, true)
		all[u.ID] = p
	}
	return all
}

// catchUp brings the page what it lacks; all of it if its cursor is lost.
func (p *page) catchUp(w *world, lost bool) {
	w.t.Helper()
	missed, err := w.Missed(w.ctx, p.viewer, chat.Seen{Version: p.version}, lost)
	require.NoError(w.t, err)
	for _, e := range missed.Entries {
		p.rows[e.Other.ID] = e
	}
	p.version, p.requests = missed.Version, missed.Requests
	if missed.Self != nil {
		p.name, p.gone = missed.Self.DisplayName, !missed.Self.DeletedAt.IsZero()
	}
}

// show brings to the pages what was told, each in the order of its versions: they must form a chain.
func (all pages) show(t require.TestingT, told []chat.Change) {
	slices.SortStableFunc(told, func(a, b chat.Change) int { return int(a.From - b.From) })
	for _, change := range told {
		p := all[change.Viewer.ID]
		require.NotNil(t, p, "nobody else is told")
		require.Equal(t, p.version, change.From, "no step is missing or told twice")
		require.Greater(t, change.To, change.From)
		p.version = change.To
		for _, item := range change.Items {
			p.rows[item.Entry.Other.ID] = item.Entry
		}
		if change.Requests != nil {
			p.requests = *change.Requests
		}
		if change.Self {
			p.name, p.gone = change.Viewer.DisplayName, !change.Viewer.DeletedAt.IsZero()
		}
	}
}

// compare makes sure that pages show what is true.
func (all pages) compare(w *world, people ...*chat.User) {
	w.t.Helper()
	for _, u := range people {
		all[u.ID].compare(w.t, w)
	}
}

func (p *page) compare(t require.TestingT, w *world) {
	if p.gone {
		return
	}
	truth, err := w.Missed(w.ctx, p.viewer, chat.Seen{}, true)
	require.NoError(t, err)
	require.Equal(t, truth.Version, p.version)
	require.Equal(t, truth.Self.DisplayName, p.name)
	asking := 0
	for _, e := range truth.Entries {
		who := p.viewer.Username + " of " + e.Other.Username
		shown := p.rows[e.Other.ID]
		require.Equal(t, e.Standing, shown.Standing, who)
		require.Equal(t, e.Seq, shown.Seq, who)
		require.Equal(t, e.Unread(), shown.Unread(), who)
		require.True(t, e.ShownAt.Equal(shown.ShownAt), who)
		if e.Standing == chat.Asking {
			asking++
		}
		if e.Standing == chat.Asking || e.Standing == chat.InContact || e.Standing == chat.Gone {
			require.Equal(t, e.Other.DisplayName, shown.Other.DisplayName, who)
		}
	}
	require.Equal(t, asking, truth.Requests, "%s: as many as have a card", p.viewer.Username)
	require.Equal(t, truth.Requests, p.requests, p.viewer.Username)
}

// dice are even, unlike rapid's numbers, which like to be small.
func dice(rt *rapid.T, bits int) (n int) {
	for range bits {
		n *= 2
		if rapid.Bool().Draw(rt, "bit") {
			n++
		}
	}
	return n
}

// Whatever people do to each other: what their pages are told, step by step, is what is true, and a
// page that was away catches up to the same.
func TestPagesShowWhatIsTrue(t *testing.T) {
	require.NoError(t, flag.Set("rapid.nofailfile", "true"))
	everywhere(t, func(w *world) {
		checks := "40"
		if w.db.Postgres() { // the rules are the same there, and take longer
			checks = "10"
		}
		require.NoError(w.t, flag.Set("rapid.checks", checks))
		round := 0
		rapid.Check(w.t, func(rt *rapid.T) {
			round++
			people := w.people(numbered("r"+strconv.Itoa(round)+"-", 4)...)
			w.told()
			live, late := w.pages(people), w.pages(people)
			for step := range rapid.IntRange(20, 40).Draw(rt, "steps") {
				a, b := people[dice(rt, 2)], people[dice(rt, 2)]
				if a == b {
					continue
				}
				var err error
				switch what := dice(rt, 4); {
				case what < 14:
					rt.Logf("%d does %d to %d", a.ID, what, b.ID)
					err = w.anything(w.Store, what, a, b, fmt.Sprint(step))
				case what == 14 && dice(rt, 3) == 7:
					rt.Logf("%d leaves", a.ID)
					err = w.DeleteAccount(w.ctx, a, password)
				default:
					late[b.ID].catchUp(w, false)
					late[b.ID].compare(rt, w)
				}
				if code := chat.CodeOf(err); err != nil && code == chat.Internal {
					rt.Fatalf("%v", err)
				}
				live.show(rt, w.told())
				live[a.ID].compare(rt, w)
				live[b.ID].compare(rt, w)
			}
			for _, u := range people {
				late[u.ID].catchUp(w, false)
				late[u.ID].compare(rt, w)
				live[u.ID].compare(rt, w)
			}
		})
	})
}
