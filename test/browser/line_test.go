package browser

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"dchat/test/harness"
	"dchat/test/services"

	"github.com/stretchr/testify/require"
)

// A connection that dies silently raises no event in a browser: the page detects it by the missing heartbeats.
// A healthy connection without messages is kept.
func TestDeadConnectionIsDetected(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, carl := trio(t, &s.Server)
	calm := enter(t, carl, s.URL, "/")
	calm.AwaitLive()
	proxy := services.NewProxy(t, s.URL)
	p := enter(t, anna, proxy.URL, "/chats/bert")
	p.Excuse(connectionErrors...)
	p.AwaitLive()
	postMessage(t, bert, anna, "heard")
	p.AwaitTexts("heard")
	p.fillPool()
	proxy.Silence()
	postMessage(t, bert, anna, "missed")
	began := time.Now()
	p.AwaitWithin(45*time.Second, "the message lost on the dead connection", hasText, "missed")
	t.Logf("a dead connection was detected after %v", time.Since(began).Round(time.Second))
	p.AwaitTexts("heard", "missed")
	p.Send("an answer")
	p.AwaitTexts("heard", "missed", "an answer")
	calm.mu.Lock()
	defer calm.mu.Unlock()
	require.Equal(t, 1, calm.sockets, "an idle page keeps its connection")
}

// A clock change in either direction does not make a dead connection look alive: the page reconnects at once, unless
// it receives a frame.
func TestClockChangeReconnects(t *testing.T) {
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
		a.await(patience, "another socket", func() bool {
			return sockets() > before || a.evaluate(nil, `days => { off += days * 864e5 }`, days) != nil
		}, a.text)
		text := fmt.Sprintf("after %d days", days)
		b.Send(text)
		a.AwaitText(text)
	}
}

// A message sent before that does not wait for it: a missing answer shows the dead connection too.
func TestMessageAfterDeadConnection(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, _, _ := trio(t, &s.Server)
	proxy := services.NewProxy(t, s.URL)
	p := enter(t, anna, proxy.URL, "/chats/bert")
	p.Excuse(connectionErrors...)
	p.AwaitLive()
	p.fillPool()
	proxy.Silence()
	p.Send("into the dark")
	p.AwaitWithin(2*patience, "the message", hasText, "into the dark")
	p.AwaitTexts("into the dark")
}

func TestOpenChatAfterDeadConnection(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, _ := trio(t, &s.Server)
	postMessage(t, anna, bert, "already there")
	proxy := services.NewProxy(t, s.URL)
	p := enter(t, anna, proxy.URL, "/")
	p.Excuse(connectionErrors...)
	p.AwaitLive()
	p.fillPool()
	proxy.Silence()
	p.Click("#chats", "link", "bert")
	p.AwaitWithin(2*patience, "the chat", hasText, "already there")
}

// An action that must not be sent twice is repeated by the user, on a new connection.
func TestActionAfterDeadConnection(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, _, _ := trio(t, &s.Server)
	proxy := services.NewProxy(t, s.URL)
	p := enter(t, anna, proxy.URL, "/people/bert")
	p.Excuse(append(connectionErrors, "htmx:error: no answer")...)
	p.AwaitLive()
	p.fillPool()
	proxy.Silence()
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

// A page that becomes visible checks its connection at once.
func TestCatchUpWhenPageBecomesVisible(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, _ := trio(t, &s.Server)
	p := enter(t, anna, s.URL, "/chats/bert")
	p.AwaitLive()
	other := p.Tab()
	other.Go("/")
	other.Show()
	postMessage(t, bert, anna, "while hidden")
	p.AwaitTexts("while hidden")
	p.Offline(true)
	postMessage(t, bert, anna, "while offline")
	p.Show()
	p.Offline(false)
	p.AwaitWithin(6*time.Second, "the message sent while offline", hasText, "while offline")
	p.AwaitTexts("while hidden", "while offline")
}

func TestSignOutEndsEveryTab(t *testing.T) {
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

	postMessage(t, bert, anna, "still signed in elsewhere")
	device.AwaitUnread("bert", 1)

	p.Show()
	p.Fill("textbox", "Email or username", "ANNA@example.org")
	p.Fill("textbox", "Password", harness.Password)
	p.Click("", "button", "Sign in")
	p.AwaitChat("bert")
	p.AwaitTexts("still signed in elsewhere")
}

// A page whose session has ended also detects it by its next request.
func TestEndedSessionLeadsToSignIn(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, _, _ := trio(t, &s.Server)
	p := enter(t, anna, s.URL, "/chats/bert")
	p.AwaitLive()
	p.Excuse("401 (Unauthorized)")
	require.Equal(t, http.StatusSeeOther, anna.Post("/logout", nil, false).Status)
	p.Await("sign-in", `() => location.pathname + location.search === '/login?done=ended&next=%2Fchats%2Fbert'`)
}

// A page whose script comes late connects only then, and says where it stands: else the server would not send it the
// messages of the open conversation.
func TestLateScriptConnects(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	sockets := func() int {
		a.mu.Lock()
		defer a.mu.Unlock()
		return a.sockets
	}
	before := sockets()
	a.reloadBeforeScript()
	a.Await("htmx is there", `() => !!window.htmx`)
	require.NoError(t, a.evaluate(nil, `() => new Promise(done => setTimeout(done, 500))`))
	require.Equal(t, before, sockets(), "no socket without the script")
	a.Release()
	a.AwaitLive()
	require.Equal(t, before+1, sockets())
	b.Send("it arrives")
	a.AwaitText("it arrives")
}

// A node that stops for an update closes the sockets of its pages, which reconnect by themselves.
func TestPageSurvivesUpdate(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	for _, p := range []*Page{a, b} {
		p.Excuse(append(connectionErrors, "503 (Service Unavailable)")...)
	}
	a.Send("before")
	b.AwaitTexts("before")
	began := time.Now()
	s.Stop()
	require.Less(t, time.Since(began), 5*time.Second, "browsers do not delay a stop")
	a.Send("during")
	a.awaitState("failed", 1)
	s.Restart()
	a.AwaitTexts("before", "during")
	b.AwaitTexts("before", "during")
	b.Send("after")
	a.AwaitTexts("before", "during", "after")
}

// Behind a proxy a page reconnects to another node without a visible effect.
func TestPageMovesToAnotherNode(t *testing.T) {
	t.Parallel()
	b := harness.Postgres(t)
	one, two := b.Start(t), b.Start(t)
	anna, bert, _ := trio(t, &one.Server)
	proxy := services.NewProxy(t, one.URL)
	p := enter(t, anna, proxy.URL, "/chats/bert")
	p.Excuse(append(connectionErrors, "503 (Service Unavailable)")...)
	p.AwaitLive()
	postMessage(t, bert.On(two), anna, "from the second node")
	p.AwaitTexts("from the second node")
	proxy.Redirect(strings.TrimPrefix(two.URL, "http://"))
	one.Stop()
	postMessage(t, bert.On(two), anna, "while moving")
	p.AwaitTexts("from the second node", "while moving")
	p.AwaitLive()
	p.Send("from the second node, too")
	p.AwaitTexts("from the second node", "while moving", "from the second node, too")
}

// Updates of the page keep the scroll position and the draft.
func TestMoveKeepsScrollPositionAndDraft(t *testing.T) {
	t.Parallel()
	b := harness.Postgres(t)
	one, two := b.Start(t), b.Start(t)
	anna, bert := pair(one.Crowd(t, 2, 200))
	proxy := services.NewProxy(t, one.URL)
	p := enter(t, anna, proxy.URL, "/chats/"+bert.Username)
	p.Excuse(connectionErrors...)
	p.AwaitLive()
	p.pageUp()
	p.Write("half a tho")
	a := p.scrollTo(1500)
	one.Stop()
	p.Await("the page shows that it is offline", `() => document.querySelector('#offline').checkVisibility()`)
	p.Type("u")
	postMessage(t, bert.On(two), anna, "while moving")
	proxy.Redirect(strings.TrimPrefix(two.URL, "http://"))
	p.AwaitText("while moving")
	p.requireSteady(a)
	require.Equal(t, "half a thou", p.Composed())
	p.Type("ght")
	require.Equal(t, "half a thought", p.Composed(), "typing continues at the caret")
	p.requireSteady(a)
}
