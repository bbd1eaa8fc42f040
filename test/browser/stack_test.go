//go:build rehearsal

package browser

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"dchat/test/harness"
	"dchat/test/rehearsal/swarm"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Two browsers that can each reach one replica only chat and send files.
func TestTwoBrowsersAtTwoReplicas(t *testing.T) {
	s := swarm.Deployed(t)
	anna, bert := s.Couple()
	entries := s.Apart()
	at := func(entry *harness.Server, who, with *harness.Person) *Page {
		b := &browser{hosts: "MAP " + host(t, s.Entry.URL) + " " + host(t, entry.URL)}
		t.Cleanup(func() { b.close() })
		return b.enter(t, who, s.Entry.URL, "/chats/"+with.Username)
	}
	a, b := at(entries[0], anna, bert), at(entries[1], bert, anna)
	before := strings.Count(s.Log("mediaserver"), " GET /files/")
	a.Send("hello bert")
	b.AwaitText("hello bert")
	b.Send("hello anna")
	a.AwaitTexts("hello bert", "hello anna")

	content, picture := noise(5_000_000), photo(t, 900, 600)
	for from, p := range []*Page{a, b} {
		p.Attach(write(t, fmt.Sprintf("%d.bin", from), content), write(t, fmt.Sprintf("%d.jpg", from), picture))
		p.AwaitTray("done", "done")
		p.SendFiles()
	}
	want := []shownFile{fileOf("0.bin", "card", content), fileOf("0.jpg", "picture", picture), fileOf("1.bin", "card", content), fileOf("1.jpg", "picture", picture)}
	for _, p := range []*Page{a, b} {
		p.Await("the pictures", `() => [...document.querySelectorAll('#pane .picture img')].filter(img => img.complete && img.naturalWidth).length === 2`)
		require.ElementsMatch(t, want, ask[[]shownFile](p, shownFiles))
	}
	require.GreaterOrEqual(t, strings.Count(s.Log("mediaserver"), " GET /files/")-before, 8, "files come from the media server")
}

func host(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	require.NoError(t, err)
	if u.Port() == "" {
		return u.Host + ":80"
	}
	return u.Host
}

// timed makes a page record how long it was offline.
const timed = `{
  let lost = 0
  window.longest = 0
  window.WebSocket = class extends WebSocket {
    constructor(...to) {
      super(...to)
      this.addEventListener('open', () => { if (lost) longest = Math.max(longest, performance.now() - lost), lost = 0 })
      this.addEventListener('close', () => { lost ||= performance.now() })
    }
  }
}`

// All nodes are updated while messages arrive. The writer keeps the draft, and the reader the scroll position.
func TestAnUpdateUnderTwoPages(t *testing.T) {
	s := swarm.Deployed(t)
	anna, bert := s.Couple()
	n := 0
	for n < 100 {
		n++
		require.True(t, post(t, anna, bert, n))
	}
	pages := [2]*Page{}
	for i, two := range [2][2]*harness.Person{{anna, bert}, {bert, anna}} {
		p := open(t, two[0].Username, s.Entry.URL)
		p.Excuse(connectionErrors...)
		p.OnNewPages(timed)
		p.become(two[0])
		p.Go("/chats/" + two[1].Username)
		p.AwaitLive()
		p.Write("what I wanted to say")
		pages[i] = p
	}
	reader, writer := pages[0], pages[1]
	writer.Click("#pane", "link", "100 Jump to latest")
	writer.AwaitEnd()
	const row = `[...document.querySelectorAll('#pane article[id]')].find(row => row.querySelector('p').textContent === 'message 70')`
	require.NoError(t, reader.evaluate(nil, "() => "+row+".scrollIntoView({ block: 'center' })"))
	const top = "() => " + row + ".getBoundingClientRect().top"
	place := ask[float64](reader, top)

	ctx, stop := context.WithCancel(t.Context())
	var writing sync.WaitGroup
	writing.Go(func() {
		for tick := time.NewTicker(100 * time.Millisecond); ctx.Err() == nil; <-tick.C {
			n += 2
			if !post(t, anna, bert, n-1) || !post(t, bert, anna, n) {
				return
			}
		}
	})
	s.Renew("app")
	stop()
	writing.Wait()
	writer.AwaitText(fmt.Sprintf("message %d", n))
	for _, p := range pages {
		require.Equal(t, "what I wanted to say", p.Composed())
		t.Logf("%s was without a line for %.1f s at most, while %d messages came", p.Name, ask[float64](p, `() => longest / 1000`), n-100)
	}
	require.InDelta(t, place, ask[float64](reader, top), 1, "the row being read has moved")
	rows := writer.Log()
	requireOnce(t, writer, rows[0].Seq, int64(n))
	for i, r := range rows {
		require.Equal(t, fmt.Sprintf("message %d", rows[0].Seq+int64(i)), r.Text)
	}
}

// post sends a message until it is acknowledged, and reports whether it was.
func post(t *testing.T, from, to *harness.Person, n int) bool {
	t.Helper()
	form := url.Values{"body": {fmt.Sprintf("message %d", n)}, "key": {uuid.NewString()}}
	return assert.Eventually(t, func() bool {
		answer, err := from.Try(http.MethodPost, "/chats/"+to.Username+"/messages", form, true)
		return err == nil && answer.Status == http.StatusOK
	}, time.Minute, 50*time.Millisecond, "message %d is not taken", n)
}
