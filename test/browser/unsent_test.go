package browser

import (
	"testing"

	"dchat/test/harness"
	"dchat/test/services"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// storedUnsent reads what the browser stores for messages and drafts, as JSON.
const storedUnsent = `async () => (await indexedDB.databases()).length === 0 ? '[]' : new Promise((done, fail) => {
  const request = indexedDB.open('dchat')
  request.onerror = () => fail(request.error)
  request.onsuccess = () => {
    const database = request.result
    const all = database.transaction('unsent').objectStore('unsent').getAll()
    all.onsuccess = () => {
      database.close()
      done(JSON.stringify(all.result.filter(record => ['item', 'draft', 'tray'].includes(record.kind))))
    }
  }
})`

// awaitStored waits until the browser stores a text.
func (p *Page) awaitStored(text string) {
	p.t.Helper()
	p.Await("it is stored", `async text => (await (`+storedUnsent+`)()).includes(text)`, text)
}

// awaitNothingStored waits until the browser stores nothing unsent of anyone.
func (p *Page) awaitNothingStored() {
	p.t.Helper()
	p.Await("nothing is stored", `async () => await (`+storedUnsent+`)() === '[]'`)
}

func (p *Page) awaitDraft(text string) {
	p.t.Helper()
	p.Await("the draft", `text => document.querySelector('#composer textarea')?.value === text`, text)
}

// keptProfile is a browser of its own whose profile stays in a folder.
func keptProfile(t *testing.T, folder string) *browser {
	t.Helper()
	b := &browser{folder: folder, close: func() {}}
	t.Cleanup(func() { b.close() })
	return b
}

// kill ends the browser as a crash does.
func (b *browser) kill(t *testing.T) {
	t.Helper()
	running := chromedp.FromContext(b.ctx).Browser
	require.NoError(t, running.Process().Kill())
	<-running.LostConnection
	b.close()
}

func TestUnsentSurvivesCrashOfBrowser(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, _ := trio(t, &s.Server)
	b := enter(t, bert, s.URL, "/chats/anna")
	folder := services.Folder(t)
	first := keptProfile(t, folder)
	p := first.enter(t, anna, s.URL, "/chats/bert")
	p.AwaitLive()
	p.attachText("notes.txt", 1000)
	p.AwaitTray("done")
	p.Offline(true)
	want := []string{"with a file", "second", "third"}
	for _, text := range want {
		p.Send(text)
	}
	p.Write("half a thought")
	p.awaitStored("third")
	p.awaitStored("half a thought")
	first.kill(t)

	second := keptProfile(t, folder)
	p = second.enter(t, bert, s.URL, "/chats/anna")
	p.AwaitLive()
	require.Empty(t, p.Composed())
	for _, text := range append([]string{"half a thought"}, want...) {
		require.NotContains(t, ask[string](p, `() => document.documentElement.outerHTML`), text)
	}
	require.Empty(t, b.Texts())
	p.Excuse("409 (Conflict)")
	p.become(anna)
	p.Go("/chats/bert")
	b.AwaitTexts(want...)
	p.AwaitTexts(want...)
	require.Len(t, ask[[]shownFile](b, shownFiles), 1)
	p.awaitDraft("half a thought")
	p.awaitNothingQueued()
	requireOnce(t, b, 1, 3)
}

// Tabs share one outbox: what one of them cannot send, or was closed with, another one sends, once and in order.
func TestTabsShareOutbox(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	tab := a.Tab()
	tab.Go("/chats/bert")
	tab.AwaitLive()
	for _, p := range []*Page{a, tab} {
		p.Offline(true)
	}
	tab.Send("one")
	a.Show()
	a.Send("two")
	tab.Show()
	tab.Send("three")
	for _, p := range []*Page{a, tab} {
		p.awaitUnsent(3)
	}
	require.Equal(t, []string{"one", "two", "three"}, a.Texts(), "in the order of writing")
	tab.HoldRequests("/messages")
	tab.Offline(false)
	tab.AwaitHeld()
	a.Offline(false)
	a.Await("it waits for its turn", `async () => (await navigator.locks.query()).pending.some(lock => lock.name.includes('-send-'))`)
	tab.Release()
	for _, p := range []*Page{a, tab, b} {
		p.AwaitTexts("one", "two", "three")
	}
	requireOnce(t, b, 1, 3)
	sends := 0
	for _, p := range []*Page{a, tab} {
		p.awaitNothingQueued()
		sends += ask[int](p, `() => performance.getEntriesByType('resource').filter(e => e.name.endsWith('/messages') && e.responseStatus === 200).length`)
	}
	require.Equal(t, 3, sends, "one tab sends at a time")
	a.awaitNothingStored()

	tab.Offline(true)
	a.Offline(true)
	tab.Send("of a closed tab")
	a.awaitState("failed", 1)
	tab.do(page.Close())
	a.Offline(false)
	b.AwaitTexts("one", "two", "three", "of a closed tab")
}

func TestDiscardInAnotherTab(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	tab := a.Tab()
	tab.Go("/chats/bert")
	tab.AwaitLive()
	for _, p := range []*Page{a, tab} {
		p.Offline(true)
	}
	tab.Send("never mind")
	a.awaitState("failed", 1)
	a.Show()
	a.Click("#pane", "button", "Discard")
	tab.awaitState("failed", 0)
	for _, p := range []*Page{a, tab} {
		p.Offline(false)
	}
	a.Send("hello")
	b.AwaitTexts("hello")
	requireOnce(t, b, 1, 1)
}

// Of two tabs' drafts the newer one counts at the next focus, and the other one is offered.
func TestDraftsOfTabsMeet(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	tab := a.Tab()
	tab.Go("/chats/bert")
	tab.AwaitLive()
	tab.Write("in the second")
	tab.awaitStored("in the second")
	a.Show()
	a.awaitDraft("in the second")
	a.Write("in the first")
	a.awaitStored("in the first")
	tab.Show()
	tab.awaitDraft("in the first")

	tab.AwaitAbsent("#composer", "group", "Other draft")

	// Both write without another look at the page.
	tab.Write("second again")
	tab.awaitStored("second again")
	ask[bool](a, `() => {
    const box = document.querySelector('#composer textarea')
    box.value = 'first again'
    return box.dispatchEvent(new Event('input', { bubbles: true }))
  }`)
	a.awaitStored("first again")
	a.awaitStored("second again")
	tab.Reload()
	tab.awaitDraft("first again")
	tab.Find("#composer", "group", "Other draft")
	require.Contains(t, ask[string](tab, `() => document.querySelector('#other').innerText`), "second again")
	tab.Click("#other", "button", "Insert")
	tab.awaitDraft("first again\nsecond again")
	tab.AwaitAbsent("#composer", "group", "Other draft")
	tab.sendOn()
	b.AwaitTexts("first again\nsecond again")
	a.Reload()
	a.AwaitTexts("first again\nsecond again")
	a.awaitDraft("")
	a.awaitNothingStored()
}

// awaitUnsent waits until the page has n messages that are not sent, wherever they are.
func (p *Page) awaitUnsent(n int) {
	p.t.Helper()
	p.Await("unsent messages", `n => `+pageOutbox+`.items.length === n`, n)
}

func TestSignOutAsksAboutUnsentMessages(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, _ := trio(t, &s.Server)
	p := enter(t, anna, s.URL, "/chats/bert")
	b := enter(t, bert, s.URL, "/chats/anna")
	p.AwaitLive()
	p.Excuse(append(connectionErrors, "401 (Unauthorized)")...)
	p.OnNewPages(`{ const real = fetch; window.fetch = (url, how) => String(url).endsWith('/messages') && !window.name ? Promise.reject(new TypeError('no line')) : real(url, how) }`)
	p.Reload()
	p.AwaitLive()
	p.Send("unsent")
	p.awaitState("failed", 1)
	p.Write("a draft")
	p.awaitStored("a draft")
	p.Go("/profile")
	p.awaitUnsent(1)
	p.Click("#pane", "button", "Sign out")
	p.Find("#unsent", "heading", "Sign out with unsent messages?")
	p.Click("#unsent", "button", "Cancel")
	p.Await("the question is gone", `() => !document.querySelector('#unsent').open`)
	p.signOutKeeping()
	p.awaitStored("unsent")
	p.Await("it has left the tab", `() => !JSON.stringify({ ...sessionStorage }).includes('unsent')`)

	p.signInAs("anna")
	p.Go("/profile")
	p.awaitUnsent(1)
	p.Click("#pane", "button", "Sign out")
	p.Click("#unsent", "button", "Discard and sign out")
	p.Find("", "button", "Sign in")
	p.awaitNothingStored()
	ask[bool](p, `() => { window.name = 'with a line'; return true }`)
	p.signInAs("anna")
	p.OpenChat("bert")
	require.Empty(t, p.Composed())
	p.Send("hello")
	b.AwaitTexts("hello")
}

func TestDeletedAccountLeavesNothing(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, _ := couple(t, &s.Server)
	a.Excuse("401 (Unauthorized)")
	a.Write("a secret")
	a.awaitStored("a secret")
	a.Go("/settings")
	a.Click("#pane", "DisclosureTriangle", "Delete account")
	a.fill("#delete-fields", "textbox", "Current password", harness.Password)
	a.Click("#pane details", "button", "Delete account")
	a.awaitStatus("Your account is deleted.")
	a.awaitNothingStored()
	require.NotContains(t, a.storedDraft(), "a secret")
}

// In a private window of some browsers there is no database: a tab keeps its own, and says so.
func TestWithoutDatabase(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	a.OnNewPages(`Object.defineProperty(window, 'indexedDB', { value: undefined })`)
	a.Reload()
	a.AwaitLive()
	a.Write("half a thought")
	a.awaitNotice("This browser keeps what you write only as long as this tab is open.")
	a.Reload()
	a.awaitDraft("half a thought")
	a.AwaitEnd()
	a.sendOn()
	b.AwaitTexts("half a thought")
	require.Empty(t, a.Composed())
}

// On plain HTTP there are no Web Locks: every tab sends its own.
func TestWithoutLocks(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	tab := a.Tab()
	for _, p := range []*Page{a, tab} {
		p.OnNewPages(`Object.defineProperty(navigator, 'locks', { value: undefined })`)
		p.Go("/chats/bert")
		p.AwaitLive()
		p.Offline(true)
	}
	tab.Send("one")
	tab.awaitStored("one")
	a.Show()
	a.Send("two")
	a.awaitStored("two")
	a.Offline(false)
	b.AwaitTexts("two")
	a.Go("/chats/bert") // a page that opens takes over what is stored, and both tabs send it
	b.AwaitTexts("two", "one")
	tab.Offline(false)
	a.awaitNothingQueued()
	tab.awaitNothingQueued()
	requireOnce(t, b, 1, 2)
}

// A script that does not come holds no message up.
func TestLateStoreDelaysNoMessage(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	a.do(network.SetCacheDisabled(true))
	a.HoldRequests("/static/store.*.js")
	a.Reload()
	a.AwaitHeld()
	a.Send("at last")
	b.AwaitTexts("at last")
	a.Write("half a thought")
	a.Release()
	a.awaitStored("half a thought")
}

// What the release before has kept for a tab is taken over.
func TestOutboxOfReleaseBefore(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	ask[bool](a, `() => {
    const { me } = document.querySelector('#live').dataset
    const conversation = Number(document.querySelector('#composer').dataset.conversation)
    const message = (key, body) => ({ key, body, read: 0, files: [], url: '/chats/bert/messages', conversation })
    const items = [message('9d1a7c5e-31a4-4c0a-8f6e-0a52c1b1d9aa', 'first'), message('1d1a7c5e-31a4-4c0a-8f6e-0a52c1b1d9bb', 'second')]
    sessionStorage.setItem('outbox-' + me, JSON.stringify({ items, trays: {}, drafts: { [conversation]: 'a draft' }, modes: {} }))
    return true
  }`)
	a.Reload()
	b.AwaitTexts("first", "second")
	a.AwaitTexts("first", "second")
	require.Equal(t, "a draft", a.Composed())
	a.awaitStored("a draft")
	a.awaitNothingQueued()
}
