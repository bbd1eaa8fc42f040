package browser

import (
	"fmt"
	"net/http"
	"testing"

	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

// foreignAnswers are responses of a proxy or of a network with a sign-in page, not of the server.
var foreignAnswers = map[string]struct {
	status int64
	body   string
}{
	"nginx":            {503, "The server cannot answer right now. Nothing is lost; please try again in a moment.\n"},
	"a gateway":        {502, "<html><head><title>502</title></head><body><h1>502 Bad Gateway</h1></body></html>"},
	"a captive portal": {200, `<title>Hotel</title><main id="pane"><h1>Welcome to the hotel</h1></main>`},
	"a partial":        {200, `<hx-partial hx-target="#chats" hx-swap="innerHTML">Welcome to the hotel</hx-partial>`},
	"not found":        {404, "There is nothing at this address.\n"},
}

// busy are the browser's errors about them.
var busy = []string{"503 (Service Unavailable)", "502 (Bad Gateway)", "404 (Not Found)"}

func (p *Page) awaitNotice(text string) {
	p.t.Helper()
	p.Await("the page says: "+text, `text => document.querySelector('#notice').textContent.includes(text)`, text)
}

// A foreign answer is never swapped in: the page keeps its content, shows a notice and retries.
func TestForeignAnswerToPane(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, _ := trio(t, &s.Server)
	postMessage(t, bert, anna, "hello")
	p := enter(t, anna, s.URL, "/chats/bert")
	p.Excuse(busy...)
	p.AwaitLive()
	for name, stranger := range foreignAnswers {
		p.OpenChat("bert")
		p.Write("half a thought")
		p.HoldRequests("/chats/carl")
		p.ClickChat("carl")
		p.AwaitHeld()
		before := ask[string](p, `() => document.querySelector('.shell').innerText`)
		p.Refuse(stranger.status, stranger.body)
		p.awaitNotice("This goes on by itself.")
		require.Equal(t, before, ask[string](p, `() => document.querySelector('.shell').innerText`), name)
		require.Equal(t, "half a thought", p.Composed(), name)
		p.AwaitChat("carl")
		require.Equal(t, "/chats/carl", ask[string](p, `() => location.pathname`), name)
		p.Write("")
	}
	p.OpenChat("bert")
	p.AwaitTexts("hello")
	require.Equal(t, "half a thought", p.Composed())
}

// A late answer does not navigate back to a page that was left.
func TestAnswerAfterNavigation(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, _, _ := trio(t, &s.Server)
	p := enter(t, anna, s.URL, "/chats/bert")
	p.Excuse(busy...)
	p.HoldRequests("/chats/carl")
	p.ClickChat("carl")
	p.AwaitHeld()
	p.Refuse(503, "later")
	p.awaitNotice("This goes on by itself.")
	p.Click("", "link", "Profile")
	p.Find("#pane", "heading", "Your profile")
	asked := ask[int](p, `() => performance.getEntriesByType('resource').filter(e => e.name.endsWith('/chats/carl')).length`)
	p.OpenChat("bert")
	require.Equal(t, asked, ask[int](p, `() => performance.getEntriesByType('resource').filter(e => e.name.endsWith('/chats/carl')).length`))
}

// An action is not repeated automatically: the page reports that there was no answer, and the button still works.
func TestForeignAnswerToAction(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna := s.SignUp(t, "anna")
	p := enter(t, anna, s.URL, "/")
	p.Excuse(busy...)
	p.AwaitLive()
	n := 0
	for name, stranger := range foreignAnswers {
		n++
		who := s.SignUp(t, fmt.Sprintf("person%d", n))
		require.Equal(t, http.StatusSeeOther, who.Post("/chats/anna/request", nil, false).Status)
		p.Find("#requests", "button", "Accept")
		p.HoldRequests("/accept")
		p.Click("#requests", "button", "Accept")
		p.AwaitHeld()
		p.Refuse(stranger.status, stranger.body)
		p.awaitNotice("The server did not answer.")
		require.NotContains(t, p.text(), "Welcome to the hotel", name)
		ask[bool](p, `() => { document.querySelector('#notice').replaceChildren(); return true }`)
		p.Click("#requests", "button", "Accept")
		p.Find("#chats", "link", who.Username+"*")
		require.Equal(t, "0", p.requests())
	}
}

// A message counts as sent only when the answer contains this message.
func TestForeignAnswerToSend(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	a.Excuse(busy...)
	want := []string{}
	for name, stranger := range foreignAnswers {
		a.HoldRequests("/messages")
		a.Send(name)
		a.AwaitHeld()
		key := ask[string](a, `() => `+pageOutbox+`.items[0].key`)
		a.Refuse(stranger.status, stranger.body+fmt.Sprintf(`<form><input name="key" value="%s"><article data-key="%s"></article></form>`, key, key))
		a.awaitState("failed", 1)
		require.Equal(t, "Not sent: the server cannot answer right now.", a.Log()[len(want)].Why)
		want = append(want, name)
		b.AwaitTexts(want...)
		a.AwaitTexts(want...)
	}
}

// breakSwaps makes the next n swaps that contain a text fail.
func (p *Page) breakSwaps(text string, n int) {
	p.t.Helper()
	p.Excuse("broken on purpose", "htmx:ws:error", "htmx:error")
	ask[bool](p, `(text, n) => {
    const swap = htmx.swap
    htmx.swap = ctx => ctx.text.includes(text) && n-- > 0 ? Promise.reject(new Error('broken on purpose')) : swap.call(htmx, ctx)
    return true
  }`, text, n)
}

// If the swap of an answer fails, the outbox continues, and the message arrives by the socket.
func TestFailedSwapDoesNotStopOutbox(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	a.breakSwaps("first", 2) // the answer and the fragment
	a.Send("first")
	a.Send("second")
	b.AwaitTexts("first", "second")
	a.AwaitTexts("first", "second")
	a.awaitNothingQueued()
}

// A page requests a fragment again that it failed to apply, also after later fragments.
func TestFailedFragmentIsRequestedAgain(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, _ := trio(t, &s.Server)
	p := enter(t, anna, s.URL, "/chats/bert")
	p.AwaitLive()
	postMessage(t, bert, anna, "before")
	p.AwaitTexts("before")
	want := []string{"before"}
	for n := range 3 { // each in its turn: of more failures in a row the page makes longer pauses than the test waits
		poison, after := fmt.Sprintf("poison %d", n), fmt.Sprintf("after %d", n)
		p.breakSwaps(poison, n+1)
		postMessage(t, bert, anna, poison)
		postMessage(t, bert, anna, after)
		want = append(want, poison, after)
		p.AwaitTexts(want...)
	}
	requireOnce(t, p, 1, 7)
}

// If the composer loads before its log, a message is queued and appears in the log.
func TestComposerBeforeLog(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert := s.SignUp(t, "anna"), s.SignUp(t, "bert")
	p := enter(t, anna, s.URL, "/chats/bert")
	p.AwaitLive()
	p.HoldRequests("/chats/bert") // the pane that reloads itself
	require.Equal(t, http.StatusOK, anna.Post("/chats/bert/request", nil, true).Status)
	require.Equal(t, http.StatusOK, bert.Post("/chats/anna/accept", nil, true).Status)
	p.Find("#composer", "textbox", "Message")
	require.False(t, ask[bool](p, `() => document.querySelector('#pane [role=log]') !== null`))
	p.Send("one")
	p.awaitComposed("")
	p.Send("two")
	b := enter(t, bert, s.URL, "/chats/anna")
	b.AwaitTexts("one", "two")
	p.Release()
	p.AwaitTexts("one", "two")
	p.awaitNothingQueued()
}

// The browser asks before it leaves a page with an unsent message.
func TestLeavingWithUnsentMessage(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	warnings := func() int {
		a.mu.Lock()
		defer a.mu.Unlock()
		return a.warned
	}
	a.Send("sent")
	b.AwaitTexts("sent")
	a.awaitNothingQueued()
	a.Reload()
	require.Zero(t, warnings())
	a.AwaitLive()
	a.HoldRequests("/messages")
	a.Send("unsent")
	a.AwaitHeld()
	a.Excuse(connectionErrors...)
	a.Reload()
	require.Equal(t, 1, warnings())
	a.Release()
	b.AwaitTexts("sent", "unsent")
	a.awaitNothingQueued()
	a.Reload()
	require.Equal(t, 1, warnings())
}

// asks reports whether the page would ask before leaving.
func (p *Page) asks() bool {
	p.t.Helper()
	return ask[bool](p, `() => {
    const event = document.createEvent('BeforeUnloadEvent')
    event.initEvent('beforeunload', false, true)
    return !dispatchEvent(event)
  }`)
}

// The browser asks before input would be lost. It does not ask about a draft or an uploaded file, which the tab
// stores.
func TestPromptBeforeInputIsLost(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, carl := trio(t, &s.Server)
	p, b := enter(t, anna, s.URL, "/chats/bert"), enter(t, bert, s.URL, "/chats/anna")
	c := enter(t, carl, s.URL, "/chats/anna")
	p.AwaitLive()
	p.Excuse(connectionErrors...)
	p.Excuse("422 (Unprocessable")
	p.Write("a draft")
	require.False(t, p.asks(), "a draft")
	p.HoldRequests("/messages")
	p.Send("for bert")
	p.AwaitHeld()
	p.OpenChat("carl")
	require.True(t, p.asks(), "a message to another conversation than the open one")
	p.Release()
	b.AwaitTexts("for bert")
	p.awaitNothingQueued()
	require.False(t, p.asks(), "all is sent")
	p.Offline(true)
	p.Send("no line")
	p.awaitState("failed", 1)
	require.True(t, p.asks(), "a message that waits for the line")
	p.Offline(false)
	c.AwaitTexts("no line")
	p.awaitNothingQueued()
	p.HoldRequests("/messages")
	p.Send("refused")
	p.AwaitHeld()
	p.Refuse(422, "<p>No.</p>", "DChat-As", "anna")
	p.awaitState("failed", 1)
	require.True(t, p.asks(), "a message that was refused")
	p.Click("#pane", "button", "Discard")
	p.awaitState("failed", 0)
	require.False(t, p.asks(), "it was discarded")
	p.HoldRequests("/uploads/*")
	p.Attach(write(t, "notes.txt", []byte("a text")))
	p.AwaitHeld()
	require.True(t, p.asks(), "a file on its way")
	p.Release()
	p.AwaitTray("done")
	require.False(t, p.asks(), "a file that has arrived")
}
