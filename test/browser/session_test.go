package browser

import (
	"net/url"
	"sync"
	"testing"
	"time"

	"dchat/test/harness"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// awaitAllSignedOut waits until all pages have navigated to sign-in by themselves, soon after began.
func awaitAllSignedOut(t *testing.T, began time.Time, pages ...*Page) {
	t.Helper()
	for _, p := range pages {
		p.AwaitSignedOut()
		p.awaitStatus("You were signed out")
		took := time.Since(began)
		t.Logf("%v until the other window showed sign-in", took.Round(time.Millisecond))
		require.Less(t, took, 5*time.Second, "2 s on an idle machine")
	}
}

// recordPaths records the paths that a page navigates to from now on.
func recordPaths(p *Page) func() []string {
	var mu sync.Mutex
	way := []string{}
	chromedp.ListenTarget(p.ctx, func(event any) {
		e, ok := event.(*network.EventRequestWillBeSent)
		if !ok || e.Type != network.ResourceTypeDocument {
			return
		}
		u, err := url.Parse(e.Request.URL)
		mu.Lock()
		defer mu.Unlock()
		if err == nil {
			way = append(way, u.Path)
		}
	})
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		return way
	}
}

// awaitSessions waits until the open settings list n sessions.
func (p *Page) awaitSessions(n int) {
	p.t.Helper()
	p.Await("the sessions", `n => document.querySelectorAll('#sessions-state li').length === n`, n)
}

func TestRevokeSessionElsewhere(t *testing.T) {
	t.Parallel()
	onNodes(t, func(t *testing.T, one, two *harness.Node) {
		here := enter(t, one.SignUp(t, "anna"), one.URL, "/settings")
		here.AwaitLive()
		elsewhere := func() *Page {
			p := open(t, "anna", two.URL)
			p.Go("/login")
			p.SignIn(harness.Password)
			p.Find("", "searchbox", "Search people")
			p.AwaitLive()
			return p
		}
		here.awaitSessions(1)
		here.AwaitAbsent("", "button", "Sign out everywhere else")

		other, third := elsewhere(), elsewhere()
		here.awaitSessions(3)
		here.Find("#sessions-state li:first-child", "StaticText", "This one")
		began := time.Now()
		here.Click("#sessions-state li:nth-child(3)", "button", "Sign out *")
		awaitAllSignedOut(t, began, other)
		here.awaitSessions(2)
		third.AwaitLive()
		require.Equal(t, "/", ask[string](third, `() => location.pathname`))

		other.SignIn(harness.Password)
		other.Find("", "searchbox", "Search people")
		other.AwaitLive()
		here.awaitSessions(3)
		third.Reload() // its node has the session in its cache now
		third.AwaitLive()
		way := recordPaths(third)
		began = time.Now()
		here.Click("#sessions-state", "button", "Sign out everywhere else")
		awaitAllSignedOut(t, began, other, third)
		require.Equal(t, []string{"/login"}, way(), "it navigates once")
		here.awaitSessions(1)
		here.AwaitAbsent("", "button", "Sign out everywhere else")
		here.AwaitLive()
		here.Reload()
		here.Find("#pane", "heading", "Settings")
	})
}

func TestPasswordChangeSignsOutOthers(t *testing.T) {
	t.Parallel()
	const fresh = "nine brass kettles"
	onNodes(t, func(t *testing.T, one, two *harness.Node) {
		here := enter(t, one.SignUp(t, "anna"), one.URL, "/settings")
		here.AwaitLive()
		other := enter(t, one.SignIn(t, "anna"), two.URL, "/")
		other.AwaitLive()
		here.awaitSessions(2)
		here.fill("#password-fields", "textbox", "Current password", harness.Password)
		here.fill("#password-fields", "textbox", "New password", fresh)
		began := time.Now()
		here.Click("", "button", "Change password")
		awaitAllSignedOut(t, began, other)
		here.Await("the change is confirmed", `() => document.querySelector('#password-said').textContent.startsWith('Your password is changed.')`)
		require.Empty(t, ask[[]string](here, `() => [...document.querySelectorAll('#password-fields input')].map(i => i.value).filter(v => v)`))
		here.awaitSessions(1)
		here.AwaitLive()
		here.Reload()
		here.Find("#pane", "heading", "Settings")
		one.Email(t, "anna@example.org", "your password was changed")
		other.SignIn(fresh)
		other.Find("", "searchbox", "Search people")
	})
}

// Signing out leads to the start page and clears the storage, also on a slow connection.
func TestSignOut(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	p := enter(t, s.SignUp(t, "anna"), s.URL, "/profile")
	p.AwaitLive()
	ask[bool](p, `() => { sessionStorage.setItem('something', 'of hers'); return true }`)
	p.Latency(300 * time.Millisecond)
	p.Click("#pane", "button", "Sign out")
	p.Find("", "button", "Sign in")
	require.Equal(t, "/", ask[string](p, `() => location.pathname`))
	p.Await("the storage is empty", `() => sessionStorage.length === 0`)
}
