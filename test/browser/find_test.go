package browser

import (
	"fmt"
	"os"
	"testing"
	"time"

	"dchat/test/harness"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

// awaitMarked waits until the hits are these words, in this order.
func (p *Page) awaitMarked(words ...string) {
	p.t.Helper()
	p.Await("these hits", `words => [...document.querySelectorAll('#hits mark')].map(mark => mark.textContent).join() === words.join()`, words)
}

func TestFindAsYouType(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, carl := trio(t, &s.Server)
	postMessage(t, bert, anna, "Die Straße nach Łódź")
	postMessage(t, anna, carl, "strasse oder Weg")
	for i := range 22 {
		postMessage(t, carl, anna, fmt.Sprintf("number %d", i))
	}
	p := enter(t, anna, s.URL, "/")
	p.AwaitLive()
	p.Latency(50 * time.Millisecond)
	p.Fill("searchbox", "Search people", "")
	p.Press("stra")
	p.Click("#results", "link", "Search messages for “stra”")
	p.awaitMarked("strasse", "Straße")
	p.AwaitTitle("(23) Search messages · DChat")

	p.Fill("searchbox", "Search messages", "")
	p.Press("STRASSE lod")
	p.awaitMarked("Straße", "Łódź")
	require.Equal(t, "/find?q=STRASSE+lod", ask[string](p, `() => location.pathname + location.search`))
	p.awaitFocus("searchbox", "Search messages")
	p.Press(" xyz")
	p.Await("no hits", `() => document.querySelector('#hits').innerText.includes('No message has “STRASSE lod xyz”')`)

	p.Fill("searchbox", "Search messages", "number")
	p.Await("a page of hits", `() => document.querySelectorAll('#hits a.row').length === 20`)
	p.Click("#hits", "link", "Load more")
	p.Await("all hits", `() => document.querySelectorAll('#hits a.row').length === 22 && !document.querySelector('#more-hits')`)

	p.Fill("searchbox", "Search messages", "straße")
	p.awaitMarked("strasse", "Straße")
	require.NoError(t, p.evaluate(nil, `() => document.querySelectorAll('#hits a.row')[1].click()`))
	p.AwaitChat("bert")
	require.Equal(t, "/chats/bert?at=1", ask[string](p, `() => location.pathname + location.search`))
	p.Back()
	p.awaitMarked("strasse", "Straße")
}

// By keyboard, on a phone.
func TestFindFromTheMenu(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, _ := trio(t, &s.Server)
	postMessage(t, bert, anna, "a very long word: "+fmt.Sprintf("%0300d", 7)+" needle")
	postMessage(t, bert, anna, "שלום needle")
	p := open(t, "anna", s.URL)
	p.become(anna)
	p.do(emulation.SetDeviceMetricsOverride(360, 640, 2, true))
	p.Go("/chats/bert")
	p.AwaitLive()
	p.pressKey("#pane", "button", "More")
	p.pressKey("#menu", "link", "Search messages")
	p.awaitFocus("searchbox", "Search messages")
	p.Type("needle")
	p.Press(kb.Enter)
	p.awaitMarked("needle", "needle")
	p.requireFits("the hits on a phone")
	if dir := os.Getenv("DCHAT_PICTURES"); dir != "" {
		p.picture(dir + "/find-phone.png")
	}
	p.Click("#pane", "link", "Back")
	p.AwaitChat("bert")
}
