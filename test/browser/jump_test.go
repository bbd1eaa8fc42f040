package browser

import (
	"fmt"
	"net/url"
	"strconv"
	"testing"

	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

func (p *Page) lastSeq() int64 {
	p.t.Helper()
	return ask[int64](p, `() => Number([...document.querySelectorAll('#pane [role=log] article[id]')].at(-1).dataset.seq)`)
}

func (p *Page) awaitHere(seq int64) {
	p.t.Helper()
	p.Await(fmt.Sprintf("message %d is in sight and marked", seq), `seq => {
    const row = document.querySelector('#pane [role=log] .msg.here'), log = document.querySelector('#pane [role=log]').getBoundingClientRect()
    const r = row?.getBoundingClientRect()
    return row?.dataset.seq === String(seq) && r.top >= log.top && r.bottom <= log.bottom
  }`, seq)
}

// requireGapless asserts that the log has every message between its first and its last.
func (p *Page) requireGapless() {
	p.t.Helper()
	rows := p.Log()
	for i, row := range rows[1:] {
		require.Equal(p.t, rows[i].Seq+1, row.Seq)
	}
	require.LessOrEqual(p.t, len(rows), 350)
}

// A quote jumps to its message. If the page does not have it, the log loads around it, goes on at both ends, and is
// live again at its end.
func TestQuoteJumps(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert := pair(s.Crowd(t, 2, 500))
	id := func(seq int64) string { return strconv.FormatInt(1<<32|seq, 10) }
	for _, seq := range []int64{20, 480} {
		require.Equal(t, 200, bert.Post("/chats/"+anna.Username+"/messages", url.Values{"body": {fmt.Sprintf("about %d", seq)}, "reply": {id(seq)}}, true).Status)
	}
	p := enter(t, anna, s.URL, "/chats/"+bert.Username)
	p.AwaitLive()
	p.Click(p.row("about 480"), "link", "In reply to*")
	p.awaitHere(480)
	p.Await("the mark goes", `() => !document.querySelector('.msg.here')`)
	require.NoError(t, p.evaluate(nil, `() => document.querySelector('#latest').click()`))
	p.AwaitEnd()

	p.Write("a draft")
	p.Click(p.row("about 20"), "link", "In reply to*")
	p.awaitHere(20)
	require.Equal(t, "a draft", p.Composed())
	require.Less(t, p.lastSeq(), int64(100))
	p.requireGapless()

	postMessage(t, bert, anna, "new at the end")
	require.Equal(t, 200, bert.Post("/chats/"+anna.Username+"/messages/"+id(20)+"/react", url.Values{"emoji": {"👍"}}, true).Status)
	p.Find("#message-"+id(20), "button", "👍*")
	require.Less(t, p.lastSeq(), int64(200), "nothing new lands in a log without its end")
	p.requireGapless()
	for p.lastSeq() < 503 {
		before := p.lastSeq()
		p.Await("the end of what is loaded", `() => { const log = document.querySelector('#pane [role=log]'); log.scrollTop = log.scrollHeight; return true }`)
		p.Await("later messages", `seq => Number([...document.querySelectorAll('#pane [role=log] article[id]')].at(-1).dataset.seq) > seq`, before)
		p.requireGapless()
	}
	p.Await("the log has its end", `() => !!document.querySelector('#pane [role=log]').id`)
	postMessage(t, bert, anna, "and it is live")
	p.AwaitText("and it is live")
	p.requireGapless()
}

// A message that comes between the answer to the last pager and the end of the log is not missed.
func TestNothingIsMissedWhereLogComesToItsEnd(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert := pair(s.Crowd(t, 2, 120))
	p := enter(t, anna, s.URL, "/chats/"+bert.Username+"?at=10")
	p.AwaitLive()
	p.awaitHere(10)
	p.Hold("/messages?after=*")
	p.Await("the end of what is loaded", `() => { const log = document.querySelector('#pane [role=log]'); log.scrollTop = log.scrollHeight; return true }`)
	p.AwaitHeld()
	postMessage(t, bert, anna, "meanwhile")
	p.AwaitUnread(bert.Username, 1)
	p.Release()
	for range 5 {
		p.Await("the end of what is loaded", `() => { const log = document.querySelector('#pane [role=log]'); log.scrollTop = log.scrollHeight; return true }`)
	}
	p.Await("the message", `() => { const log = document.querySelector('#pane [role=log]'); log.scrollTop = log.scrollHeight; return [...log.querySelectorAll('article[id]')].at(-1).dataset.seq === '121' }`)
	p.requireGapless()
}

// An address opens a conversation at a message.
func TestAddressOfMessage(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert := pair(s.Crowd(t, 2, 300))
	p := enter(t, anna, s.URL, "/chats/"+bert.Username+"?at=150")
	p.AwaitLive()
	p.awaitHere(150)
	require.Equal(t, "150", ask[string](p, `() => document.activeElement.dataset.seq ?? document.activeElement.outerHTML.slice(0, 200)`))
	p.Click("#pane", "link", "Jump to latest")
	p.Await("the end", `() => !!document.querySelector('#pane [role=log]').id`)
	p.AwaitEnd()
}
