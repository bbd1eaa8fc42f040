package browser

import (
	"net/http"
	"strings"
	"testing"

	"dchat/app/config"
	"dchat/test/harness"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

// draft is the state of the composer.
type draft struct {
	Text   string
	Height int // of the box
	Below  int // hidden below, in pixels
	Caret  int // characters before it
}

func (p *Page) draft() draft {
	p.t.Helper()
	return ask[draft](p, `() => {
    const box = document.querySelector('#composer textarea')
    const below = box.scrollHeight - box.scrollTop - box.clientHeight
    return { Text: box.value, Height: box.clientHeight, Below: Math.round(below), Caret: [...box.value.slice(0, box.selectionStart)].length }
  }`)
}

// typeOn reaches the composer by keyboard and types.
func (p *Page) typeOn(text string) {
	p.t.Helper()
	p.TabTo("textbox", "Message")
	p.Type(text)
}

// sendOn presses Enter in the composer.
func (p *Page) sendOn() {
	p.t.Helper()
	p.TabTo("textbox", "Message")
	p.Press(kb.Enter)
}

// storedDraft returns what the tab stores.
func (p *Page) storedDraft() string {
	p.t.Helper()
	return ask[string](p, `() => JSON.stringify({ ...sessionStorage, ...localStorage })`)
}

func TestDraftSurvivesReload(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	empty := a.draft().Height
	a.Write("of\nfive\nlines\nor\nso")
	want := a.draft()
	require.Greater(t, want.Height, 2*empty)
	a.Reload()
	a.AwaitChat("bert")
	require.Equal(t, want, a.draft())
	a.AwaitEnd()
	a.typeOn(" 日本")
	a.Reload()
	a.AwaitChat("bert")
	require.Equal(t, "of\nfive\nlines\nor\nso 日本", a.Composed())

	a.sendOn()
	b.AwaitTexts("of\nfive\nlines\nor\nso 日本")
	require.Equal(t, draft{Height: empty}, a.draft())
	a.Reload()
	a.AwaitTexts("of\nfive\nlines\nor\nso 日本")
	require.Equal(t, draft{Height: empty}, a.draft())
}

// A restored draft shows its end, where typing continues.
func TestLongDraftShowsItsEnd(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, _ := couple(t, &s.Server)
	a.OnNewPages(`{ const real = matchMedia; window.matchMedia = query => query === '(pointer: fine)' ? { matches: true } : real.call(window, query) }`)
	a.Write(strings.Repeat("line\n", 40) + "end")
	long := a.draft()
	require.Less(t, long.Height, 400, "it leaves room for the conversation")
	require.Less(t, long.Below, 20)
	for _, again := range []func(){a.Reload, func() { a.Go("/"); a.OpenChat("bert") }} {
		again()
		a.AwaitChat("bert")
		now := a.draft()
		require.Less(t, now.Below, 20)
		now.Below = long.Below
		require.Equal(t, long, now)
		a.awaitFocus("textbox", "Message")
	}
	a.Type(".")
	require.Equal(t, long.Text+".", a.Composed())
}

func TestDraftPerConversation(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, carl := trio(t, &s.Server)
	p := enter(t, anna, s.URL, "/chats/bert")
	p.AwaitLive()
	p.Write("for bert\nalone")
	toBert := p.draft()
	p.OpenChat("carl")
	require.Empty(t, p.Composed())
	p.Write("for carl")
	toCarl := p.draft()
	p.OpenChat("bert")
	require.Equal(t, toBert, p.draft())
	postMessage(t, bert, anna, "news")
	postMessage(t, carl, anna, "news")
	p.AwaitTexts("news")
	p.AwaitUnread("carl", 1)
	require.Equal(t, toBert, p.draft())

	p.Back()
	p.AwaitChat("carl")
	require.Equal(t, toCarl, p.draft())
	p.typeOn(", only")
	p.Back()
	p.AwaitChat("bert")
	require.Equal(t, toBert, p.draft())
	p.sendOn()
	p.AwaitTexts("news", "for bert\nalone")
	require.Empty(t, p.Composed())
	require.NoError(t, p.evaluate(nil, `() => { history.forward() }`))
	p.AwaitChat("carl")
	require.Equal(t, "for carl, only", p.Composed())
	p.Write("")
	p.OpenChat("bert")
	require.Empty(t, p.Composed())
	p.OpenChat("carl")
	require.Empty(t, p.Composed(), "a deleted draft does not come back")
}

// After a navigation back the current draft is shown, whether the browser restored the page or only its fields.
func TestDraftAfterBackNavigation(t *testing.T) {
	t.Parallel()
	for _, prepare := range []string{`() => {}`, `() => { addEventListener('unload', () => {}) }`} {
		s := harness.SQLite(t).Start(t)
		a, b := couple(t, &s.Server)
		a.Excuse(connectionErrors...)
		require.NoError(t, a.evaluate(nil, `() => { addEventListener('pageshow', event => { window.kept = event.persisted }) }`))
		require.NoError(t, a.evaluate(nil, prepare))
		a.Write("first")
		a.Go("/")
		a.OpenChat("bert")
		a.awaitComposed("first")
		a.sendOn()
		b.AwaitTexts("first")
		a.Write("second")
		a.Back()
		a.Find("#pane", "link", "Find people")
		a.Back()
		a.AwaitTexts("first")
		a.awaitComposed("second")
		a.sendOn()
		b.AwaitTexts("first", "second")
	}
}

// A draft is kept while the writer is removed or blocked.
func TestDraftSurvivesRemoval(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, _ := trio(t, &s.Server)
	p := enter(t, anna, s.URL, "/chats/bert")
	p.AwaitLive()
	did := func(person *harness.Person, path string) {
		t.Helper()
		require.Equal(t, http.StatusOK, person.Post(path, nil, true).Status)
	}
	p.Write("half a\nsent")
	want := p.draft()
	did(bert, "/chats/anna/block")
	p.AwaitAbsent("#pane", "textbox", "Message")
	did(bert, "/chats/anna/unblock")
	p.Find("#pane", "textbox", "Message")
	require.Equal(t, want, p.draft())
	p.typeOn("ence")

	did(bert, "/chats/anna/remove")
	p.AwaitAbsent("#pane", "textbox", "Message")
	p.Reload()
	did(bert, "/chats/anna/request")
	p.Click("#pane", "button", "Accept")
	p.Find("#pane", "textbox", "Message")
	require.Equal(t, "half a\nsentence", p.Composed())
}

// Two people who share a browser and a conversation do not see drafts of each other.
func TestDraftIsPrivate(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, _ := trio(t, &s.Server)
	p := enter(t, anna, s.URL, "/chats/bert")
	p.AwaitLive()
	p.Write("a secret")
	p.Go("/profile")
	require.Contains(t, p.storedDraft(), "a secret")
	p.Click("#pane", "button", "Sign out")
	p.Find("", "button", "Sign in")
	p.Await("the draft has left the tab", `() => !JSON.stringify({ ...sessionStorage, ...localStorage }).includes('a secret')`)
	p.Name = "bert"
	p.SignIn(harness.Password)
	p.OpenChat("anna")
	require.Empty(t, p.Composed())

	p.Write("another secret")
	p.become(s.SignIn(t, "anna")) // without signing out
	p.Go("/")
	require.NotContains(t, ask[string](p, `() => document.documentElement.outerHTML`), "secret")
	p.OpenChat("bert")
	p.awaitDraft("a secret")
	p.Write("a third")
	p.become(bert)
	p.Go("/chats/anna")
	p.awaitDraft("another secret")
	p.become(s.SignIn(t, "anna"))
	p.Go("/chats/bert")
	p.awaitDraft("a third")
}

// Without JavaScript, a refused form comes back with its input and the error, also for a file.
func TestRefusedFormKeepsInput(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t, func(c *config.Config) { c.MaxUpload = "1M" })
	anna, bert, _ := trio(t, &s.Server)
	p := open(t, "anna", s.URL)
	p.Excuse("413 (", "403 (", "404 (")
	p.become(anna)
	p.do(emulation.SetScriptExecutionDisabled(true))
	p.do(navigate(p.url + "/chats/bert"))
	send := func() {
		t.Helper()
		p.Attach(write(t, "big.bin", noise(1_100_000)))
		p.Click("#composer", "button", "Send")
	}
	p.Write("two\nlines")
	send()
	p.Find("#composer", "alert", "*")
	require.Equal(t, "two\nlines", p.Composed())

	typed := func() string {
		return ask[string](p, `() => document.querySelector('.kept textarea')?.value ?? ''`)
	}
	require.Equal(t, http.StatusOK, bert.Post("/chats/anna/remove", nil, true).Status)
	send()
	p.Find("#pane", "button", "Send chat request")
	require.Equal(t, "two\nlines", typed())

	p.do(navigate(p.url + "/chats/carl"))
	p.Write("for carl")
	ask[bool](p, `() => { document.querySelector('#composer').action = '/chats/nobody/messages'; return true }`)
	send()
	p.Find("", "heading", "Not found")
	require.Equal(t, "for carl", typed())
}

// reloadBeforeScript reloads the page and delays its script.
func (p *Page) reloadBeforeScript() {
	p.t.Helper()
	p.do(network.SetCacheDisabled(true))
	p.HoldRequests("/static/dchat.*.js")
	require.NoError(p.t, p.evaluate(nil, `() => { location.reload() }`))
	p.AwaitHeld()
}

// awaitScript waits until the page's script runs.
func (p *Page) awaitScript() {
	p.t.Helper()
	p.Await("the script", `() => !!`+pageOutbox)
}

// Text typed before the script loads stays in the composer.
func TestDraftKeepsTextTypedBeforeScript(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	a.Write("half a thought")
	a.reloadBeforeScript()
	a.Await("a composer without a script", `() => !`+pageOutbox+` && document.querySelector('#composer textarea')?.value === ''`)
	a.Write("the next one")
	a.Release()
	a.awaitScript()
	require.Equal(t, "half a thought\nthe next one", a.Composed())
	a.sendOn()
	b.AwaitTexts("half a thought\nthe next one")
	require.Empty(t, a.Composed())
}

// A file that was picked before the script loads joins the message.
func TestFilePickedBeforeScript(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	a.reloadBeforeScript()
	a.Attach(write(t, "one.txt", []byte("one")))
	a.Release()
	a.awaitScript()
	a.Await("the file in the tray", `() => document.querySelector('#composer .upload')?.innerText.includes('one.txt')`)
	a.Write("with a file")
	a.sendOn()
	b.AwaitTexts("with a file")
	require.Len(t, ask[[]shownFile](b, shownFiles), 1)
	require.Empty(t, a.Composed())
	require.NotContains(t, a.storedDraft(), "with a file")
}
