package chat_test

import (
	"flag"
	"fmt"
	"slices"
	"strconv"
	"testing"

	"dchat/app/account"
	"dchat/app/chat"
	"dchat/app/errs"
	"dchat/test/domain"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// page is what a user's open page shows, from the changes that it got.
type page struct {
	viewer   *account.User
	version  int64
	rows     map[int64]chat.Entry // by whom they are about
	requests int
	name     string // the viewer's own
	gone     bool   // nobody is signed in any more
}

type pages map[int64]*page

// pages are opened for people, as they are now.
func (f *fixture) pages(people []*account.User) pages {
	f.T.Helper()
	all := pages{}
	for _, u := range people {
		p := &page{viewer: u, rows: map[int64]chat.Entry{}}
		p.catchUp(f, true)
		all[u.ID] = p
	}
	return all
}

// catchUp brings the page what it lacks; all of it if its cursor is lost.
func (p *page) catchUp(f *fixture, lost bool) {
	f.T.Helper()
	missed, err := f.Delta(f.Ctx, p.viewer, chat.Position{Version: p.version}, lost)
	require.NoError(f.T, err)
	for _, e := range missed.Entries {
		p.rows[e.Other.ID] = e
	}
	p.version, p.requests = missed.Version, missed.Requests
	if missed.Self != nil {
		p.name, p.gone = missed.Self.DisplayName, !missed.Self.DeletedAt.IsZero()
	}
}

// show applies changes to the pages, each in the order of its versions: they must form a chain.
func (all pages) show(t require.TestingT, changes []chat.Change) {
	slices.SortStableFunc(changes, func(a, b chat.Change) int { return int(a.From - b.From) })
	for _, change := range changes {
		p := all[change.Viewer.ID]
		require.NotNil(t, p, "no other user gets a change")
		require.Equal(t, p.version, change.From, "no step is missing or repeated")
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
func (all pages) compare(f *fixture, people ...*account.User) {
	f.T.Helper()
	for _, u := range people {
		all[u.ID].compare(f.T, f)
	}
}

func (p *page) compare(t require.TestingT, f *fixture) {
	if p.gone {
		return
	}
	truth, err := f.Delta(f.Ctx, p.viewer, chat.Position{}, true)
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
		require.Equal(t, lastOf(e), lastOf(shown), who)
		require.True(t, e.ShownAt.Equal(shown.ShownAt), who)
		if e.Standing == chat.Asking {
			asking++
		}
		if e.Standing == chat.Asking || e.Standing == chat.InContact || e.Standing == chat.Deleted {
			require.Equal(t, e.Other.DisplayName, shown.Other.DisplayName, who)
		}
	}
	require.Equal(t, asking, truth.Requests, "%s: as many as have a card", p.viewer.Username)
	require.Equal(t, truth.Requests, p.requests, p.viewer.Username)
}

// lastOf is what the last line of an entry is made of.
func lastOf(e chat.Entry) string {
	if e.Last == nil {
		return "none"
	}
	return fmt.Sprint(e.Last.Seq, e.Last.Body, e.Last.Hidden, e.Last.DeletedAt.IsZero(), e.Last.Files)
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

// Whatever people do to each other: what their pages get, step by step, equals the database, and a
// page that was away catches up to the same.
func TestPagesMatchTheDatabase(t *testing.T) {
	require.NoError(t, flag.Set("rapid.nofailfile", "true"))
	everywhere(t, func(f *fixture) {
		checks := "40"
		if f.DB.Postgres() { // the rules are the same there, and take longer
			checks = "10"
		}
		require.NoError(f.T, flag.Set("rapid.checks", checks))
		round := 0
		rapid.Check(f.T, func(rt *rapid.T) {
			round++
			people := f.Users(domain.Numbered("r"+strconv.Itoa(round)+"-", 4)...)
			f.Changes()
			live, late := f.pages(people), f.pages(people)
			for step := range rapid.IntRange(20, 40).Draw(rt, "steps") {
				a, b := people[dice(rt, 2)], people[dice(rt, 2)]
				if a == b {
					continue
				}
				var err error
				switch what := dice(rt, 4); {
				case what < 14:
					rt.Logf("%d does %d to %d", a.ID, what, b.ID)
					err = f.anything(f.Node, what, a, b, fmt.Sprint(step))
				case what == 14 && dice(rt, 3) == 7:
					rt.Logf("%d leaves", a.ID)
					err = f.DeleteAccount(f.Ctx, a, domain.Password)
				default:
					late[b.ID].catchUp(f, false)
					late[b.ID].compare(rt, f)
				}
				if code := errs.CodeOf(err); err != nil && code == errs.Internal {
					rt.Fatalf("%v", err)
				}
				live.show(rt, f.Changes())
				live[a.ID].compare(rt, f)
				live[b.ID].compare(rt, f)
			}
			for _, u := range people {
				late[u.ID].catchUp(f, false)
				late[u.ID].compare(rt, f)
				live[u.ID].compare(rt, f)
			}
		})
	})
}
