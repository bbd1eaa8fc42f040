package firefox

import (
	"fmt"
	"testing"

	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

// AwaitLive waits until the page's socket is open.
func (p *Page) AwaitLive() {
	p.t.Helper()
	p.Await("the line", `() => document.querySelector('#live')._htmx?.ws?.connection?.socket?.readyState === WebSocket.OPEN`)
}

// AwaitTexts waits until the open log shows exactly these messages, all sent.
func (p *Page) AwaitTexts(want ...string) {
	p.t.Helper()
	p.Await(fmt.Sprintf("the messages %q", want), `want => {
    const rows = [...document.querySelectorAll('#pane [role=log] article')]
    return rows.length === want.length && rows.every((row, i) => row.id && row.querySelector('p').textContent === want[i])
  }`, want)
}

// Send writes a message and presses Enter.
func (p *Page) Send(text string) {
	p.t.Helper()
	p.Fill("textbox", "Message", text)
	p.Press(enter)
}

func (p *Page) signUp() {
	p.t.Helper()
	p.Go("/signup")
	p.Fill("textbox", "Email", p.Name+"@example.org")
	p.Fill("textbox", "Username", p.Name)
	p.Fill("", "Password", harness.Password)
	p.Click("button", "Sign up")
	p.find("searchbox", "Search people")
	p.AwaitLive()
}

func TestTwoPeople(t *testing.T) {
	s := harness.SQLite(t).Start(t)
	anna, bert := open(t, "anna", s.URL), open(t, "bert", s.URL)
	anna.signUp()
	bert.signUp()

	anna.Fill("searchbox", "Search people", "ber")
	anna.Click("link", "bert*")
	anna.Click("button", "Send chat request")
	anna.find("button", "Cancel request")
	bert.Click("button", "Accept")
	anna.Send("hello bert")
	bert.Await("the badge", `() => document.querySelector('#chats .badge')?.textContent === '1 unread'`)
	bert.Await("the title", `() => document.title === '(1) DChat'`)
	bert.Click("link", "anna 1 unread")
	bert.AwaitTexts("hello bert")
	bert.Await("the title of the conversation", `() => document.title === 'anna · DChat'`)
	want := []string{"hello bert"}
	for i := range 3 {
		there, back := fmt.Sprintf("there %d", i), fmt.Sprintf("back %d", i)
		anna.Send(there)
		bert.Send(back)
		want = append(want, there, back)
		anna.AwaitTexts(want...)
		bert.AwaitTexts(want...)
	}
	for _, p := range []*Page{anna, bert} {
		p.Reload()
		p.AwaitTexts(want...)
	}
}

func TestTheComposer(t *testing.T) {
	s := harness.SQLite(t).Start(t)
	anna, bert := s.SignUp(t, "anna"), s.SignUp(t, "bert")
	harness.Connect(t, anna, bert)
	a, b := signIn(t, anna, s.URL, "/chats/bert"), signIn(t, bert, s.URL, "/chats/anna")

	height := func() float64 {
		return ask[float64](a, `() => document.querySelector('#composer textarea').clientHeight`)
	}
	line := ask[float64](a, `() => parseFloat(getComputedStyle(document.querySelector('#composer textarea')).lineHeight)`)
	one := height()
	a.Click("textbox", "Message")
	for i := range 8 {
		require.InDelta(t, one+line*float64(min(i, 5)), height(), 2, "%d lines", i+1)
		a.Press("line")
		a.chord(shift, enter)
	}
	a.Reload()
	a.AwaitLive()
	require.InDelta(t, one+line*5, height(), 2, "a draft that comes back")
	a.Fill("textbox", "Message", "")
	require.Equal(t, one, height())
	a.Press("  if x:")
	a.chord(shift, enter)
	a.Press("日本 שלום")
	a.Press(enter)
	b.Await("the message", `() => document.querySelector('#pane article[id] p')?.textContent.trim() === 'if x:\n日本 שלום'`)
	require.Equal(t, one, height())
}

func TestScrolling(t *testing.T) {
	s := harness.SQLite(t).Start(t)
	crowd := s.Crowd(t, 2, 200)
	p := signIn(t, crowd[0], s.URL, "/chats/"+crowd[1].Username)
	first := func() int {
		return ask[int](p, `() => Number(document.querySelector('#pane [role=log] article').dataset.seq)`)
	}
	type place struct {
		ID  string
		Top float64
	}
	p.Await("the end", `() => { const l = document.querySelector('#pane [role=log]'); return l.scrollHeight - l.scrollTop - l.clientHeight < 5 }`)
	for first() > 1 {
		before := first()
		at := ask[place](p, `() => {
      const log = document.querySelector('#pane [role=log]'), top = log.getBoundingClientRect().top
      log.scrollTop = 20
      const row = [...log.querySelectorAll('article')].find(row => row.getBoundingClientRect().bottom > top + 40)
      return { ID: row.id, Top: row.getBoundingClientRect().top }
    }`)
		p.Await("older messages", `seq => Number(document.querySelector('#pane [role=log] article').dataset.seq) < seq`, before)
		require.InDelta(t, at.Top, ask[float64](p, `id => document.getElementById(id).getBoundingClientRect().top`, at.ID), 2, "the row one was reading moved")
	}
	other := signIn(t, crowd[1], s.URL, "/chats/"+crowd[0].Username)
	other.Send("news")
	p.Show()
	p.Click("link", "1 Jump to latest")
	p.Await("the news in sight", `() => {
    const l = document.querySelector('#pane [role=log]')
    return [...l.querySelectorAll('article')].at(-1).querySelector('p')?.textContent === 'news' && l.scrollHeight - l.scrollTop - l.clientHeight < 5
  }`)
}
