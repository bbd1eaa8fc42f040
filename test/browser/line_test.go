package browser

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

// A line that died without a sign raises no event in a browser: only its silence tells. Where nothing
// happens but the line is well, there is no such silence.
func TestAPageNoticesADeadLine(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, carl := trio(t, &s.Server)
	calm := enter(t, carl, s.URL, "/")
	calm.AwaitLive()
	between := startProxy(t, s.URL)
	p := enter(t, anna, between.URL, "/chats/bert")
	p.Excuse(lostLine...)
	p.AwaitLive()
	say(t, bert, anna, "heard")
	p.AwaitTexts("heard")
	p.fillPool()
	between.Swallow()
	say(t, bert, anna, "missed")
	began := time.Now()
	p.AwaitWithin(45*time.Second, "what the dead line swallowed", hasText, "missed")
	t.Logf("a dead line was noticed after %v", time.Since(began).Round(time.Second))
	p.AwaitTexts("heard", "missed")
	p.Send("an answer")
	p.AwaitTexts("heard", "missed", "an answer")
	calm.mu.Lock()
	defer calm.mu.Unlock()
	require.Equal(t, 1, calm.sockets, "a page with nothing to hear stays on its line")
}

// What is sent before the page has noticed does not wait for that: an answer that does not come says it, too.
// A clock that is set, either way, does not make a dead line look alive: the page takes a new one at once, unless it
// hears something by the old one.
func TestAClockThatIsSetMakesTheLineAnew(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	sockets := func() int {
		a.mu.Lock()
		defer a.mu.Unlock()
		return a.sockets
	}
	require.NoError(t, a.evaluate(nil, `() => { const { now } = Date; window.off = 0; Date.now = () => now() + off }`))
	for _, days := range []int{-2, 2, -400} {
		before := sockets()
		a.await(patience, "another line", func() bool {
			return sockets() > before || a.evaluate(nil, `days => { off += days * 864e5 }`, days) != nil
		}, a.text)
		text := fmt.Sprintf("after %d days", days)
		b.Send(text)
		a.AwaitText(text)
	}
}

func TestAMessageLeavesByALiveConnection(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, _, _ := trio(t, &s.Server)
	between := startProxy(t, s.URL)
	p := enter(t, anna, between.URL, "/chats/bert")
	p.Excuse(lostLine...)
	p.AwaitLive()
	p.fillPool()
	between.Swallow()
	p.Send("into the dark")
	p.AwaitWithin(2*patience, "the message", hasText, "into the dark")
	p.AwaitTexts("into the dark")
}

func TestAChatOpensByALiveConnection(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, _ := trio(t, &s.Server)
	say(t, anna, bert, "already there")
	between := startProxy(t, s.URL)
	p := enter(t, anna, between.URL, "/")
	p.Excuse(lostLine...)
	p.AwaitLive()
	p.fillPool()
	between.Swallow()
	p.Click("#chats", "link", "bert")
	p.AwaitWithin(2*patience, "the chat", hasText, "already there")
}

// What must not be sent twice is sent anew by hand, and leaves then.
func TestAnActionLeavesByALiveConnection(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, _, _ := trio(t, &s.Server)
	between := startProxy(t, s.URL)
	p := enter(t, anna, between.URL, "/people/bert")
	p.Excuse(append(lostLine, "htmx:error: no answer")...)
	p.AwaitLive()
	p.fillPool()
	between.Swallow()
	p.Click("#pane", "button", "Block")
	p.AwaitWithin(2*patience, "that there was no answer",
		`() => document.querySelector('#notice').textContent.includes('No connection')`)
	p.Click("#pane", "button", "Block")
	p.Find("#pane", "link", "Unblock on your profile")
}

// fillPool makes the browser keep as many connections as it does at most.
func (p *Page) fillPool() {
	p.t.Helper()
	ask[bool](p, `async () => {
		await Promise.all(Array.from({ length: 6 }, () => fetch('/healthz', { cache: 'no-store' })))
		return true
	}`)
}

// After sleep a page checks its connection at once.
func TestAPageCatchesUpWhenItIsLookedAt(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, _ := trio(t, &s.Server)
	p := enter(t, anna, s.URL, "/chats/bert")
	p.AwaitLive()
	other := p.Tab()
	other.Go("/")
	other.Show()
	say(t, bert, anna, "while hidden")
	p.AwaitTexts("while hidden")
	p.Offline(true)
	say(t, bert, anna, "while offline")
	p.Show()
	p.Offline(false)
	p.AwaitWithin(6*time.Second, "what came while offline", hasText, "while offline")
	p.AwaitTexts("while hidden", "while offline")
}

func TestSigningOutEndsEveryTab(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, _ := trio(t, &s.Server)
	p := enter(t, anna, s.URL, "/chats/bert")
	p.AwaitLive()
	device := enter(t, s.SignIn(t, "anna"), s.URL, "/")
	device.AwaitLive()
	other := p.Tab()
	other.Go("/profile")
	other.Click("#pane", "button", "Sign out")
	other.Find("", "button", "Sign in")
	p.Await("sign-in", `() => location.pathname === '/login'`)

	say(t, bert, anna, "still signed in elsewhere")
	device.AwaitUnread("bert", 1)

	p.Show()
	p.Fill("textbox", "Email or username", "ANNA@example.org")
	p.Fill("textbox", "Password", harness.Password)
	p.Click("", "button", "Sign in")
	p.AwaitChat("bert")
	p.AwaitTexts("still signed in elsewhere")
}

// A page that outlived its session finds out on its next request, too.
func TestAnEndedSessionLeadsToSignIn(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, _, _ := trio(t, &s.Server)
	p := enter(t, anna, s.URL, "/chats/bert")
	p.AwaitLive()
	p.Excuse("401 (Unauthorized)")
	require.Equal(t, http.StatusSeeOther, anna.Post("/logout", nil, false).Status)
	p.Await("sign-in", `() => location.pathname + location.search === '/login?done=ended&next=%2Fchats%2Fbert'`)
}

// A node that is stopped for an update tells its pages, which come back by themselves.
func TestAPageSurvivesAnUpdate(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	for _, p := range []*Page{a, b} {
		p.Excuse(append(lostLine, "503 (Service Unavailable)")...)
	}
	a.Send("before")
	b.AwaitTexts("before")
	began := time.Now()
	s.Stop()
	require.Less(t, time.Since(began), 5*time.Second, "browsers do not hold up a stop")
	a.Send("during")
	a.awaitState("failed", 1)
	s.Restart()
	a.AwaitTexts("before", "during")
	b.AwaitTexts("before", "during")
	b.Send("after")
	a.AwaitTexts("before", "during", "after")
}

// Behind a proxy a page does not notice which node it talks to, nor that one of them has gone.
func TestAPageMovesToAnotherNode(t *testing.T) {
	t.Parallel()
	b := harness.Postgres(t)
	one, two := b.Start(t), b.Start(t)
	anna, bert, _ := trio(t, &one.Server)
	between := startProxy(t, one.URL)
	p := enter(t, anna, between.URL, "/chats/bert")
	p.Excuse(append(lostLine, "503 (Service Unavailable)")...)
	p.AwaitLive()
	say(t, bert.On(two), anna, "from the second node")
	p.AwaitTexts("from the second node")
	between.Lead(two.URL)
	one.Stop()
	say(t, bert.On(two), anna, "while moving")
	p.AwaitTexts("from the second node", "while moving")
	p.AwaitLive()
	p.Send("from the second node, too")
	p.AwaitTexts("from the second node", "while moving", "from the second node, too")
}

// A reader far up in the log, or with a draft, is not disturbed by changes of the page.
func TestMovingDoesNotDisturb(t *testing.T) {
	t.Parallel()
	b := harness.Postgres(t)
	one, two := b.Start(t), b.Start(t)
	anna, bert := pair(one.Crowd(t, 2, 200))
	between := startProxy(t, one.URL)
	p := enter(t, anna, between.URL, "/chats/"+bert.Username)
	p.Excuse(lostLine...)
	p.AwaitLive()
	p.pageUp()
	p.Write("half a tho")
	a := p.scrollTo(1500)
	one.Stop()
	p.Await("the page says that it has no line", `() => document.querySelector('#offline').checkVisibility()`)
	p.Type("u")
	say(t, bert.On(two), anna, "while moving")
	between.Lead(two.URL)
	p.AwaitText("while moving")
	p.requireSteady(a)
	require.Equal(t, "half a thou", p.Composed())
	p.Type("ght")
	require.Equal(t, "half a thought", p.Composed(), "one types on where one was")
	p.requireSteady(a)
}
