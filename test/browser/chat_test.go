package browser

import (
	"fmt"
	"testing"

	"dchat/test/harness"

	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

// SignUp creates the account through the form.
func (p *Page) SignUp() {
	p.t.Helper()
	p.Go("/signup")
	p.Fill("textbox", "Email", p.Name+"@example.org")
	p.Fill("textbox", "Username", p.Name)
	p.Fill("textbox", "Password", harness.Password)
	p.Click("", "button", "Sign up")
	p.Find("", "searchbox", "Search people")
}

// Search types into the search field key by key.
func (p *Page) Search(text string) {
	p.t.Helper()
	p.Fill("searchbox", "Search people", "")
	p.Press(text)
	p.Find("#results", "button", "*")
}

// OpenChat opens a conversation from the sidebar.
func (p *Page) OpenChat(name string) {
	p.t.Helper()
	p.ClickChat(name)
	p.AwaitChat(name)
}

// ClickChat clicks a row of the sidebar.
func (p *Page) ClickChat(name string) {
	p.t.Helper()
	p.Click("#chats", "link", name+"*")
}

// AwaitChat waits until a conversation is open and its composer ready.
func (p *Page) AwaitChat(name string) {
	p.t.Helper()
	p.Await("the conversation with "+name, `name => {
    const pane = document.querySelector('#pane')
    return pane.querySelector('[role=log]')?.ariaLabel === 'Messages with ' + name && pane.querySelector('textarea')?.ariaLabel === 'Message'
  }`, name)
}

// Write replaces the text of the composer.
func (p *Page) Write(text string) {
	p.t.Helper()
	p.fill("#composer", "textbox", "Message", text)
}

// Send writes a message and presses Enter.
func (p *Page) Send(text string) {
	p.t.Helper()
	p.Write(text)
	p.Press(kb.Enter)
}

// Composed returns the text of the composer.
func (p *Page) Composed() string {
	p.t.Helper()
	return ask[string](p, `() => document.querySelector('#composer textarea').value`)
}

// Row is a message as the open log shows it.
type Row struct {
	ID, Text  string
	Seq       int64
	Mine      bool
	State     string // sent, pending or failed
	Why, Time string
}

// Log returns the rows of the open log from top to bottom.
func (p *Page) Log() []Row {
	p.t.Helper()
	return ask[[]Row](p, `() => [...document.querySelectorAll('#pane [role=log] article')].map(row => ({
    ID: row.id, Text: row.querySelector('p')?.textContent ?? '', Seq: row.id ? Number(row.dataset.seq) : 0, Mine: row.classList.contains('mine'),
    State: row.classList.contains('failed') ? 'failed' : row.classList.contains('pending') ? 'pending' : 'sent',
    Why: row.querySelector('.why')?.textContent || '', Time: row.querySelector('time')?.textContent.trim().slice(0, 5) || '',
  }))`)
}

// Texts returns the texts of the open log.
func (p *Page) Texts() []string {
	p.t.Helper()
	texts := []string{}
	for _, row := range p.Log() {
		texts = append(texts, row.Text)
	}
	return texts
}

// AwaitTexts waits until the log shows exactly these messages, all sent.
func (p *Page) AwaitTexts(want ...string) {
	p.t.Helper()
	p.Await(fmt.Sprintf("the messages %q", want), `want => {
    const rows = [...document.querySelectorAll('#pane [role=log] article')]
    return rows.length === want.length && rows.every((row, i) => row.id && (row.querySelector('p')?.textContent ?? '') === want[i])
  }`, want)
}

// hasText reports whether the log shows a message that is sent.
const hasText = `text => [...document.querySelectorAll('#pane [role=log] article[id]')].some(row => row.querySelector('p')?.textContent === text)`

// AwaitText waits until the log shows a message that is sent.
func (p *Page) AwaitText(text string) {
	p.t.Helper()
	p.Await("the message "+text, hasText, text)
}

// AwaitUnread waits for the badge of a contact; 0 means no badge.
func (p *Page) AwaitUnread(name string, n int) {
	p.t.Helper()
	want := ""
	if n > 0 {
		want = fmt.Sprintf("%d unread", n)
	}
	// The accessibility tree of a hidden page is not updated.
	p.Await(fmt.Sprintf("%q at %s", want, name), `(name, want) => {
    const row = [...document.querySelectorAll('#chats a')].find(row => row.querySelector('.name').textContent === name)
    return row && (row.querySelector('.badge')?.textContent ?? '') === want
  }`, name, want)
}

// AwaitEnd waits until the end of the open log is visible.
func (p *Page) AwaitEnd() {
	p.t.Helper()
	p.Await("the end is visible", `() => { const l = document.querySelector('#pane [role=log]'); return l.scrollHeight - l.scrollTop - l.clientHeight < 5 }`)
}

// AwaitTitle waits for the title of the page.
func (p *Page) AwaitTitle(title string) {
	p.t.Helper()
	p.Await("the title "+title, `title => document.title === title`, title)
}

// AwaitLive waits until the page's socket is open.
func (p *Page) AwaitLive() {
	p.t.Helper()
	p.Await("the socket is open", `() => document.querySelector('#live')._htmx?.ws?.connection?.socket?.readyState === WebSocket.OPEN`)
}

// couple opens windows of two contacts, each with the conversation with the other.
func couple(t *testing.T, s *harness.Server) (a, b *Page) {
	t.Helper()
	anna, bert := s.SignUp(t, "anna"), s.SignUp(t, "bert")
	harness.Connect(t, anna, bert)
	a, b = enter(t, anna, s.URL, "/chats/bert"), enter(t, bert, s.URL, "/chats/anna")
	a.AwaitLive()
	b.AwaitLive()
	return a, b
}

// numbered returns n numbered texts.
func numbered(format string, n int) []string {
	texts := make([]string, n)
	for i := range texts {
		texts[i] = fmt.Sprintf(format, i+1)
	}
	return texts
}

// requireOnce asserts that the log shows each message once, in the conversation's order and without gaps.
func requireOnce(t *testing.T, p *Page, from, to int64) {
	t.Helper()
	onceEach(t, p, p.Log(), from, to)
}

func onceEach(t *testing.T, p *Page, rows []Row, from, to int64) {
	t.Helper()
	for i, row := range rows {
		require.Equal(t, from+int64(i), row.Seq, "row %d of %s: %+v", i, p.Name, row)
	}
	require.Len(t, rows, int(to-from+1))
}
