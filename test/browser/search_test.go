package browser

import (
	"testing"
	"time"

	"dchat/test/harness"

	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

func (p *Page) awaitFound(names ...string) {
	p.t.Helper()
	p.Await("these people", `names => [...document.querySelectorAll('#results .name')].map(name => name.textContent).join() === names.join()`, names)
}

func TestSearchAsYouType(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, _ := trio(t, &s.Server)
	for _, name := range []string{"bertha", "robert", "zoe-"} {
		s.SignUp(t, name)
	}
	require.Less(t, anna.Post("/chats/bertha/request", nil, false).Status, 400)
	require.Less(t, anna.Post("/chats/robert/block", nil, false).Status, 400)
	p := enter(t, anna, s.URL, "/")
	p.AwaitLive()
	p.Latency(100 * time.Millisecond)
	p.Fill("searchbox", "Search people", "")
	p.Press("zoe")
	p.Fill("searchbox", "Search people", "")
	p.Press("BERT")
	p.awaitFound("bert", "bertha", "robert") // exact matches, then prefixes, then other matches
	p.Find("#results", "link", "Chat")
	p.Find("#results", "button", "Cancel request")
	p.AwaitAbsent("#results", "button", "Send chat request")

	// A result is updated without another search.
	require.Less(t, bert.Post("/chats/anna/remove", nil, false).Status, 400)
	p.Find("#results", "button", "Send chat request")

	p.Press("ram")
	p.Await("nobody", `() => document.querySelector('#results').innerText.includes('Nobody is called')`)
	p.Fill("searchbox", "Search people", "zoe")
	p.Press(kb.Enter)
	p.awaitFound("zoe-")
	p.Fill("searchbox", "Search people", "")
	p.Press(kb.Backspace)
	p.Await("no results", `() => !document.querySelector('#results').innerText.trim()`)
}
