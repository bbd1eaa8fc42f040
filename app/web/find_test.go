package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

// The search works by links and forms alone, page by page.
func TestFindWithoutJavaScript(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		crowd := b.Start(t).Crowd(t, 4, 0)
		anna, bert, carl := crowd[0], crowd[1], crowd[2]
		harness.Connect(t, anna, carl)
		for i := range 25 {
			wrote(t, bert, anna.Username, fmt.Sprintf("Straße %d", i))
		}
		wrote(t, anna, carl.Username, "die Strasse")

		page := browse(t, anna, "/search?q=strasse")
		page.follow("Search messages for “strasse”")
		require.Equal(t, "/find?q=strasse", page.path)
		require.Equal(t, 20, page.doc.Find("#hits a.row").Length())
		require.Equal(t, "/chats/"+carl.Username+"?at=1", page.doc.Find("#hits a.row").First().AttrOr("href", ""))
		page.follow("Load more")
		require.Equal(t, 6, page.doc.Find("#hits a.row").Length())
		require.Zero(t, page.doc.Find("#more-hits").Length())

		page.open("/chats/" + carl.Username)
		page.follow("Search messages")
		require.Equal(t, "/find?in="+carl.Username, page.path)
		require.Equal(t, "Search messages", page.doc.Find("#pane input[type=search]").AttrOr("aria-label", ""))
		page.open("/find?in=" + carl.Username + "&q=strasse")
		require.Equal(t, 1, page.doc.Find("#hits a.row").Length())
		page.follow("Search in all chats")
		require.Equal(t, 20, page.doc.Find("#hits a.row").Length())
		page.open("/find?q=nothing")
		require.Contains(t, page.doc.Find("#hits").Text(), "No message has “nothing”.")
	})
}

// A script gets the pane, or behind a cursor the next hits alone.
func TestFindPartials(t *testing.T) {
	n := harness.SQLite(t).Start(t)
	crowd := n.Crowd(t, 2, 0)
	anna, bert := crowd[0], crowd[1]
	for i := range 21 {
		wrote(t, bert, anna.Username, fmt.Sprintf("word %d", i))
	}
	pane := anna.Get("/find?q=word", true)
	require.Equal(t, 1, pane.Doc().Find("main#pane").Length())
	require.Zero(t, pane.Doc().Find("aside").Length())
	next := pane.Doc().Find("#more-hits a").AttrOr("hx-get", "")
	rows := anna.Get(next, true)
	require.Equal(t, 1, rows.Doc().Find("ul.hits a.row").Length())
	require.Zero(t, rows.Doc().Find("main").Length())
	require.Equal(t, 1, anna.Get(next, false).Doc().Find("aside").Length())
	for _, path := range []string{"/find?q=word&after=x", "/find?q=word&in=unknown", "/find?q=word&in=" + anna.Username} {
		require.Equal(t, http.StatusNotFound, anna.Get(path, true).Status, path)
	}
	for _, query := range []string{"\x00", "\xff", "'\"\\:*()!&|<->", "💥"} {
		require.Equal(t, http.StatusOK, anna.Get("/find?q="+url.QueryEscape(query), true).Status, "%q", query)
	}
	require.Zero(t, n.Stranger().Get("/find?q=word", false).Doc().Find("#hits").Length())
}

func TestFindIsLimited(t *testing.T) {
	n := harness.SQLite(t).Start(t, limited)
	crowd := n.Crowd(t, 2, 0)
	done := untilTooFast(t, 500, func(int) *answer { return crowd[0].Get("/find?q=word", true) })
	require.GreaterOrEqual(t, done, 100)
	require.Equal(t, http.StatusOK, crowd[1].Get("/find?q=word", true).Status)
}
