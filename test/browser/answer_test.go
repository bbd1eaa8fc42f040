package browser

import (
	"fmt"
	"net/http"
	"testing"

	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

// impostors are answers that are not the server's: of a proxy, and of a network that wants one to sign in first.
var impostors = map[string]struct {
	status int64
	body   string
}{
	"nginx":            {503, "The server cannot answer right now. Nothing is lost; please try again in a moment.\n"},
	"a gateway":        {502, "<html><head><title>502</title></head><body><h1>502 Bad Gateway</h1></body></html>"},
	"a captive portal": {200, `<title>Hotel</title><main id="pane"><h1>Welcome to the hotel</h1></main>`},
	"a part of it":     {200, `<hx-partial hx-target="#chats" hx-swap="innerHTML">Welcome to the hotel</hx-partial>`},
	"not found":        {404, "There is nothing at this address.\n"},
}

// busy are the browser's complaints about them.
var busy = []string{"503 (Service Unavailable)", "502 (Bad Gateway)", "404 (Not Found)"}

func (p *Page) awaitNotice(text string) {
	p.t.Helper()
	p.Await("the page says: "+text, `text => document.querySelector('#notice').textContent.includes(text)`, text)
}

// What the server has not said is never swapped in. The page stays as it was, says so, and asks again.
func TestAPaneThatAnotherAnswers(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, _ := trio(t, &s.Server)
	say(t, bert, anna, "hello")
	p := enter(t, anna, s.URL, "/chats/bert")
	p.Excuse(busy...)
	p.AwaitLive()
	for name, stranger := range impostors {
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

// An answer does not navigate a person back who has left the page meanwhile.
func TestAPaneThatNobodyWantsAnyMore(t *testing.T) {
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

// What changes something is not said twice by itself: the page says that there was no answer, and the button works.
func TestAnActionThatAnotherAnswers(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna := s.SignUp(t, "anna")
	p := enter(t, anna, s.URL, "/")
	p.Excuse(busy...)
	p.AwaitLive()
	n := 0
	for name, stranger := range impostors {
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

// A message counts as sent only when the server says so of this very message.
func TestASendThatAnotherAnswers(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	a.Excuse(busy...)
	want := []string{}
	for name, stranger := range impostors {
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

// breakSwaps lets the next n swaps that have a text in them fail.
func (p *Page) breakSwaps(text string, n int) {
	p.t.Helper()
	p.Excuse("broken on purpose", "htmx:ws:error", "htmx:error")
	ask[bool](p, `(text, n) => {
    const swap = htmx.swap
    htmx.swap = ctx => ctx.text.includes(text) && n-- > 0 ? Promise.reject(new Error('broken on purpose')) : swap.call(htmx, ctx)
    return true
  }`, text, n)
}

// An answer that the page fails to show ends no sending, and what it had shown comes by the stream.
func TestASwapThatFailsDoesNotStopTheOutbox(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	a.breakSwaps("first", 2) // the answer, and the frame
	a.Send("first")
	a.Send("second")
	b.AwaitTexts("first", "second")
	a.AwaitTexts("first", "second")
	a.awaitNothingQueued()
}

// A page asks again for a frame that it failed to apply, also after later frames.
func TestAFrameThatFailsIsAskedForAgain(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, _ := trio(t, &s.Server)
	p := enter(t, anna, s.URL, "/chats/bert")
	p.AwaitLive()
	say(t, bert, anna, "before")
	p.AwaitTexts("before")
	for n := range 3 {
		p.breakSwaps(fmt.Sprintf("poison %d", n), n+1)
		say(t, bert, anna, fmt.Sprintf("poison %d", n))
		say(t, bert, anna, fmt.Sprintf("after %d", n))
	}
	p.AwaitTexts("before", "poison 0", "after 0", "poison 1", "after 1", "poison 2", "after 2")
	requireOnce(t, p, 1, 7)
}

// Where the composer comes before its log, what one writes is queued, and found in the log.
func TestAComposerBeforeItsLog(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert := s.SignUp(t, "anna"), s.SignUp(t, "bert")
	p := enter(t, anna, s.URL, "/chats/bert")
	p.AwaitLive()
	p.HoldRequests("/chats/bert") // the pane that loads itself anew
	require.Equal(t, http.StatusOK, anna.Post("/chats/bert/request", nil, true).Status)
	require.Equal(t, http.StatusOK, bert.Post("/chats/anna/accept", nil, true).Status)
	p.Find("#composer", "textbox", "Message")
	require.False(t, ask[bool](p, `() => document.querySelector('#pane [role=log]') !== null`))
	p.Send("one")
	require.Empty(t, p.Composed())
	p.Send("two")
	b := enter(t, bert, s.URL, "/chats/anna")
	b.AwaitTexts("one", "two")
	p.Release()
	p.AwaitTexts("one", "two")
	p.awaitNothingQueued()
}

// A browser that is to leave a page with something unsent asks whether it should.
func TestLeavingWithSomethingUnsent(t *testing.T) {
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
	a.Excuse(lostLine...)
	a.Reload()
	require.Equal(t, 1, warnings())
	a.Release()
	b.AwaitTexts("sent", "unsent")
	a.awaitNothingQueued()
	a.Reload()
	require.Equal(t, 1, warnings())
}

// asks reports whether the page would ask before it is left.
func (p *Page) asks() bool {
	p.t.Helper()
	return ask[bool](p, `() => {
    const event = document.createEvent('BeforeUnloadEvent')
    event.initEvent('beforeunload', false, true)
    return !dispatchEvent(event)
  }`)
}

// What would be lost is asked about, whatever keeps it here; what the tab keeps, a draft and a file that has
// arrived, is not.
func TestWhatWouldBeLostIsAskedAbout(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, carl := trio(t, &s.Server)
	p, b := enter(t, anna, s.URL, "/chats/bert"), enter(t, bert, s.URL, "/chats/anna")
	c := enter(t, carl, s.URL, "/chats/anna")
	p.AwaitLive()
	p.Excuse(lostLine...)
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
	require.False(t, p.asks(), "it was discarded")
	p.HoldRequests("/uploads/*")
	p.Attach(write(t, "notes.txt", []byte("a text")))
	p.AwaitHeld()
	require.True(t, p.asks(), "a file on its way")
	p.Release()
	p.AwaitTray("done")
	require.False(t, p.asks(), "a file that has arrived")
}
