package browser

import (
	"testing"

	"dchat/app/apptest"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

func TestTheWholeStoryByKeyboard(t *testing.T) {
	t.Parallel()
	s := apptest.SQLite(t).Start(t)
	bert := enter(t, s.SignUp(t, "bert"), s.URL, "/")
	p := open(t, "anna", s.URL)
	p.Go("/")
	p.TabTo("link", "Create an account")
	p.Press(kb.Enter)
	p.Find("", "button", "Sign up")
	for _, field := range [][2]string{{"Email", "anna@example.org"}, {"Username", "anna"}, {"Password", apptest.Password}} {
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
	p.Press(kb.Enter)
	p.AwaitChat("bert")
	p.TabTo("textbox", "Message")
	p.Press("two")
	p.PressShift(kb.Enter)
	p.Press("lines")
	require.Equal(t, "two\nlines", p.Composed())
	p.Press(kb.Enter)
	bert.AwaitTexts("two\nlines")
	p.AwaitTexts("two\nlines")

	p.TabTo("button", "More")
	p.Press(kb.Enter)
	p.Find("#pane", "button", "Block")
	p.Press(kb.Escape)
	p.AwaitGone("#pane", "button", "Block")
	back, where := p.Focused("button", "More")
	require.True(t, back, where)
}

func TestEnterThatEndsACompositionDoesNotSend(t *testing.T) {
	t.Parallel()
	s := apptest.SQLite(t).Start(t)
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
	s := apptest.SQLite(t).Start(t)
	anna, bert, _ := trio(t, &s.Server)
	say(t, bert, anna, "https://example.org/"+string(make300('x')))
	p := open(t, "anna", s.URL)
	p.do(emulation.SetDeviceMetricsOverride(390, 844, 2, true))
	p.become(anna)
	p.Go("/")
	p.AwaitLive()
	require.False(t, p.Has("#pane", "log", "*"))
	p.ClickChat("bert")
	p.AwaitChat("bert")
	p.AwaitGone("", "searchbox", "Search people")
	p.Send("from a phone")
	p.AwaitText("from a phone")
	p.Click("#pane", "link", "Back to chats")
	p.Find("", "searchbox", "Search people")
	p.OpenChat("carl")

	p.do(emulation.SetDeviceMetricsOverride(360, 640, 2, true))
	for _, path := range []string{"/", "/chats/bert", "/chats/carl", "/people/bert", "/profile", "/search?q=bert", "/chats/nobody", "/login", "/signup"} {
		p.Excuse("404 (Not Found)")
		p.Go(path)
		wide := ask[[]string](p, `() => {
      const root = document.scrollingElement
      const over = [...document.body.querySelectorAll('*')].filter(e => { const r = e.getBoundingClientRect(); return r.width > 1 && r.right > innerWidth + 1 && e.checkVisibility() && !e.closest('.sr') })
      return root.scrollWidth > innerWidth ? over.map(e => e.outerHTML.slice(0, 120)) : []
    }`)
		require.Empty(t, wide, path)
	}
}

func make300(c byte) []byte {
	b := make([]byte, 300)
	for i := range b {
		b[i] = c
	}
	return b
}

func TestEverythingWithoutAScript(t *testing.T) {
	t.Parallel()
	s := apptest.SQLite(t).Start(t)
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
	a.Find("#chats", "link", "bert 1 unread") // looking changes nothing
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
