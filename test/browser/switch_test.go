package browser

import (
	"net/http"
	"testing"
	"time"

	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

// signOutIn signs another person in, in the same browser, from another tab.
func (p *Page) signOutIn(name string) {
	p.t.Helper()
	p.Show()
	p.Go("/profile")
	p.signOutKeeping()
	p.signInAs(name)
}

// signOutKeeping signs out from the profile, and keeps unsent messages if the page asks.
func (p *Page) signOutKeeping() {
	p.t.Helper()
	p.Click("#pane", "button", "Sign out")
	p.Await("a question, or signed out", `() => !!document.querySelector('#unsent[open], form[action="/login"]')`)
	if ask[bool](p, `() => !!document.querySelector('#unsent')`) {
		p.Click("#unsent", "button", "Keep and sign out")
	}
	p.Find("", "button", "Sign in")
}

func (p *Page) signInAs(name string) {
	p.t.Helper()
	p.Go("/login")
	p.Fill("textbox", "Email or username", name)
	p.Fill("textbox", "Password", harness.Password)
	p.Click("", "button", "Sign in")
	p.Find("", "searchbox", "Search people")
	p.AwaitLive()
}

// awaitEnded waits until the page shows only that its session has ended.
func (p *Page) awaitEnded(secrets ...string) {
	p.t.Helper()
	p.Await("the page has ended", `() => document.querySelector('#pane.door h1')?.textContent === 'You are signed out here'`)
	for _, secret := range secrets {
		require.NotContains(p.t, ask[string](p, `() => document.documentElement.outerHTML`), secret)
	}
}

// oldTab opens two tabs of anna in a conversation with carl, who is also a contact of bert.
func oldTab(t *testing.T) (s *harness.Node, old, other *Page, carl *harness.Person) {
	t.Helper()
	s = harness.SQLite(t).Start(t)
	anna, bert, carl := s.SignUp(t, "anna"), s.SignUp(t, "bert"), s.SignUp(t, "carl")
	harness.Connect(t, anna, carl)
	harness.Connect(t, bert, carl)
	postMessage(t, bert, carl, "between bert and carl")
	old = enter(t, anna, s.URL, "/chats/carl")
	old.Excuse(append(connectionErrors, "409 (Conflict)", "401 (Unauthorized)", "htmx:error", "403 (Forbidden)", "404 (Not Found)")...)
	old.AwaitLive()
	other = old.Tab() // it has no line for messages: else it would send what the old tab has queued
	other.Excuse(connectionErrors...)
	other.OnNewPages(`{ const real = fetch; window.fetch = (url, how) => String(url).endsWith('/messages') ? Promise.reject(new TypeError('no line')) : real(url, how) }`)
	old.Show()
	return s, old, other, carl
}

// A message queued in an old tab is never sent as another user, and its writer finds it again.
func TestSwitchUserWithQueuedText(t *testing.T) {
	t.Parallel()
	s, old, other, carl := oldTab(t)
	old.Offline(true)
	old.Send("queued by anna")
	old.awaitState("failed", 1)
	old.Write("half a thought of anna")
	other.signOutIn("bert")
	old.Offline(false)
	old.awaitEnded("queued by anna", "half a thought", "between bert and carl")
	c := enter(t, carl, s.URL, "/chats/bert")
	c.AwaitTexts("between bert and carl")

	other.signOutIn("anna")
	old.Show()
	old.Click("", "link", "Continue")
	old.AwaitChat("carl")
	old.AwaitTexts("queued by anna")
	require.Equal(t, "half a thought of anna", old.Composed())
	c.AwaitTexts("between bert and carl")
}

// Another person continues in the old tab: their page does not show what is queued there.
func TestSwitchUserInOldTab(t *testing.T) {
	t.Parallel()
	s, old, other, carl := oldTab(t)
	old.Offline(true)
	old.Send("queued by anna")
	old.awaitState("failed", 1)
	other.signOutIn("bert")
	old.Offline(false)
	old.awaitEnded("queued by anna")
	old.Show()
	old.Click("", "link", "Continue")
	old.AwaitChat("carl")
	old.AwaitTexts("between bert and carl")
	require.Empty(t, old.Composed())
	old.Send("of bert")
	c := enter(t, carl, s.URL, "/chats/bert")
	c.AwaitTexts("between bert and carl", "of bert")

	anna := s.SignIn(t, "anna")
	old.become(anna) // without signing out
	old.Go("/chats/carl")
	old.AwaitTexts("queued by anna")
	c.AwaitTexts("between bert and carl", "of bert")
}

// The socket stays open, as its session is valid, but the browser has the cookie of another person. Requests of the
// page have no effect, and it shows nothing of the other person.
func TestSwitchUserWithLiveSocket(t *testing.T) {
	t.Parallel()
	s, old, _, carl := oldTab(t)
	bert := s.SignIn(t, "bert")
	dave := s.SignUp(t, "dave")
	require.Equal(t, http.StatusSeeOther, dave.Post("/chats/anna/request", nil, false).Status)
	require.Equal(t, http.StatusSeeOther, dave.Post("/chats/bert/request", nil, false).Status)
	old.Find("#requests", "button", "Accept")
	old.become(bert)
	old.Write("a thought of anna")
	old.Click("#requests", "button", "Accept")
	old.awaitEnded("a thought of anna", "between bert and carl")
	require.Equal(t, "1", enter(t, bert, s.URL, "/").requests(), "no request of bert was accepted")

	old.become(s.SignIn(t, "anna"))
	old.Click("", "link", "Continue")
	old.AwaitChat("carl")
	old.AwaitLive()
	require.Equal(t, "a thought of anna", old.Composed())
	old.become(bert)
	old.ClickChat("carl")
	old.awaitEnded("between bert and carl")
	old.become(s.SignIn(t, "anna"))
	old.Click("", "link", "Continue")
	old.AwaitChat("carl")
	old.AwaitLive()
	old.Write("")
	old.become(bert)
	postMessage(t, carl, s.SignIn(t, "anna"), "read me") // opening it marks it as read
	old.Await("bert's own page, for nothing was to be kept", `() => document.querySelector('#live')?.dataset.as === 'bert'`)
	require.Len(t, s.SignIn(t, "carl").Get("/chats/bert", false).Doc().Find("article[id]").Nodes, 1)
}

func (p *Page) requests() string {
	p.t.Helper()
	return ask[string](p, `() => document.querySelector('#requests-count').textContent`)
}

// A queued or partly uploaded file is not sent as another user either.
func TestSwitchUserWithQueuedFile(t *testing.T) {
	t.Parallel()
	for _, underWay := range []bool{false, true} {
		s, old, other, carl := oldTab(t)
		old.Latency(500 * time.Millisecond)
		old.attachText("notes.txt", 3_000_000)
		if underWay {
			old.Await("the upload is running", `() => document.querySelector('.tray [data-state=running]') !== null`)
		}
		old.Offline(true)
		old.Send("see the file")
		other.signOutIn("bert")
		old.Offline(false)
		old.awaitEnded("notes.txt", "see the file")
		old.Show()
		require.Empty(t, s.SignIn(t, "carl").Get("/chats/anna", false).Doc().Find("article[id]").Nodes)
		other.signOutIn("anna")
		old.Show()
		old.Click("", "link", "Continue")
		old.AwaitChat("carl")
		old.AwaitLive()
		old.Await("the draft and the name of the file", `() => document.querySelector('#pane').innerText.includes('notes.txt') && document.querySelector('#composer textarea').value === 'see the file'`)
		require.NotContains(t, carl.Get("/chats/bert", false).Body, "notes.txt")
	}
}

// attachText picks a generated text file.
func (p *Page) attachText(name string, size int) {
	p.t.Helper()
	ask[bool](p, `(name, size) => {
    const chosen = new DataTransfer()
    chosen.items.add(new File(['x'.repeat(size)], name, { type: 'text/plain' }))
    const field = document.querySelector('#composer').elements.attachment
    field.files = chosen.files
    return field.dispatchEvent(new Event('change', { bubbles: true }))
  }`, name, size)
	p.Await("it is attached", `name => document.querySelector('#composer .tray').textContent.includes(name)`, name)
}
