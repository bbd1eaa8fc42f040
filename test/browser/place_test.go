package browser

import (
	"net/http"
	"testing"

	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

// awaitAt waits until a row is at its previous position on the screen.
func (p *Page) awaitAt(a anchor) {
	p.t.Helper()
	p.Await("the previous position", `(id, top) => Math.abs((document.getElementById(id)?.getBoundingClientRect().top ?? 1e9) - top) < 2`, a.ID, a.Top)
}

// twoTalks returns anna, bert with a long conversation, and carl.
func twoTalks(t *testing.T, messages int) (s *harness.Node, anna, bert, carl *harness.Person) {
	t.Helper()
	s = harness.SQLite(t).Start(t)
	anna, bert = pair(s.Crowd(t, 2, messages))
	carl = s.SignUp(t, "carl")
	harness.Connect(t, anna, carl)
	return s, anna, bert, carl
}

// A conversation opens at its last scroll position, also far above the first page; at the end it stays at the end.
func TestConversationKeepsScrollPosition(t *testing.T) {
	t.Parallel()
	s, anna, bert, carl := twoTalks(t, 250)
	p := enter(t, anna, s.URL, "/chats/"+bert.Username)
	p.AwaitLive()
	name := ask[string](p, `() => document.querySelector('#pane h1').textContent`)
	p.pageUp()
	p.pageUp()
	p.pageUp()
	a := p.scrollTo(700)
	p.OpenChat("carl")
	p.OpenChat(name)
	p.awaitAt(a)
	requireOnce(t, p, p.firstSeq(), 250)

	p.OpenChat("carl")
	p.Back()
	p.AwaitChat(name)
	p.awaitAt(a)
	p.Go("/chats/" + bert.Username) // a new page has no scroll position
	p.AwaitLive()
	p.AwaitEnd()

	p.OpenChat("carl")
	postMessage(t, anna, carl, "from another page")
	p.AwaitTexts("from another page")
	p.OpenChat(name)
	p.AwaitEnd()
}

// A conversation with unread messages opens at the divider; after a jump to the end it opens there.
func TestUnreadMessagesBeforeScrollPosition(t *testing.T) {
	t.Parallel()
	s, anna, bert, _ := twoTalks(t, 150)
	p := enter(t, anna, s.URL, "/chats/"+bert.Username)
	p.AwaitLive()
	name := ask[string](p, `() => document.querySelector('#pane h1').textContent`)
	p.pageUp()
	p.scrollTo(700)
	p.OpenChat("carl")
	for _, text := range numbered("news %d", 40) {
		postMessage(t, bert, anna, text)
	}
	p.AwaitUnread(name, 40)
	p.OpenChat(name)
	p.Await("the divider is visible", `() => {
    const [divider, log] = ['#pane .new', '#pane [role=log]'].map(s => document.querySelector(s)?.getBoundingClientRect())
    return divider && divider.top > log.top && divider.bottom < log.bottom
  }`)
	p.Click("#pane", "link", "40 Jump to latest")
	p.AwaitEnd()
	p.AwaitUnread(name, 0)
	p.OpenChat("carl")
	p.OpenChat(name)
	p.AwaitEnd()
}

// Far up, the page does not contain the end of the log.
func TestScrollPositionFarFromEnd(t *testing.T) {
	t.Parallel()
	s, anna, bert, _ := twoTalks(t, 600)
	p := enter(t, anna, s.URL, "/chats/"+bert.Username)
	p.AwaitLive()
	name := ask[string](p, `() => document.querySelector('#pane h1').textContent`)
	for p.firstSeq() > 51 {
		p.pageUp()
	}
	a := p.scrollTo(900)
	p.OpenChat("carl")
	p.OpenChat(name)
	p.awaitAt(a)
	p.Click("#pane", "link", "Jump to latest")
	p.AwaitEnd()
	rows := p.Log()
	require.EqualValues(t, 600, rows[len(rows)-1].Seq)
	p.OpenChat("carl")
	p.OpenChat(name)
	p.AwaitEnd()
}

// A pane that reloads, for example after a block in another tab, keeps its scroll position.
func TestReloadedPaneKeepsScrollPosition(t *testing.T) {
	t.Parallel()
	s, anna, bert, _ := twoTalks(t, 200)
	p := enter(t, anna, s.URL, "/chats/"+bert.Username)
	p.AwaitLive()
	p.pageUp()
	a := p.scrollTo(700)
	require.NoError(t, p.evaluate(nil, `() => { document.querySelector('#pane').dataset.old = ''; htmx.ajax('GET', location.pathname, { target: '#pane', swap: 'outerHTML settle:0' }) }`))
	p.Await("the pane is reloaded", `() => !('old' in document.querySelector('#pane').dataset)`)
	p.awaitAt(a)
	require.Equal(t, http.StatusOK, anna.Get("/chats/"+bert.Username, true).Status)
}
