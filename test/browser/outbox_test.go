package browser

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

// pageOutbox is the outbox that the page exposes to scripts loaded later.
const pageOutbox = `(detail => (document.dispatchEvent(new CustomEvent('dchat:borrow', { detail })), detail.outbox))({})`

func (p *Page) awaitState(state string, n int) {
	p.t.Helper()
	p.Await(state, `(state, n) => document.querySelectorAll('#pane [role=log] .' + state).length === n`, state, n)
}

// awaitNothingQueued waits until the outbox is empty.
func (p *Page) awaitNothingQueued() {
	p.t.Helper()
	p.Await("the outbox is empty", `() => `+pageOutbox+`.items.length === 0`)
}

func TestRetryFailedSend(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	a.Send("one")
	b.AwaitTexts("one")
	a.Offline(true)
	a.Send("two")
	a.awaitState("failed", 1)
	require.Equal(t, "Not sent: no connection.", a.Log()[1].Why)
	a.Find("#pane", "button", "Discard")
	key := ask[string](a, `() => document.querySelector('[data-pending]').dataset.pending`)
	a.Offline(false)
	if a.Has("#pane", "button", "Retry") {
		a.Click("#pane", "button", "Retry")
	}
	a.AwaitTexts("one", "two")
	b.AwaitTexts("one", "two")
	require.Equal(t, key, ask[string](a, `() => [...document.querySelectorAll('#pane article')].at(-1).dataset.key`))
}

func TestDiscardFailedSend(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	a.Offline(true)
	a.Send("never mind")
	a.awaitState("failed", 1)
	a.Click("#pane", "button", "Discard")
	a.awaitState("failed", 0)
	a.Offline(false)
	a.Send("hello")
	b.AwaitTexts("hello")
	a.AwaitTexts("hello")
}

func TestQueuedSendsSurviveSwitching(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, carl := trio(t, &s.Server)
	p := enter(t, anna, s.URL, "/chats/bert")
	b, c := enter(t, bert, s.URL, "/chats/anna"), enter(t, carl, s.URL, "/chats/anna")
	p.Latency(300 * time.Millisecond)
	toBert, toCarl := numbered("for bert %d", 5), numbered("for carl %d", 5)
	for _, text := range toBert {
		p.Send(text)
	}
	p.OpenChat("carl")
	for _, text := range toCarl {
		p.Send(text)
	}
	p.OpenChat("bert")
	for _, page := range []*Page{p, b} {
		page.AwaitTexts(toBert...)
	}
	c.AwaitTexts(toCarl...)
	p.OpenChat("carl")
	p.AwaitTexts(toCarl...)
}

func TestQueuedSendsSurviveReload(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	a.Excuse(connectionErrors...) // the running request is cancelled
	a.Latency(300 * time.Millisecond)
	want := numbered("queued %d", 5)
	for _, text := range want {
		a.Send(text)
	}
	a.Reload()
	a.AwaitTexts(want...)
	b.AwaitTexts(want...)
	a.Reload()
	a.AwaitTexts(want...)
}

// A refused message shows the server's error and does not delay others.
func TestRefusedSendShowsReason(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	a.Excuse("422 (Unprocessable", "403 (Forbidden)")
	ask[bool](a, `() => { const send = fetch; window.fetch = (url, with_) => { with_?.body?.set?.('body', with_.body.get('body').replace('LONG', 'x'.repeat(10001))); return send(url, with_) }; return true }`)
	a.Send("LONG")
	a.awaitState("failed", 1)
	require.Equal(t, "A message has at most 10,000 characters.", a.Log()[0].Why)
	a.Send("short")
	b.AwaitTexts("short")
	a.Reload()
	a.awaitState("failed", 1)
	a.Await("the short one is sent", `() => document.querySelectorAll('#pane article[id]').length === 1`)
	a.Click("#pane", "button", "Discard")
	a.AwaitTexts("short")
}

func TestTooLongTextIsRefusedBeforeSending(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	long := strings.Repeat("😀", 10_000)
	a.Send(long)
	b.AwaitTexts(long)
	a.Write(long + "x")
	a.Press("\r")
	require.Equal(t, long+"x", a.Composed())
	a.AwaitTexts(long)
}

// A person who is removed while writing sees it and keeps the draft.
func TestNoLongerContacts(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, _ := trio(t, &s.Server)
	p := enter(t, anna, s.URL, "/chats/bert")
	p.AwaitLive()
	p.Excuse("403 (Forbidden)")
	p.Latency(300 * time.Millisecond)
	p.Send("one")
	require.Equal(t, http.StatusOK, bert.Post("/chats/anna/remove", nil, true).Status)
	p.Find("#pane", "button", "Send chat request")
}

// The server has the message, but its answer is lost: the retry with the same key does not create a second one.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	a.Excuse(connectionErrors...)
	a.Hold("/messages")
	a.Send("once")
	a.AwaitHeld()
	b.AwaitTexts("once")
	a.Lose()
	a.AwaitTexts("once")
	a.awaitNothingQueued()
	a.Send("twice")
	for _, p := range []*Page{a, b} {
		p.AwaitTexts("once", "twice")
		requireOnce(t, p, 1, 2)
	}
}

// A send to a busy server is retried automatically.
func TestBusyServerIsRetried(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	a.Excuse("503 (Service Unavailable)", "429 (Too Many Requests)")
	for _, status := range []int64{503, 429} {
		a.HoldRequests("/messages")
		text := http.StatusText(int(status))
		a.Send(text)
		a.AwaitHeld()
		a.Refuse(status, "<p>Please wait a moment.</p>", "DChat-As", "anna")
		a.Await("the sentence", `() => document.querySelector('.failed .why')?.textContent === 'Please wait a moment.'`)
		b.AwaitText(text)
		a.AwaitText(text)
	}
}
