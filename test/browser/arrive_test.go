package browser

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

// postMessage sends a message without a browser.
func postMessage(t *testing.T, from, to *harness.Person, text string) {
	t.Helper()
	answer := from.Post("/chats/"+to.Username+"/messages", url.Values{"body": {text}}, true)
	require.Equal(t, http.StatusOK, answer.Status, answer.Body)
}

// trio is anna with her two contacts.
func trio(t *testing.T, s *harness.Server) (anna, bert, carl *harness.Person) {
	t.Helper()
	anna, bert, carl = s.SignUp(t, "anna"), s.SignUp(t, "bert"), s.SignUp(t, "carl")
	harness.Connect(t, anna, bert)
	harness.Connect(t, anna, carl)
	return anna, bert, carl
}

func TestMessageInAnotherConversation(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, carl := trio(t, &s.Server)
	p := enter(t, anna, s.URL, "/chats/carl")
	p.AwaitLive()
	postMessage(t, carl, anna, "from carl")
	p.AwaitTexts("from carl")
	postMessage(t, bert, anna, "from bert")
	postMessage(t, bert, anna, "from bert again")
	p.AwaitUnread("bert", 2)
	p.AwaitTitle("(2) carl · DChat")
	require.Equal(t, []string{"from carl"}, p.Texts())
	p.OpenChat("bert")
	p.AwaitTexts("from bert", "from bert again")
	p.AwaitUnread("bert", 0)
	p.AwaitTitle("bert · DChat")
	p.OpenChat("carl")
	p.AwaitTexts("from carl")
}

func TestTitleCountsOtherConversations(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, carl := trio(t, &s.Server)
	postMessage(t, bert, anna, "from bert")
	postMessage(t, carl, anna, "from carl")
	p := enter(t, anna, s.URL, "/")
	p.AwaitTitle("(2) DChat")
	p.OpenChat("carl")
	p.AwaitUnread("carl", 0)
	p.AwaitTitle("(1) carl · DChat")
	p.OpenChat("bert")
	p.AwaitUnread("bert", 0)
	p.AwaitTitle("bert · DChat")
}

func TestMessageWhilePaneLoads(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, carl := trio(t, &s.Server)
	postMessage(t, bert, anna, "before")
	p := enter(t, anna, s.URL, "/chats/carl")
	p.AwaitLive()
	p.Hold("/chats/bert")
	p.ClickChat("bert")
	p.AwaitHeld()
	postMessage(t, bert, anna, "in between")
	postMessage(t, carl, anna, "from carl")
	p.AwaitTexts("from carl")
	p.Release()
	p.AwaitChat("bert")
	p.AwaitTexts("before", "in between")
	postMessage(t, bert, anna, "after")
	p.AwaitTexts("before", "in between", "after")
	p.OpenChat("carl")
	p.AwaitTexts("from carl")
}

// What the server sends before it knows of the open pane does not leave a gap in the log.
func TestMessageBeforeServerKnowsPane(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, _ := trio(t, &s.Server)
	p := enter(t, anna, s.URL, "/chats/carl")
	p.AwaitLive()
	p.holdReports()
	p.Hold("/chats/bert")
	p.ClickChat("bert")
	p.AwaitHeld()
	postMessage(t, bert, anna, "after the pane was rendered")
	p.AwaitUnread("bert", 1)
	p.Release()
	p.AwaitChat("bert")
	postMessage(t, bert, anna, "before the server knows of it")
	p.AwaitUnread("bert", 2)
	require.Empty(t, p.Texts())
	p.releaseReports()
	p.AwaitTexts("after the pane was rendered", "before the server knows of it")
	p.AwaitUnread("bert", 0)
}

// holdReports delays what the page sends through its socket, until releaseReports.
func (p *Page) holdReports() {
	p.t.Helper()
	require.NoError(p.t, p.evaluate(nil, `() => {
    window.reports = []
    window.send = WebSocket.prototype.send
    WebSocket.prototype.send = function (report) { reports.push([this, report]) }
  }`))
}

func (p *Page) releaseReports() {
	p.t.Helper()
	require.NoError(p.t, p.evaluate(nil, `() => {
    WebSocket.prototype.send = send
    reports.forEach(([socket, report]) => socket.send(report))
  }`))
}

// Only messages shown in the log are marked as read, also while the browser navigates back.
func TestMessageWhileNavigatingBack(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, carl := trio(t, &s.Server)
	p := enter(t, anna, s.URL, "/chats/carl")
	p.AwaitLive()
	p.OpenChat("bert")
	postMessage(t, carl, anna, "one")
	p.AwaitUnread("carl", 1)
	p.Hold("/chats/carl")
	p.Back()
	p.AwaitHeld()
	postMessage(t, bert, anna, "read")
	postMessage(t, bert, anna, "read too")
	p.AwaitTexts("read", "read too")
	p.AwaitUnread("bert", 0)
	p.AwaitUnread("carl", 1)
	postMessage(t, carl, anna, "two")
	p.AwaitUnread("carl", 2)
	p.Release()
	p.AwaitChat("carl")
	p.AwaitTexts("one", "two")
	p.AwaitUnread("carl", 0)
}

func TestRapidSwitching(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, carl := trio(t, &s.Server)
	postMessage(t, bert, anna, "from bert")
	postMessage(t, carl, anna, "from carl")
	p := enter(t, anna, s.URL, "/")
	p.AwaitLive()
	p.Latency(300 * time.Millisecond)
	for range 3 {
		p.ClickChat("bert")
		p.ClickChat("carl")
	}
	p.ClickChat("bert")
	p.AwaitChat("bert")
	p.AwaitTexts("from bert")
	p.Await("the address and the list agree", `() => {
    const current = [...document.querySelectorAll('[aria-current]')].map(row => row.pathname)
    return location.pathname === '/chats/bert' && current.join() === '/chats/bert'
  }`)
	postMessage(t, carl, anna, "more from carl")
	postMessage(t, bert, anna, "more")
	p.AwaitTexts("from bert", "more")
	p.AwaitUnread("bert", 0)
}

func TestBackAndForward(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, carl := trio(t, &s.Server)
	p := enter(t, anna, s.URL, "/")
	p.AwaitLive()
	p.OpenChat("bert")
	p.OpenChat("carl")
	p.Back()
	p.AwaitChat("bert")
	postMessage(t, bert, anna, "after going back")
	p.AwaitTexts("after going back")
	p.AwaitUnread("bert", 0)
	p.Send("mine")
	p.AwaitTexts("after going back", "mine")
	p.Back()
	p.Find("#pane", "link", "Find people")
	postMessage(t, carl, anna, "for carl's")
	p.AwaitUnread("carl", 1)
	p.AwaitTitle("(1) DChat")
	require.NoError(t, p.evaluate(nil, `() => { history.go(2) }`))
	p.AwaitChat("carl")
	p.AwaitTexts("for carl's")
	p.AwaitTitle("carl · DChat")
	postMessage(t, carl, anna, "and another")
	p.AwaitTexts("for carl's", "and another")
	p.AwaitUnread("carl", 0)
}

// A page restored from the back/forward cache has no connection.
func TestPageFromBackForwardCache(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, _ := trio(t, &s.Server)
	p := enter(t, anna, s.URL, "/chats/bert")
	p.AwaitLive()
	require.NoError(t, p.evaluate(nil, `() => { addEventListener('pageshow', event => { window.kept = event.persisted }) }`))
	p.Go("/profile")
	postMessage(t, bert, anna, "meanwhile")
	p.Back()
	p.AwaitTexts("meanwhile")
	require.True(t, ask[bool](p, `() => window.kept === true`), "the browser reloaded it")
	p.AwaitLive()
	postMessage(t, bert, anna, "live")
	p.AwaitTexts("meanwhile", "live")
	p.AwaitUnread("bert", 0)
}

// A log that the server wrote anew before it knew of the open pane may be older than that.
func TestNewLogBeforeServerKnowsPane(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, _ := trio(t, &s.Server)
	postMessage(t, bert, anna, "read with the pane")
	p := enter(t, anna, s.URL, "/chats/carl")
	p.AwaitLive()
	p.holdReports()
	p.ClickChat("bert")
	p.AwaitChat("bert")
	p.AwaitTexts("read with the pane")
	p.Await("the report", `() => !!reports.find(([, text]) => text.split('.').length === 5)`)
	require.NoError(t, p.evaluate(nil, `() => {
    const [socket, report] = reports.find(([, text]) => text.split('.').length === 5)
    const [epoch, version, conversation, rev, gen] = report.split('.')
    const part = (target, content) => '<hx-partial hx-target="#' + target + '" hx-swap="innerHTML settle:0">' + content + '</hx-partial>'
    const log = document.querySelector('[role=log]')
    window.early = [epoch, version, conversation, rev - 1, gen - 1].join('.')
    const data = part(log.id, log.querySelector('.older').outerHTML) + part('cursor', early)
    socket.dispatchEvent(new MessageEvent('message', { data }))
  }`))
	p.Await("the frame", `() => document.querySelector('#cursor').textContent === early`)
	p.AwaitTexts("read with the pane")
	p.releaseReports()
	p.AwaitTexts("read with the pane")
}
