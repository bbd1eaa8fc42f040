package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"dchat/test/harness"

	"github.com/PuerkitoBio/goquery"
	"github.com/stretchr/testify/require"
)

// duo is two contacts, each with a browser without a script.
type duo struct {
	t            *testing.T
	node         *harness.Node
	anna, bert   *browser
	conversation int
}

func newDuo(t *testing.T, b *backend) *duo {
	n := b.Start(t)
	anna, bert := n.SignUp(t, "anna"), n.SignUp(t, "bert")
	harness.Connect(t, anna, bert)
	d := &duo{t: t, node: n, anna: browse(t, anna, "/chats/bert"), bert: browse(t, bert, "/chats/anna")}
	d.conversation = count(t, b.Open(t), "SELECT max(id) FROM conversations")
	return d
}

// id is the name of a message.
func (d *duo) id(seq int) string { return fmt.Sprint(d.conversation<<32 | seq) }

// path is the path of a message's page as one of the two sees it, or of an action on it.
func (d *duo) path(p *browser, seq int, verb ...string) string {
	other := map[string]string{"anna": "bert", "bert": "anna"}[p.Username]
	return strings.Join(append([]string{"/chats/" + other + "/messages/" + d.id(seq)}, verb...), "/")
}

// row is a message in the log that a browser shows.
func (d *duo) row(p *browser, seq int) *goquery.Selection {
	d.t.Helper()
	row := p.doc.Find("#message-" + d.id(seq))
	require.Equal(d.t, 1, row.Length(), "%s shows no message %d:\n%s", p.path, seq, p.text())
	return row
}

func TestReactionWithoutJavaScript(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		d := newDuo(t, b)
		wrote(t, d.bert.person, "anna", "hello")
		d.anna.open("/chats/bert")
		d.anna.press("Message actions")
		require.Equal(t, d.path(d.anna, 1)+"?", d.anna.path)
		require.True(t, d.anna.has("hello") && d.anna.has("Info"), d.anna.text())
		a := d.anna.press("React with 👍")
		require.Equal(t, "/chats/bert?at=1", a.Header.Get("Location"))
		require.Equal(t, "👍 You", d.row(d.anna, 1).Find(".pill.own").AttrOr("aria-label", ""))
		d.bert.open("/chats/anna")
		require.Equal(t, "👍 anna", d.row(d.bert, 1).Find(".pill:not(.own)").AttrOr("aria-label", ""))
		d.bert.press("👍 anna")
		require.Equal(t, "2", d.row(d.bert, 1).Find(".pill.own").AttrOr("data-count", ""))

		d.anna.open(d.path(d.anna, 1))
		d.anna.press("React", "Another emoji", "🎉")
		require.Equal(t, 2, d.row(d.anna, 1).Find(".pill").Length())
		d.anna.press("🎉 You")
		require.Equal(t, 1, d.row(d.anna, 1).Find(".pill").Length(), "a press takes one's own reaction away")
		d.anna.open(d.path(d.anna, 1))
		a = d.anna.press("React", "Another emoji", "no emoji")
		require.Equal(t, http.StatusUnprocessableEntity, a.Status)
	})
}

func TestReplyWithoutJavaScript(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		d := newDuo(t, b)
		wrote(t, d.bert.person, "anna", "shall we go?")
		d.anna.open(d.path(d.anna, 1))
		d.anna.follow("Reply")
		require.Equal(t, "/chats/bert?reply="+d.id(1), d.anna.path)
		require.Contains(t, d.anna.doc.Find("#composer #mode").Text(), "shall we go?")
		require.Empty(t, d.anna.doc.Find("#composer textarea").Text())
		d.anna.follow("Cancel reply")
		require.Zero(t, d.anna.doc.Find("#mode").Length())

		d.anna.open("/chats/bert?reply=" + d.id(1))
		a := d.anna.press("Send", "Message", strings.Repeat("x", 10_001))
		require.Equal(t, http.StatusUnprocessableEntity, a.Status)
		require.Equal(t, 1, d.anna.doc.Find("#composer #mode").Length(), "a refused answer still is one")
		require.Equal(t, http.StatusSeeOther, d.anna.press("Send", "Message", "yes").Status)
		quote := d.row(d.anna, 2).Find("a.quote")
		require.Equal(t, "In reply to bert: shall we go?", quote.AttrOr("aria-label", ""))
		require.Equal(t, "1", quote.AttrOr("data-to", ""))
		d.anna.open(quote.AttrOr("href", ""))
		require.True(t, d.row(d.anna, 1).HasClass("here"))

		require.Equal(t, http.StatusOK, d.bert.Post(d.path(d.bert, 1, "delete"), nil, true).Status)
		d.anna.open("/chats/bert")
		require.NotContains(t, d.anna.text(), "shall we go?", "the quote follows")
		d.anna.open("/chats/bert?reply=" + d.id(1))
		require.Zero(t, d.anna.doc.Find("#mode").Length())
		require.Contains(t, d.anna.doc.Find("#composer [role=alert]").Text(), "deleted")
	})
}

func TestEditWithoutJavaScript(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		d := newDuo(t, b)
		wrote(t, d.anna.person, "bert", "tomorow")
		d.anna.open(d.path(d.anna, 1))
		d.anna.follow("Edit")
		require.Equal(t, "tomorow", d.anna.doc.Find("#composer textarea").Text())
		d.anna.follow("Cancel edit")
		require.Empty(t, d.anna.doc.Find("#composer textarea").Text())

		stale := browse(t, d.anna.person, "/chats/bert?edit="+d.id(1))
		d.anna.open("/chats/bert?edit=" + d.id(1))
		a := d.anna.press("Send", "Message", "tomorrow")
		require.Equal(t, "/chats/bert?at=1", a.Header.Get("Location"))
		require.Equal(t, "tomorrow", d.row(d.anna, 1).Find("p").Text())
		require.Equal(t, "edited", d.row(d.anna, 1).Find(".edited").Text())
		d.bert.open("/chats/anna")
		require.Equal(t, "tomorrow", d.row(d.bert, 1).Find("p").Text())
		d.bert.open(d.path(d.bert, 1))
		require.Contains(t, d.bert.doc.Find(".versions").Text(), "tomorow")
		require.Zero(t, d.bert.doc.Find("a[href*='?edit=']").Length())

		a = stale.press("Send", "Message", "Tomorrow!")
		require.Equal(t, http.StatusForbidden, a.Status)
		require.Equal(t, "Tomorrow!", stale.doc.Find("#composer textarea").Text(), "what was typed is there again")
		require.Contains(t, stale.doc.Find("#mode .excerpt").Text(), "tomorrow", "and what the message says now")
		require.Equal(t, http.StatusSeeOther, stale.press("Send", "Message", "Tomorrow!").Status)

		stale.open("/chats/bert?edit=" + d.id(1))
		a = stale.press("Send", "Message", " ")
		require.Equal(t, http.StatusUnprocessableEntity, a.Status)
		require.Equal(t, 1, stale.doc.Find("#mode").Length())
		d.bert.open("/chats/anna?edit=" + d.id(1))
		require.Zero(t, d.bert.doc.Find("#mode").Length(), "another person's message")
		a = d.bert.Post(d.path(d.bert, 1, "edit"), url.Values{"body": {"mine"}}, true)
		require.Equal(t, http.StatusForbidden, a.Status)
		require.Equal(t, "none", a.Header.Get("HX-Reswap"))
	})
}

func TestSavedWithoutJavaScript(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		d := newDuo(t, b)
		d.anna.open("/saved")
		require.True(t, d.anna.has("Only you see it"), d.anna.text())
		for i := range 60 {
			wrote(t, d.bert.person, "anna", fmt.Sprint("number ", i+1))
			a := d.anna.Post(d.path(d.anna, i+1, "save"), url.Values{"saved": {"on"}}, true)
			require.Equal(t, 1, a.Doc().Find("article.saved").Length(), a.Body)
		}
		d.anna.open("/")
		d.anna.follow("Saved messages")
		list := func() []string {
			return d.anna.doc.Find(".hits .last").Map(func(_ int, s *goquery.Selection) string { return strings.TrimSpace(s.Text()) })
		}
		require.Len(t, list(), 50)
		require.Equal(t, "number 60", list()[0])
		d.anna.follow("Earlier saved messages")
		require.Equal(t, "number 1", last(list()))
		require.Len(t, list(), 10)

		d.anna.open("/saved")
		require.Equal(t, "/saved", d.anna.press("Unsave").Header.Get("Location"), "one comes back to the list")
		require.Equal(t, "number 59", list()[0])
		d.anna.open(d.anna.doc.Find(".hits a").First().AttrOr("href", ""))
		require.True(t, d.row(d.anna, 59).HasClass("here"))
		require.Contains(t, d.row(d.anna, 59).Text(), "Saved")
		d.bert.open("/chats/anna?at=59")
		require.NotContains(t, d.row(d.bert, 59).Text(), "Saved", "it is not the other's business")

		for range 2 {
			a := d.anna.Post(d.path(d.anna, 1, "save"), url.Values{"saved": {"off"}}, true)
			require.Zero(t, a.Doc().Find("article.saved").Length(), "a repetition changes nothing")
		}
		require.Equal(t, 1, d.anna.Post(d.path(d.anna, 1, "save"), nil, true).Doc().Find("article.saved").Length())
		require.Zero(t, d.anna.Post(d.path(d.anna, 1, "save"), nil, true).Doc().Find("article.saved").Length())
	})
}

func TestDeletionWithoutJavaScript(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		d := newDuo(t, b)
		for _, text := range []string{"one", "two", "three"} {
			wrote(t, d.anna.person, "bert", text)
		}
		d.bert.open(d.path(d.bert, 3))
		require.Zero(t, d.bert.doc.Find("form[action$='/delete']").Length(), "only the sender deletes for everyone")
		require.Equal(t, http.StatusForbidden, d.bert.Post(d.path(d.bert, 3, "delete"), nil, true).Status)
		d.bert.press("Delete for me")
		require.Equal(t, "/chats/anna?at=3", d.bert.path)
		require.Equal(t, "", strings.TrimSpace(d.row(d.bert, 3).Text()))
		require.NotContains(t, d.bert.text(), "three")
		require.Equal(t, http.StatusNotFound, d.bert.Get(d.path(d.bert, 3), false).Status)
		require.Equal(t, http.StatusNotFound, d.bert.Post(d.path(d.bert, 3, "react"), url.Values{"emoji": {"👍"}}, true).Status)
		d.anna.open("/chats/bert")
		require.Equal(t, "three", d.row(d.anna, 3).Find("p").Text())

		d.anna.open(d.path(d.anna, 2))
		d.anna.press("Delete for everyone")
		require.Equal(t, "Message deleted", d.row(d.anna, 2).Find("p").Text())
		require.NotEmpty(t, d.row(d.anna, 2).AttrOr("data-key", ""), "the outbox waits for the key")
		d.bert.open("/chats/anna")
		require.Equal(t, "Message deleted", d.row(d.bert, 2).Find("p").Text())
		d.bert.open(d.path(d.bert, 2))
		require.True(t, d.bert.has("Message deleted"))
		require.Zero(t, d.bert.doc.Find("a[href*='?reply='], form[action$='/react'], form[action$='/forward']").Length())
		d.bert.press("Delete for me")
		require.True(t, d.row(d.bert, 2).HasClass("void"))
	})
}

func TestTimerWithoutJavaScript(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		d := newDuo(t, b)
		pressed := func(p *browser) string {
			return strings.TrimSpace(p.doc.Find("#timer [aria-pressed=true]").Text())
		}
		require.Equal(t, "Off", pressed(d.anna))
		require.Equal(t, http.StatusSeeOther, d.anna.press("1 week").Status)
		require.Equal(t, "1 week", pressed(d.anna))
		require.Equal(t, "Messages disappear after 1 week.", last(d.anna.messages()))
		d.bert.open("/chats/anna")
		require.Equal(t, "1 week", pressed(d.bert))
		require.Equal(t, "Messages disappear after 1 week.", d.bert.doc.Find("#chats .last").Text())
		d.bert.press("Off")
		require.Equal(t, "Messages no longer disappear.", last(d.bert.messages()))
		a := d.anna.Post("/chats/bert/timer", url.Values{"after": {"1y"}}, true)
		require.Equal(t, http.StatusUnprocessableEntity, a.Status)
		a = d.anna.Post("/chats/bert/timer", url.Values{"after": {"1d"}}, true)
		require.Equal(t, "1 day", strings.TrimSpace(a.Doc().Find("[aria-pressed=true]").Text()), a.Body)
	})
}

func TestForwardWithoutJavaScript(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		d := newDuo(t, b)
		for _, name := range []string{"carl", "dora"} {
			harness.Connect(t, d.anna.person, d.node.SignUp(t, name))
		}
		posted(t, d.bert.person, "anna", url.Values{"body": {"the *way*"}}, attachment("route.txt", "along the coast"))
		d.anna.open(d.path(d.anna, 1))
		a := d.anna.press("Forward")
		require.Equal(t, http.StatusUnprocessableEntity, a.Status)
		require.True(t, d.anna.has("at least one"), d.anna.text())
		d.anna.check("carl")
		a = d.anna.press("Forward")
		require.Equal(t, "/chats/carl", a.Header.Get("Location"))
		require.Equal(t, []string{"the way"}, d.anna.messages())
		require.Equal(t, "Forwarded", strings.TrimSpace(d.anna.doc.Find("article .forwarded").Text()))
		names, contents := fetch(t, d.anna.person, "carl")
		require.Equal(t, []string{"route.txt"}, names)
		require.Equal(t, []string{"along the coast"}, contents)
		d.anna.open("/chats/dora")
		require.Empty(t, d.anna.messages(), "only to those who were chosen")

		d.anna.open(d.path(d.anna, 1))
		d.anna.check("carl")
		d.anna.check("dora")
		require.Equal(t, "/chats/bert?at=1", d.anna.press("Forward").Header.Get("Location"))
		d.anna.open("/chats/dora")
		require.Equal(t, []string{"the way"}, d.anna.messages())

		d.anna.open("/find?q=ROUTE+way&in=bert")
		d.anna.open(d.anna.doc.Find("#hits a.row").AttrOr("href", ""))
		require.True(t, d.row(d.anna, 1).HasClass("here"), "what was found stands in its place")
	})
}
