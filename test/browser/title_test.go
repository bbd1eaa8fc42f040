package browser

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

// oddNames are display names as people have them, and some as they do not.
var oddNames = []string{
	"مرحبا يا صديقي", "שלום Hebrew (mix)", "Ze\u0301\u0335\u0323 álgo", "👨‍👩‍👧‍👦 🏴󠁧󠁢󠁷󠁬󠁳󠁿", strings.Repeat("Donau", 10), `"Quo" 'te' <b>&amp;</b>`, "</title><script>alert(1)</script>", "(3) Bob", "由紀 · DChat", "می\u200cخواهم", "% {0} $& \\1",
}

// The title has the name as it is, whatever it is made of, with the count before it, by a load, a link, a change of
// the name and on the way back.
func TestTitlesOfOddNames(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, carl := trio(t, &s.Server)
	p := enter(t, anna, s.URL, "/chats/bert")
	p.AwaitLive()
	call := func(name string) {
		require.Equal(t, http.StatusOK, bert.Post("/profile", url.Values{"display_name": {name}}, true).Status, name)
	}
	unread := ""
	for i, name := range oddNames {
		call(name)
		title := name + " · DChat"
		p.AwaitTitle(unread + title)
		p.Reload()
		p.AwaitLive()
		p.AwaitTitle(unread + title)
		if i == 4 {
			say(t, carl, anna, "from carl")
			unread = "(1) "
			p.AwaitTitle(unread + title)
		}
		p.Click("#pane", "link", "View profile")
		p.Find("#pane", "heading", "Profile")
		p.AwaitTitle(unread + title)
		p.Back()
		p.AwaitChat(name)
		p.AwaitTitle(unread + title)
	}
	call("(1) bert")
	p.AwaitTitle("(1) (1) bert · DChat")
	p.OpenChat("carl")
	p.AwaitTitle("carl · DChat")
	p.OpenChat("(1) bert")
	p.AwaitTitle("(1) bert · DChat")
	p.Go("/settings")
	say(t, carl, anna, "again")
	p.AwaitTitle("(1) Settings · DChat")
	p.Back()
	p.AwaitTitle("(1) (1) bert · DChat")
}
