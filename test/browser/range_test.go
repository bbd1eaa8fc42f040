package browser

import (
	"net/url"
	"strconv"
	"testing"

	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

// A change to an old message does not land above what a page has loaded, neither by the stream nor by a catch-up, and a
// late fragment does not bring back what stands no more.
func TestUpdatesStayInLoadedRange(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert := pair(s.Crowd(t, 2, 200))
	react := func(seq int64, emoji string) {
		t.Helper()
		path := "/chats/" + anna.Username + "/messages/" + strconv.FormatInt(1<<32|seq, 10) + "/react"
		require.Equal(t, 200, bert.Post(path, url.Values{"emoji": {emoji}}, true).Status)
	}
	p := enter(t, anna, s.URL, "/chats/"+bert.Username)
	p.Excuse(connectionErrors...)
	p.AwaitLive()
	p.AwaitEnd()
	first := p.firstSeq()
	require.Greater(t, first, int64(100))
	react(5, "👍")
	react(200, "👍")
	p.Find("#message-"+strconv.FormatInt(1<<32|200, 10), "button", "👍*")
	require.Equal(t, first, p.firstSeq())

	p.Offline(true)
	react(5, "😂")
	react(6, "😂")
	react(200, "😂")
	p.Offline(false)
	p.Find("#message-"+strconv.FormatInt(1<<32|200, 10), "button", "😂*")
	require.Equal(t, first, p.firstSeq())
	p.requireGapless()

	at := p.scrollTo(200)
	react(199, "👍")
	p.Await("the reaction", `id => !!document.getElementById(id).querySelector('.pill')`, "message-"+strconv.FormatInt(1<<32|199, 10))
	p.requireSteady(at)
	require.NoError(t, p.evaluate(nil, `async () => {
    const row = document.getElementById('message-' + (2 ** 32 + 200)), old = row.cloneNode(true)
    old.dataset.rev = Number(row.dataset.rev) - 1
    old.querySelector('.pills').remove()
    const text = '<template hx type="upsert" hx-target="#messages-1" key="data-seq" sort>' + old.outerHTML + '</template>'
    await htmx.swap({ sourceElement: document.querySelector('#live'), target: document.querySelector('#live'), swap: 'none', text })
  }`))
	require.True(t, p.Has("#message-"+strconv.FormatInt(1<<32|200, 10), "button", "😂*"), "an older row replaces no newer one")
	for p.firstSeq() > 1 {
		p.requireSteady(p.pageUp())
	}
	p.requireGapless()
	p.Find("#message-"+strconv.FormatInt(1<<32|5, 10), "button", "😂*")
}
