package browser

import (
	"testing"

	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

// rowsOf are the names in a list of the sidebar, in order.
func (p *Page) rowsOf(list string) []string {
	p.t.Helper()
	return ask[[]string](p, `list => [...document.querySelectorAll(list + ' > .row .name')].map(name => name.textContent)`, list)
}

func (p *Page) awaitRows(list string, want ...string) {
	p.t.Helper()
	p.Await("the rows of "+list, `(list, want) => [...document.querySelectorAll(list + ' > .row .name')].map(name => name.textContent).join() === want.join()`, list, append([]string{}, want...))
}

// Pages keep the order of the sidebar while things change: the pinned first, and the archived apart.
func TestSidebarKeepsWhatOneDoes(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, _, carl := trio(t, &s.Server)
	p, other := enter(t, anna, s.URL, "/chats/bert"), enter(t, s.SignIn(t, "anna"), s.URL, "/")
	p.AwaitLive()
	other.AwaitLive()
	postMessage(t, carl, anna, "later")
	p.awaitRows("#chats", "carl", "bert")
	p.Click("#pane", "button", "More")
	p.Click("#menu", "button", "Pin")
	for _, page := range []*Page{p, other} {
		page.awaitRows("#chats", "bert", "carl")
	}
	postMessage(t, carl, anna, "later still")
	other.AwaitUnread("carl", 2)
	require.Equal(t, []string{"bert", "carl"}, other.rowsOf("#chats"))
	other.AwaitTitle("(2) DChat")

	p.OpenChat("carl")
	p.AwaitUnread("carl", 0)
	p.LookAway()
	p.Click("#pane", "button", "More")
	p.Click("#menu", "button", "Mute")
	p.Click("#mute", "button", "For 1 hour")
	other.Await("a muted row", `() => !!document.querySelector('#chats .row[data-muted]')`)
	postMessage(t, carl, anna, "quietly")
	other.AwaitUnread("carl", 1)
	other.AwaitTitle("DChat")
	require.NoError(t, other.evaluate(nil, `() => { document.querySelector('[data-muted]').dataset.muted = 1; document.dispatchEvent(new Event('dchat:look')) }`))
	other.AwaitTitle("(1) DChat") // the time has passed

	p.Click("#pane", "button", "More")
	p.Click("#menu", "button", "Unmute")
	p.Click("#pane", "button", "More")
	p.Click("#menu", "button", "Archive")
	for _, page := range []*Page{p, other} {
		page.awaitRows("#chats", "bert")
		page.awaitRows("#archived", "carl")
	}
	postMessage(t, carl, anna, "here again")
	for _, page := range []*Page{p, other} {
		page.awaitRows("#chats", "bert", "carl")
		page.awaitRows("#archived")
	}
}

// A mark as unread stays on the page that set it, and ends when the conversation is opened.
func TestMarkedUnreadUntilOpened(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, _ := trio(t, &s.Server)
	postMessage(t, bert, anna, "one")
	p := enter(t, anna, s.URL, "/chats/bert")
	p.AwaitUnread("bert", 0)
	p.Click("#pane", "button", "More")
	p.Click("#menu", "button", "Mark as unread")
	p.Find("#chats", "link", "bert marked as unread")
	p.AwaitTitle("(1) bert · DChat")
	p.OpenChat("carl")
	p.Find("#chats", "link", "bert marked as unread")
	p.OpenChat("bert")
	p.Find("#chats", "link", "bert")
	p.AwaitTitle("bert · DChat")
}

func TestTypingIsSeenAndEnds(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, _ := trio(t, &s.Server)
	a, b := enter(t, anna, s.URL, "/chats/bert"), enter(t, bert, s.URL, "/chats/anna")
	a.AwaitLive()
	b.AwaitLive()
	a.Await("bert is there", `() => document.querySelector('#pane .presence')?.textContent.trim() !== ''`)
	a.Fill("textbox", "Message", "hello")
	shown := `() => { const types = document.querySelector('#pane .types > *'); return types?.textContent === 'anna is typing' && getComputedStyle(types).visibility === 'visible' }`
	b.Await("typing", shown)
	a.Fill("textbox", "Message", "")
	b.Await("a cleared box ends it", `() => !document.querySelector('#pane .types > *')`)
	a.Fill("textbox", "Message", "hello again")
	b.Await("typing again", shown)
	b.Await("it fades", `() => getComputedStyle(document.querySelector('#pane .types > *')).visibility === 'hidden'`)
	a.Send("hello again")
	b.AwaitText("hello again")
	b.Await("a message ends it", `() => !document.querySelector('#pane .types > *')`)
}
