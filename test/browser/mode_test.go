package browser

import (
	"net/url"
	"testing"

	"dchat/test/harness"

	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

func (p *Page) awaitComposed(text string) {
	p.t.Helper()
	p.Await("the composer has "+text, `text => document.querySelector('#composer textarea').value === text`, text)
}

// inBox gives the focus to the composer.
func (p *Page) inBox() {
	p.t.Helper()
	require.NoError(p.t, p.evaluate(nil, `() => document.querySelector('#composer textarea').focus()`))
}

// A reply has its quote from the first moment, follows its source, and the mode survives a reload.
func TestReply(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	a.Send("What about *Saturday*?")
	row := b.row("What about Saturday?")
	b.Write("Yes")
	b.choose(row, "Reply")
	b.awaitFocus("textbox", "Message")
	b.Find("#composer", "link", "Cancel reply")
	require.Equal(t, "Reply to anna What about Saturday?", ask[string](b, `() => document.querySelector('#mode p').innerText.replace(/\s+/g, ' ')`))
	b.Reload()
	b.Find("#composer", "link", "Cancel reply")
	b.awaitComposed("Yes")
	b.inBox()
	b.Press(kb.Escape)
	b.AwaitAbsent("#composer", "link", "Cancel reply")
	b.awaitComposed("Yes")
	b.choose(row, "Reply")

	b.HoldRequests("/messages")
	b.Press(kb.Enter)
	b.AwaitHeld()
	b.Await("a pending bubble with its quote", `() => document.querySelector('.msg.pending .quote')?.innerText.replace(/\s+/g, ' ').trim() === 'anna What about Saturday?'`)
	b.AwaitAbsent("#composer", "link", "Cancel reply")
	b.awaitComposed("")
	b.Release()
	for _, p := range []*Page{a, b} {
		p.Find(p.row("Yes"), "link", "In reply to anna: What about Saturday?")
	}
	b.Await("no pending bubble", `() => !document.querySelector('.msg.pending')`)

	b.Send("no reply")
	require.False(t, ask[bool](b, `row => !!document.querySelector(row + ' .quote')`, b.row("no reply")), "the mode is over")
	a.choose(row, "Delete for everyone")
	a.Click("#confirm", "button", "Delete")
	b.AwaitAbsent(b.row("Yes"), "link", "In reply to*")
}

// What was answered is deleted meanwhile: the bar goes, and the text stays.
func TestReplyToDeletedMessage(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	a.Send("soon gone")
	row := b.row("soon gone")
	b.choose(row, "Reply")
	b.Type("my answer")
	a.act(row, "delete", "")
	b.awaitRow(row, ".gone")
	b.AwaitAbsent("#composer", "link", "Cancel reply")
	b.awaitComposed("my answer")
}

func TestEdit(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	a.Send("first")
	a.Send("a *bold* tpyo")
	row := a.row("a bold tpyo")
	require.True(t, ask[bool](a, `() => document.activeElement === document.querySelector('#composer textarea')`))
	a.Press(kb.ArrowUp)
	a.Find("#composer", "link", "Cancel edit")
	a.awaitComposed("a *bold* tpyo")
	require.GreaterOrEqual(t, ask[float64](a, `() => parseFloat(getComputedStyle(document.querySelector('#composer textarea')).paddingInlineStart)`), 16.0, "no button keeps the text off the round end")
	a.Press(kb.Escape)
	a.AwaitAbsent("#composer", "link", "Cancel edit")
	a.awaitComposed("")

	a.Write("a draft")
	a.choose(row, "Edit")
	a.awaitComposed("a *bold* tpyo")
	a.Write("a *bold* typo")
	a.Reload()
	a.Find("#composer", "link", "Cancel edit")
	a.awaitComposed("a *bold* typo")
	b.act(row, "react", "emoji=👍")
	a.Find(row, "button", "👍 bert")
	a.inBox()
	a.Press(kb.Enter)
	a.row("a bold typo")
	require.Equal(t, row, b.row("a bold typo"))
	a.awaitRow(row, ":has(.edited)")
	a.AwaitAbsent("#composer", "link", "Cancel edit")
	a.awaitComposed("a draft")
	require.Equal(t, []string{"first", "a bold typo"}, b.Texts())
}

// A refused edit keeps what was typed and says why; it does not become a new message.
func TestRefusedEdit(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	a.Send("one")
	row := a.row("one")
	a.Excuse("403 (Forbidden)")
	a.Excuse(connectionErrors...)
	a.choose(row, "Edit")
	a.Write("mine")
	a.Offline(true)
	a.Press(kb.Enter)
	a.Find("#composer", "alert", "")
	a.Await("why", `() => document.querySelector('#mode .error').textContent.includes('no connection')`)
	a.awaitComposed("mine")
	a.Offline(false)
	require.True(t, ask[bool](a, `async row => {
    const url = document.querySelector('#pane [role=log]').dataset.path + '/messages/' + row.replace('#message-', '') + '/edit'
    const { rev } = document.querySelector(row).dataset
    return (await fetch(url, { method: 'POST', headers: { 'HX-Request': 'true' }, body: new URLSearchParams({ body: 'elsewhere', rev }) })).ok
  }`, row))
	require.Equal(t, row, b.row("elsewhere"))
	a.AwaitLive()
	a.Press(kb.Enter)
	a.Await("why", `() => document.querySelector('#mode .error')?.textContent === 'This message was edited elsewhere meanwhile.'`)
	a.awaitComposed("mine")
	a.Press(kb.Escape)
	a.awaitComposed("")
	require.Equal(t, []string{"elsewhere"}, b.Texts())
}

// The server renders modes too. The script takes them over, with their address.
func TestModesOfAddresses(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	a.Send("edit me")
	b.Send("answer me")
	mine, theirs := a.row("edit me")[len("#message-"):], a.row("answer me")[len("#message-"):]
	a.Write("kept")
	a.Go("/chats/bert?" + url.Values{"edit": {mine}}.Encode())
	a.awaitComposed("edit me")
	a.Write("edited")
	a.Reload()
	a.Find("#composer", "link", "Cancel edit")
	a.awaitComposed("edited")
	a.inBox()
	a.Press(kb.Enter)
	b.row("edited")
	a.awaitComposed("kept")
	require.Equal(t, "", ask[string](a, `() => location.search`))
	a.Go("/chats/bert?" + url.Values{"reply": {theirs}}.Encode())
	a.Click("#composer", "link", "Cancel reply")
	a.AwaitAbsent("#composer", "link", "Cancel reply")
	a.awaitComposed("kept")
	a.Go("/chats/bert?" + url.Values{"reply": {theirs}}.Encode())
	a.Find("#composer", "link", "Cancel reply")
	a.inBox()
	a.Press(kb.Enter)
	b.Find(b.row("kept"), "link", "In reply to bert: answer me")
}
