package browser

import (
	"fmt"
	"strings"
	"testing"

	"dchat/test/harness"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

func TestStoryByKeyboard(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	bert := enter(t, s.SignUp(t, "bert"), s.URL, "/")
	p := open(t, "anna", s.URL)
	p.Go("/")
	p.TabTo("link", "Create an account")
	p.Press(kb.Enter)
	p.Find("", "button", "Sign up")
	for _, field := range [][2]string{{"Email", "anna@example.org"}, {"Username", "anna"}, {"Password", harness.Password}} {
		p.TabTo("textbox", field[0])
		p.Press(field[1])
	}
	p.Press(kb.Enter)
	p.Find("", "searchbox", "Search people")
	p.TabTo("searchbox", "Search people")
	p.Press("bert")
	p.Find("#results", "button", "Send chat request")
	p.TabTo("button", "Send chat request")
	p.Press(kb.Enter)
	p.Find("#results", "button", "Cancel request")
	bert.TabTo("button", "Accept")
	bert.Press(" ")
	bert.TabTo("link", "anna")
	bert.Press(kb.Enter)
	bert.AwaitChat("anna")

	p.Find("#chats", "link", "bert")
	p.TabTo("link", "bert")
	bert.Send("the focus stays")
	p.Find("#chats", "link", "bert 1 unread")
	p.awaitFocus("link", "bert 1 unread")
	p.Press(kb.Enter)
	p.AwaitChat("bert")
	p.TabTo("textbox", "Message")
	p.Press("two")
	p.PressShift(kb.Enter)
	p.Press("lines")
	require.Equal(t, "two\nlines", p.Composed())
	p.Press(kb.Enter)
	bert.AwaitTexts("the focus stays", "two\nlines")
	p.AwaitTexts("the focus stays", "two\nlines")

	p.TabTo("button", "More")
	p.Press(kb.Enter)
	p.Find("#pane", "button", "Block")
	p.Press(kb.Escape)
	p.AwaitAbsent("#pane", "button", "Block")
	p.awaitFocus("button", "More")
}

func TestEnterDuringCompositionDoesNotSend(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	a.Find("#pane", "textbox", "Message")
	a.Write("")
	a.do(input.ImeSetComposition("にほ", 2, 2))
	enter := input.DispatchKeyEvent(input.KeyRawDown).WithKey("Enter").WithCode("Enter").WithWindowsVirtualKeyCode(229)
	a.do(enter, input.DispatchKeyEvent(input.KeyUp).WithKey("Enter").WithCode("Enter").WithWindowsVirtualKeyCode(13))
	a.do(input.InsertText("日本"))
	require.Equal(t, "日本", a.Composed())
	require.Empty(t, a.Texts())
	a.Press(kb.Enter)
	b.AwaitTexts("日本")
}

func TestNarrowScreens(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, _ := trio(t, &s.Server)
	wide, asking := s.SignUp(t, strings.Repeat("W", 50)), s.SignUp(t, strings.Repeat("M", 50))
	harness.Connect(t, anna, wide)
	require.Less(t, asking.Post("/chats/anna/request", nil, false).Status, 400)
	postMessage(t, bert, anna, "https://example.org/"+strings.Repeat("x", 300))
	p := open(t, "anna", s.URL)
	p.do(emulation.SetDeviceMetricsOverride(390, 844, 2, true))
	p.become(anna)
	p.Go("/")
	p.AwaitLive()
	p.AwaitAbsent("#pane", "log", "*")
	p.ClickChat("bert")
	p.AwaitChat("bert")
	p.AwaitAbsent("", "searchbox", "Search people")
	p.Send("from a phone")
	p.AwaitText("from a phone")
	p.Click("#pane", "link", "Back to chats")
	p.Find("", "searchbox", "Search people")
	p.OpenChat("carl")

	p.do(emulation.SetDeviceMetricsOverride(360, 640, 2, true))
	outside := open(t, "nobody", s.URL)
	outside.do(emulation.SetDeviceMetricsOverride(360, 640, 2, true))
	for _, path := range []string{"/", "/login", "/signup"} {
		outside.requireNarrow(path)
	}
	p.Excuse("404 (Not Found)")
	for _, path := range []string{
		"/", "/chats/bert", "/chats/" + wide.Username, "/chats/" + asking.Username, "/people/" + wide.Username,
		"/people/bert", "/profile", "/search?q=W", "/chats/nobody",
	} {
		p.requireNarrow(path)
	}
	for _, narrow := range []struct{ width, percent int }{{320, 100}, {390, 200}} {
		for _, window := range []*Page{outside, p} {
			window.do(emulation.SetDeviceMetricsOverride(int64(narrow.width), 640, 2, true))
		}
		for _, path := range []string{"/login", "/signup"} {
			outside.requireReadable(path, narrow.width, narrow.percent)
		}
		for _, path := range []string{"/", "/chats/bert", "/chats/" + wide.Username, "/people/bert", "/profile", "/settings", "/search?q=M"} {
			p.requireReadable(path, narrow.width, narrow.percent)
		}
	}
}

// requireReadable is requireNarrow with a smaller window or larger text.
func (p *Page) requireReadable(path string, width, percent int) {
	p.t.Helper()
	p.Go(path)
	require.NoError(p.t, p.evaluate(nil, fmt.Sprintf(`() => { document.documentElement.style.fontSize = '%d%%' }`, percent)))
	p.requireFitsIn(width, fmt.Sprintf("%s with text of %d %%", path, percent))
}

// requireNarrow asserts that a page does not scroll horizontally and has large enough targets.
func (p *Page) requireNarrow(path string) {
	p.t.Helper()
	p.Go(path)
	p.requireFits(path)
}

// awaitStill waits until animations and transitions have ended.
func (p *Page) awaitStill() {
	p.t.Helper()
	p.Await("no animation runs", `async () => {
    await new Promise(requestAnimationFrame)
    return document.getAnimations().every(a => a.playState === 'finished' || a.effect.getTiming().iterations === Infinity)
  }`)
}

// requireFits is requireNarrow for the open page.
func (p *Page) requireFits(where string) {
	p.t.Helper()
	p.requireFitsIn(360, where)
}

func (p *Page) requireFitsIn(width int, where string) {
	p.t.Helper()
	p.awaitStill()
	wide := ask[[]string](p, `width => {
    const all = [...document.body.querySelectorAll('*')].filter(e => e.checkVisibility({ opacityProperty: true }) && !e.closest('.sr, .skip') && e.getBoundingClientRect().width > 1)
    const cut = e => getComputedStyle(e).overflowX !== 'visible'
    const hidden = e => { for (let up = e.parentElement; up && up.id !== 'pane'; up = up.parentElement) if (cut(up) && up.getBoundingClientRect().right <= width + 1) return !up.matches('.log, .sheet') }
    // A link may cover the whole row, and a click on the label of a checkbox is one on the box.
    const target = e => getComputedStyle(e, '::after').position === 'absolute' ? e.offsetParent : e.matches('[type=checkbox]') && e.closest('label') || e
    return [
      ...all.filter(e => (e.getBoundingClientRect().right > width + 1 || e.getBoundingClientRect().left < -1) && !hidden(e)).map(e => 'too wide: ' + e.outerHTML.slice(0, 120)),
      ...all.filter(e => e.matches('a, button, input, textarea, summary') && !e.closest('.msg > :is(p, .body)') && target(e).getBoundingClientRect().height < 44).map(e => 'too low: ' + e.outerHTML.slice(0, 120)),
      ...all.filter(e => e.matches('input, textarea') && parseFloat(getComputedStyle(e).fontSize) < 16).map(e => 'zooms: ' + e.outerHTML.slice(0, 120)),
      ...(innerWidth > width || document.scrollingElement.scrollWidth > width ? ['the page is ' + document.scrollingElement.scrollWidth + ' wide'] : []),
    ]
  }`, width)
	require.Empty(p.t, wide, "%s at %d px", where, width)
}

func TestStoryWithoutScript(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := open(t, "anna", s.URL), open(t, "bert", s.URL)
	for _, p := range []*Page{a, b} {
		p.do(emulation.SetScriptExecutionDisabled(true))
		p.SignUp()
	}
	a.Fill("searchbox", "Search people", "BERT")
	a.Press(kb.Enter)
	a.Click("#results", "button", "Send chat request")
	a.Find("#pane", "button", "Cancel request")
	b.Reload()
	b.Click("#requests", "button", "Accept")
	b.Click("#chats", "link", "anna")
	b.Write("hello")
	b.Click("#pane", "button", "Send")
	b.AwaitTexts("hello")
	require.Empty(t, b.Composed())
	a.Go("/")
	a.Click("#chats", "link", "bert 1 unread")
	a.AwaitTexts("hello")
	a.Find("#chats", "link", "bert 1 unread") // opening does not mark as read
	a.Click("#pane", "button", "More")
	a.Click("#pane", "button", "Mark as read")
	a.Find("#chats", "link", "bert")
	a.Write("hello too")
	a.Click("#pane", "button", "Send")
	a.AwaitTexts("hello", "hello too")
	a.Go("/profile")
	a.Click("#pane", "button", "Sign out")
	a.Find("", "button", "Sign in")
}
