package browser

import (
	"fmt"
	"testing"
	"time"

	"dchat/test/harness"

	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

func TestTwoPeopleOnOneNode(t *testing.T) {
	t.Parallel()
	node := harness.SQLite(t).Exec(t)
	anna, bert := meet(t, node, node)
	killWhileSending(t, node, anna, bert)
}

func TestTwoPeopleOnTwoNodes(t *testing.T) {
	t.Parallel()
	b := harness.Postgres(t)
	one, two := b.Exec(t), b.Exec(t)
	anna, bert := meet(t, one, two)
	killWhileSending(t, one, anna, bert)

	b.Redis().Stop()
	anna.Send("redis is down")
	bert.AwaitWithin(5*time.Second, "the message sent while Redis is down", hasText, "redis is down")
	bert.Send("so it is")
	anna.AwaitWithin(5*time.Second, "the message sent while Redis is down", hasText, "so it is")
	b.Redis().Start()
	for _, text := range numbered("redis is back %d", 3) {
		anna.Send(text)
		bert.AwaitWithin(5*time.Second, text, hasText, text)
	}
	bert.Send("good")
	anna.AwaitWithin(5*time.Second, "good", hasText, "good")
	require.Equal(t, anna.Texts(), bert.Texts())
	requireOnce(t, anna, 1, int64(len(anna.Log())))
}

// meet is the main story, from two new accounts to a conversation that survives a reload.
func meet(t *testing.T, one, two *harness.Process) (anna, bert *Page) {
	t.Helper()
	anna, bert = open(t, "anna", one.URL), open(t, "bert", two.URL)
	anna.SignUp()
	bert.SignUp()
	anna.AwaitLive()
	bert.AwaitLive()

	anna.Search("ber")
	anna.Click("#results", "link", "bert")
	anna.Click("#pane", "button", "Send chat request")
	anna.Find("#pane", "button", "Cancel request")
	bert.Click("#requests", "button", "Accept")

	anna.AwaitChat("bert")
	anna.sendTimed(bert, "hello bert", func() {
		bert.Find("#chats", "link", "anna 1 unread")
		bert.AwaitTitle("(1) DChat")
	})
	bert.OpenChat("anna")
	bert.Find("#pane", "log", "Messages with anna")
	bert.Find("#pane", "textbox", "Message")
	bert.AwaitTexts("hello bert")
	bert.AwaitTitle("anna · DChat")
	bert.sendTimed(anna, "hello anna", nil)
	want := []string{"hello bert", "hello anna"}
	for _, text := range numbered("and on %d", 5) {
		anna.sendTimed(bert, text, nil)
		bert.sendTimed(anna, "re: "+text, nil)
		want = append(want, text, "re: "+text)
	}
	for _, p := range []*Page{anna, bert} {
		p.AwaitTexts(want...)
		p.Reload()
		p.AwaitTexts(want...)
		p.AwaitLive()
		requireOnce(t, p, 1, int64(len(want)))
	}
	return anna, bert
}

// sendTimed sends a message, waits until the other's page shows it, or until seen returns, and
// logs how long that took.
func (p *Page) sendTimed(other *Page, text string, seen func()) {
	p.t.Helper()
	p.Write(text)
	began := time.Now()
	p.Press(kb.Enter)
	if seen != nil {
		seen()
		return
	}
	other.AwaitText(text)
	painted := ask[int64](other, `text => window.seen[text] ?? Date.now()`, text)
	took := time.UnixMilli(painted).Sub(began)
	p.t.Logf("%q: %v from Enter to the other's page", text, took.Round(time.Millisecond))
	require.Less(p.t, took, 2*time.Second)
}

// killWhileSending kills the node while both are sending, and restarts it.
func killWhileSending(t *testing.T, node *harness.Process, anna, bert *Page) {
	t.Helper()
	before := anna.Texts()
	for _, p := range []*Page{anna, bert} {
		p.Excuse(connectionErrors...)
	}
	killed := make(chan struct{})
	for i := 1; i <= 10; i++ {
		if i == 4 {
			go func() {
				defer close(killed)
				node.Kill()
			}()
		}
		anna.Send(fmt.Sprintf("anna %d", i))
		bert.Send(fmt.Sprintf("bert %d", i))
	}
	<-killed
	anna.Await("unsent messages are marked", `() => document.querySelector('#pane .failed .why').textContent === 'Not sent: no connection.'`)
	anna.Await("the page shows that it is offline", `() => document.querySelector('#offline').checkVisibility()`)
	node.Start()

	n := len(before) + 20
	for _, p := range []*Page{anna, bert} {
		p.Await("all messages are sent", `n => document.querySelectorAll('#pane [role=log] article').length === n && document.querySelectorAll('#pane [role=log] article[id]').length === n`, n)
		p.Await("the page is online again", `() => !document.querySelector('#offline').checkVisibility()`)
		requireOnce(t, p, 1, int64(n))
		for _, who := range []string{"anna", "bert"} {
			requireInOrder(t, p.Texts(), numbered(who+" %d", 10))
		}
	}
	require.Equal(t, anna.Texts(), bert.Texts())
	want := anna.Texts()
	for _, p := range []*Page{anna, bert} {
		p.Reload()
		p.AwaitTexts(want...)
	}
}

// requireInOrder asserts that all has these texts, each once and in this order, among others.
func requireInOrder(t *testing.T, all, want []string) {
	t.Helper()
	wanted := map[string]bool{}
	for _, text := range want {
		wanted[text] = true
	}
	var got []string
	for _, text := range all {
		if wanted[text] {
			got = append(got, text)
		}
	}
	require.Equal(t, want, got)
}
