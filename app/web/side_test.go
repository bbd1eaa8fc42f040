package web_test

import (
	"net/http"
	"net/url"
	"testing"

	"dchat/test/harness"

	"github.com/PuerkitoBio/goquery"
	"github.com/stretchr/testify/require"
)

// hrefs are the conversations of a list of the sidebar, in order.
func (b *browser) hrefs(list string) []string {
	b.open("/")
	return b.doc.Find(list + " > .row").Map(func(_ int, row *goquery.Selection) string { return row.AttrOr("href", "") })
}

func TestSideWithoutJavaScript(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		d := newDuo(t, b)
		carl := d.node.SignUp(t, "carl")
		harness.Connect(t, d.anna.person, carl)
		wrote(t, carl, "anna", "later")
		require.Equal(t, []string{"/chats/carl", "/chats/bert"}, d.anna.hrefs("#chats"))

		d.anna.open("/chats/bert")
		require.Equal(t, "/chats/bert", d.anna.press("Pin").Header.Get("Location"))
		require.Equal(t, []string{"/chats/bert", "/chats/carl"}, d.anna.hrefs("#chats"))
		d.anna.open("/chats/bert")
		d.anna.press("Unpin")
		require.Equal(t, []string{"/chats/carl", "/chats/bert"}, d.anna.hrefs("#chats"))

		d.anna.open("/chats/carl")
		d.anna.press("Archive")
		require.Equal(t, []string{"/chats/bert"}, d.anna.hrefs("#chats"))
		require.Equal(t, []string{"/chats/carl"}, d.anna.hrefs("#archived"))
		d.anna.open("/chats/carl")
		d.anna.press("For 8 hours")
		wrote(t, carl, "anna", "muted")
		require.Equal(t, []string{"/chats/carl"}, d.anna.hrefs("#archived"))
		require.Equal(t, 1, d.anna.doc.Find("#archived > [data-muted]").Length())
		d.anna.open("/chats/carl")
		d.anna.press("Unmute")
		wrote(t, carl, "anna", "again")
		require.Equal(t, []string{"/chats/carl", "/chats/bert"}, d.anna.hrefs("#chats"))

		d.anna.open("/chats/bert")
		require.Equal(t, "/", d.anna.press("Mark as unread").Header.Get("Location"), "a page of the conversation would be looked at")
		badge := func() string { return d.anna.doc.Find("#chats [href='/chats/bert'] .badge").Text() }
		require.Equal(t, "marked as unread", badge())
		d.anna.open("/chats/bert")
		require.Equal(t, "marked as unread", badge(), "a GET changes nothing")
		d.anna.press("Mark as read")
		require.Empty(t, badge())
		require.Empty(t, d.bert.doc.Find("#chats .badge, #chats [data-muted], #archived .row").Nodes)

		for path, form := range map[string]url.Values{"mute": {"for": {"1y"}}, "pin": {"pinned": {"2"}}, "archive": {"archived": {"yes"}}} {
			require.Equal(t, http.StatusUnprocessableEntity, d.anna.Post("/chats/bert/"+path, form, true).Status, path)
		}
	})
}

// The row in the sidebar and the menu of the pane are the answer, and other pages get them by the socket.
func TestSideReachesPages(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		d := newDuo(t, b)
		a := d.anna.Post("/chats/bert/archive", url.Values{"archived": {"on"}}, true)
		require.Equal(t, http.StatusOK, a.Status)
		require.Contains(t, a.Body, `hx-target="#archived"`)
		require.Contains(t, a.Body, "Unarchive")
		require.NotEmpty(t, a.Header.Get("DChat-Version"))
		a = d.anna.Post("/chats/bert/pin", nil, true)
		require.Contains(t, a.Body, `hx-target="#chats"`)
		require.Contains(t, a.Body, "Unpin")
		a = d.anna.Post("/chats/bert/pin", nil, true)
		require.NotContains(t, a.Body, "Unpin")
	})
}
