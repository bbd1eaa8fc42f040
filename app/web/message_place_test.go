package web_test

import (
	"fmt"
	"net/http"
	"testing"

	"dchat/test/harness"

	"github.com/PuerkitoBio/goquery"
	"github.com/stretchr/testify/require"
)

// span is the Seq of the first and the last message of a log, and how many it has.
func span(doc *goquery.Document) (list []string) {
	rows := doc.Find("article[data-seq]")
	return []string{rows.First().AttrOr("data-seq", ""), rows.Last().AttrOr("data-seq", ""), fmt.Sprint(rows.Length())}
}

func TestConversationOpensAtAnyMessage(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		n := b.Start(t)
		crowd := n.Crowd(t, 2, 230)
		anna, other := browse(t, crowd[0], "/"), crowd[1].Username
		pane := "/chats/" + other
		live := func() bool { return anna.doc.Find("[role=log][id]").Length() == 1 }

		anna.open(pane + "?at=100")
		require.Equal(t, []string{"75", "124", "50"}, span(anna.doc), "25 before, and 25 from it on")
		require.Equal(t, "100", anna.doc.Find("article.here").AttrOr("data-seq", ""))
		require.Equal(t, 1, anna.doc.Find("article.here[autofocus][tabindex='-1']").Length(), "the browser scrolls to it")
		require.False(t, live(), "new messages must not land below it")
		require.Equal(t, pane+"/messages?after=124", anna.doc.Find(".newer").AttrOr("hx-get", ""))
		anna.follow("Later messages")
		require.Equal(t, []string{"125", "174", "50"}, span(anna.doc))
		anna.follow("Earlier messages")
		require.Equal(t, []string{"75", "124", "50"}, span(anna.doc))
		anna.open(pane + "?after=200")
		require.Equal(t, []string{"201", "230", "30"}, span(anna.doc))
		require.True(t, live(), "it reaches the end")
		require.Zero(t, anna.doc.Find(".newer").Length())

		anna.open(pane + "?at=220")
		require.Equal(t, []string{"195", "230", "36"}, span(anna.doc))
		require.True(t, live())
		anna.open(pane + "?at=3")
		require.Equal(t, []string{"1", "27", "27"}, span(anna.doc))
		require.Zero(t, anna.doc.Find(".older a").Length())
		for _, far := range []string{"99999", "9223372036854775807"} {
			anna.open(pane + "?at=" + far)
			require.True(t, live(), far)
			anna.open(pane + "?after=" + far)
			require.True(t, live(), far)
		}
		require.Equal(t, http.StatusNotFound, anna.Get(pane+"?at=-1", false).Status)

		a := anna.Get(pane+"/messages?after=124", true)
		require.Equal(t, []string{"125", "174", "50"}, span(a.Doc()))
		require.Contains(t, a.Body, "/messages?after=174")
		a = anna.Get(pane+"/messages?after=190", true)
		require.Equal(t, []string{"191", "230", "40"}, span(a.Doc()))
		require.Equal(t, 1, a.Doc().Find(`hx-partial[hx-swap=delete][hx-target^="#newer-"]`).Length(), "the pager goes at the end")
		require.Equal(t, pane+"?after=7", anna.Get(pane+"/messages?after=7", false).Header.Get("Location"))
	})
}

// The divider stands where the unread messages begin, also if the page was opened at one of them.
func TestPageAtAMessageMarksWhatIsNew(t *testing.T) {
	n := harness.SQLite(t).Start(t)
	crowd := n.Crowd(t, 2, 60)
	anna, bert := crowd[0], crowd[1]
	wrote(t, bert, anna.Username, "new")
	page := browse(t, anna, "/chats/"+bert.Username+"?at=50")
	require.Equal(t, "61", page.doc.Find(".new").Next().AttrOr("data-seq", ""))
	page.open("/chats/" + bert.Username + "?at=10")
	require.Zero(t, page.doc.Find(".new").Length())
}
