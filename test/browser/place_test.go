package browser

import (
	"net/http"
	"testing"

	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

// awaitAt waits until a row stands on the screen where it stood.
func (p *Page) awaitAt(a anchor) {
	p.t.Helper()
	p.Await("the row one was reading", `(id, top) => Math.abs((document.getElementById(id)?.getBoundingClientRect().top ?? 1e9) - top) < 2`, a.ID, a.Top)
}

// twoTalks are anna, bert, with whom she has talked long, and carl.
func twoTalks(t *testing.T, messages int) (s *harness.Node, anna, bert, carl *harness.Person) {
	t.Helper()
	s = harness.SQLite(t).Start(t)
	anna, bert = pair(s.Crowd(t, 2, messages))
	carl = s.SignUp(t, "carl")
	harness.Connect(t, anna, carl)
	return s, anna, bert, carl
}

// A conversation opens where one was, also far above what a pane shows at first; at the end it stays at the end.
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
	p.Go("/chats/" + bert.Username) // a new page knows of no place
	p.AwaitLive()
	p.AwaitEnd()

	p.OpenChat("carl")
	postMessage(t, anna, carl, "from another page")
	p.AwaitTexts("from another page")
	p.OpenChat(name)
	p.AwaitEnd()
}

// What is unread is what one wants to see; and one who jumped to the end is there.
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
	p.Await("the divider is in sight", `() => {
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

// Very far up the end is not in the page, as it was before.
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
	p.Await("the pane is new", `() => !('old' in document.querySelector('#pane').dataset)`)
	p.awaitAt(a)
	require.Equal(t, http.StatusOK, anna.Get("/chats/"+bert.Username, true).Status)
}
