package browser

import (
	"fmt"
	"net/url"
	"testing"

	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

// dividers returns the texts directly below each "New messages" divider of the open log.
func dividers(p *Page) []string {
	p.t.Helper()
	return ask[[]string](p, `() => [...document.querySelectorAll('#pane [role=log] *')].filter(e => !e.children.length && e.textContent === 'New messages')
    .map(e => e.closest('[role=log] > *').nextElementSibling?.querySelector('p')?.textContent ?? '')`)
}

func TestUnreadDivider(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, _ := trio(t, &s.Server)
	postMessage(t, bert, anna, "old")
	p := enter(t, anna, s.URL, "/chats/bert")
	p.AwaitUnread("bert", 0)
	p.OpenChat("carl")
	postMessage(t, bert, anna, "new")
	postMessage(t, bert, anna, "newer")
	p.AwaitUnread("bert", 2)
	p.OpenChat("bert")
	require.Equal(t, []string{"new"}, dividers(p))
	p.AwaitUnread("bert", 0)

	p.LookAway()
	postMessage(t, bert, anna, "while she looks away")
	p.AwaitText("while she looks away")
	p.AwaitUnread("bert", 1)
	p.AwaitTitle("(1) bert · DChat")
	require.Equal(t, []string{"while she looks away"}, dividers(p))
	p.LookBack()
	p.AwaitUnread("bert", 0)
	p.AwaitTitle("bert · DChat")

	p.Send("an answer")
	p.AwaitText("an answer")
	p.Reload()
	p.AwaitText("an answer")
	require.Empty(t, dividers(p))
}

func TestHiddenTabReadsNothing(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, _ := trio(t, &s.Server)
	reading := enter(t, anna, s.URL, "/chats/bert")
	reading.AwaitLive()
	device := enter(t, s.SignIn(t, "anna"), s.URL, "/")
	device.AwaitLive()
	front := reading.Tab()
	front.Go("/")
	front.AwaitLive()
	front.Show()

	postMessage(t, bert, anna, "one")
	postMessage(t, bert, anna, "two")
	reading.AwaitTexts("one", "two")
	for _, p := range []*Page{reading, front, device} {
		p.AwaitUnread("bert", 2)
		p.Await("the count in the title", `() => document.title.startsWith('(2) ')`)
	}
	reading.Show()
	for _, p := range []*Page{reading, front, device} {
		p.AwaitUnread("bert", 0)
		p.Await("no count in the title", `() => !document.title.startsWith('(')`)
	}
}

func TestReadElsewhere(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, _ := trio(t, &s.Server)
	p := enter(t, anna, s.URL, "/chats/bert")
	p.AwaitLive()
	p.LookAway()
	postMessage(t, bert, anna, "one")
	p.AwaitUnread("bert", 1)
	require.Equal(t, 200, anna.Post("/chats/bert/read", url.Values{"seq": {"1"}}, true).Status)
	p.AwaitUnread("bert", 0)
}

// Opening many unread messages does not mark all as read: the pane opens at the first one.
func TestManyUnreadMessages(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	for _, c := range []struct{ old, news int }{{1, 60}, {0, 60}, {1, 250}} {
		anna, bert := s.SignUp(t, fmt.Sprintf("anna-%d-%d", c.old, c.news)), s.SignUp(t, fmt.Sprintf("bert-%d-%d", c.old, c.news))
		harness.Connect(t, anna, bert)
		for _, text := range numbered("old %d", c.old) {
			postMessage(t, anna, bert, text)
		}
		for _, text := range numbered("new %d", c.news) {
			postMessage(t, bert, anna, text)
		}
		p := enter(t, anna, s.URL, "/")
		p.AwaitUnread(bert.Username, c.news)
		p.OpenChat(bert.Username)
		p.Await("the divider where the new begins", `() => {
      const divider = [...document.querySelectorAll('#pane [role=log] > *')].find(e => e.textContent === 'New messages')
      return divider?.nextElementSibling?.querySelector('p')?.textContent === 'new 1'
    }`)
		p.AwaitTitle(fmt.Sprintf("(%d) %s · DChat", c.news, bert.Username))
		p.AwaitUnread(bert.Username, c.news)
		p.Click("#pane", "link", fmt.Sprintf("%d Jump to latest", c.news))
		p.AwaitUnread(bert.Username, 0)
	}
}

// A message sent after a delay marks as read only what its page showed when it was written.
func TestLateMessageReadsNothingUnseen(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, _ := trio(t, &s.Server)
	postMessage(t, bert, anna, "seen")
	p := enter(t, anna, s.URL, "/chats/bert")
	device := enter(t, s.SignIn(t, "anna"), s.URL, "/")
	for _, page := range []*Page{p, device} {
		page.AwaitLive()
		page.AwaitUnread("bert", 0)
	}
	p.HoldRequests("/messages")
	p.Send("late")
	p.AwaitHeld()
	p.LookAway()
	for i := range 3 {
		postMessage(t, bert, anna, fmt.Sprintf("unseen %d", i))
	}
	device.AwaitUnread("bert", 3)
	p.Release()
	p.AwaitTexts("seen", "unseen 0", "unseen 1", "unseen 2", "late")
	for _, page := range []*Page{p, device} {
		page.AwaitUnread("bert", 3)
	}
	require.Equal(t, []string{"unseen 0"}, dividers(p))
	postMessage(t, bert, anna, "one more")
	device.AwaitUnread("bert", 4)
	p.LookBack()
	for _, page := range []*Page{p, device} {
		page.AwaitUnread("bert", 0)
	}
}
