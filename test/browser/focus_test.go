package browser

import (
	"net/http"
	"testing"

	"dchat/test/harness"

	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

// awaitFocus waits until the focus is on such an element.
func (p *Page) awaitFocus(role, name string) {
	p.t.Helper()
	var where string
	p.await(patience, "the focus on "+role+" "+name, func() (there bool) {
		there, where = p.Focused(role, name)
		return there
	}, func() string { return where + "\n" + p.text() })
}

// pressKey focuses an element and presses Enter.
func (p *Page) pressKey(within, role, name string) {
	p.t.Helper()
	require.NoError(p.t, p.call(p.Find(within, role, name), `function() { this.focus() }`, nil))
	p.awaitFocus(role, name)
	p.Press(kb.Enter)
}

// When the pressed button disappears, the focus moves to the nearest element, never to the start of the page.
func TestFocusInPane(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := strangers(t, &s.Server)
	a.pressKey("#pane", "button", "Send chat request")
	a.awaitFocus("button", "Cancel request")
	a.Press(kb.Enter)
	a.awaitFocus("button", "Send chat request")
	a.Press(kb.Enter)
	a.awaitFocus("button", "Cancel request")
	b.pressKey("#pane", "button", "Reject")
	b.awaitFocus("button", "Send chat request")
	a.awaitFocus("button", "Send chat request") // also when the other person acts
	a.Press(kb.Enter)
	a.awaitFocus("button", "Cancel request")
	b.pressKey("#pane", "button", "Accept")
	b.awaitFocus("textbox", "Message")
	a.awaitFocus("textbox", "Message")

	b.pressKey("#pane", "button", "More")
	b.pressKey("#pane", "button", "Remove contact")
	b.AwaitAbsent("#pane", "textbox", "Message")
	b.awaitFocus("button", "More")
	a.awaitFocus("button", "Send chat request")
	b.pressKey("#pane", "button", "More")
	b.pressKey("#pane", "button", "Block")
	b.Find("#pane", "link", "Unblock on your profile")
	b.awaitFocus("button", "More")
}

func TestFocusOnProfile(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, carl := s.SignUp(t, "anna"), s.SignUp(t, "bert"), s.SignUp(t, "carl")
	for _, other := range []*harness.Person{bert, carl} {
		require.Equal(t, http.StatusSeeOther, anna.Post("/chats/"+other.Username+"/block", nil, false).Status)
	}
	p := enter(t, anna, s.URL, "/profile")
	p.AwaitLive()
	p.pressKey("#blocked li:first-child", "button", "Unblock")
	p.Await("one is left", `() => document.querySelectorAll('#blocked li').length === 1`)
	p.awaitFocus("button", "Unblock")
	p.Press(kb.Enter)
	p.Await("none is left", `() => !document.querySelector('#blocked li')`)
	p.Await("the focus is in the pane", `() => document.activeElement.closest('#pane') && !document.activeElement.matches('#pane')`)

	p.Go("/people/bert")
	p.AwaitLive()
	p.pressKey("#pane", "button", "Send chat request")
	p.awaitFocus("button", "Cancel request")
	p.Press(kb.Enter)
	p.awaitFocus("button", "Send chat request")
}

func TestFocusInSidebar(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna := s.SignUp(t, "anna")
	for _, name := range []string{"bert", "carl", "dora"} {
		require.Equal(t, http.StatusSeeOther, s.SignUp(t, name).Post("/chats/anna/request", nil, false).Status)
	}
	s.SignUp(t, "emil")
	p := enter(t, anna, s.URL, "/")
	p.AwaitLive()
	p.pressKey("#requests .ask:nth-of-type(2)", "button", "Accept") // carl's
	p.Await("two are left", `() => document.querySelectorAll('#requests .ask').length === 2`)
	p.awaitFocus("button", "Accept")
	require.Equal(t, "bert", p.focusedRequest())
	p.Press(kb.Enter)
	p.Await("one is left", `() => document.querySelectorAll('#requests .ask').length === 1`)
	require.Equal(t, "dora", p.focusedRequest())
	p.pressKey("#requests", "button", "Reject")
	p.Await("none is left", `() => !document.querySelector('#requests .ask')`)
	p.awaitFocus("link", "bert")

	p.Search("emil")
	p.pressKey("#results", "button", "Send chat request")
	p.awaitFocus("button", "Cancel request")
	p.Press(kb.Enter)
	p.awaitFocus("button", "Send chat request")
	p.pressKey("#results", "button", "Block")
	p.AwaitAbsent("#results", "button", "Block")
	p.Await("the focus is in the list", `() => !!document.activeElement.closest('#results, #chats, [role=search]')`)
}

// focusedRequest returns whose request has the focus.
func (p *Page) focusedRequest() string {
	p.t.Helper()
	return ask[string](p, `() => document.activeElement.closest('.ask')?.querySelector('.name').textContent ?? ''`)
}

// After an action on a failed message, or a jump to the end, the focus is in the composer.
func TestFocusAfterFailedMessage(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, _ := trio(t, &s.Server)
	for _, text := range numbered("line %d", 40) {
		postMessage(t, bert, anna, text)
	}
	p := enter(t, anna, s.URL, "/chats/bert")
	p.Excuse(connectionErrors...)
	p.AwaitLive()
	p.Offline(true)
	p.Send("one")
	p.awaitState("failed", 1)
	p.pressKey("#pane [role=log]", "button", "Retry")
	p.awaitFocus("textbox", "Message")
	p.awaitState("failed", 1)
	p.pressKey("#pane [role=log]", "button", "Discard")
	p.awaitFocus("textbox", "Message")
	p.Offline(false)
	p.scrollTo(0)
	p.pressKey("#pane", "link", "Jump to latest")
	p.awaitFocus("textbox", "Message")
}

// A key that is held down activates one button only, although another button takes its place.
func TestHeldKeyPressesOnce(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, _ := strangers(t, &s.Server)
	a.pressKey("#pane", "button", "Send chat request")
	a.awaitFocus("button", "Cancel request")
	require.True(t, ask[bool](a, `() => {
    const key = new KeyboardEvent('keydown', { key: 'Enter', repeat: true, bubbles: true, cancelable: true })
    return !document.activeElement.dispatchEvent(key)
  }`))
}
