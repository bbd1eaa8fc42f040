package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"dchat/test/harness"

	"github.com/fasthttp/websocket"
	"github.com/stretchr/testify/require"
)

var cursorText = regexp.MustCompile(`data-ack="(ack\.)">([0-9a-f]+\.\d+)`)

// acknowledge says what the script says after each frame: the page has everything up to here.
func acknowledge(t *testing.T, socket *harness.Socket) {
	t.Helper()
	all := cursorText.FindAllStringSubmatch(socket.All(), -1)
	require.NotEmpty(t, all)
	last := all[len(all)-1]
	require.NoError(t, socket.Conn.WriteMessage(websocket.TextMessage, []byte(last[1]+last[2])))
}

// receiptsOf returns the receipts of the log that a pane shows, in order.
func receiptsOf(p *person, path string) (list []string) {
	for _, mark := range p.Get(path, false).Doc().Find("[role=log] > .receipt").EachIter() {
		name, _, _ := strings.Cut(mark.AttrOr("id", ""), "-")
		list = append(list, name+" "+mark.AttrOr("data-seq", ""))
	}
	return list
}

// A message is delivered and read on a page of another node, and its sender's page hears of both.
func TestReceiptsThroughSockets(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		near, far := pair(t, b)
		crowd := near.Crowd(t, 2, 1)
		anna, bert := crowd[0], crowd[1].On(far)
		hers, his := anna.Socket(t, ""), bert.Socket(t, "")
		require.Equal(t, []string{"delivered 1.1", "read 1.2"}, receiptsOf(anna, "/chats/"+bert.Username))
		wrote(t, anna, bert.Username, "is anyone there?")
		his.AwaitText(t, "is anyone there?")
		require.NotContains(t, receiptsOf(anna, "/chats/"+bert.Username), "delivered 2.1")
		acknowledge(t, his)
		hers.AwaitText(t, `data-seq="2.1"`)
		require.NotContains(t, hers.All(), `data-seq="2.2"`)
		require.Equal(t, []string{"read 1.2", "delivered 2.1"}, receiptsOf(anna, "/chats/"+bert.Username))
		require.Equal(t, http.StatusOK, bert.Post("/chats/"+anna.Username+"/read", url.Values{"seq": {"2"}}, true).Status)
		hers.AwaitText(t, `data-seq="2.2"`)
		require.Equal(t, []string{"delivered 2.1", "read 2.2"}, receiptsOf(anna, "/chats/"+bert.Username+"?before=2"), "also where the log is cut")
		message := anna.Get("/chats/"+bert.Username, false).Doc().Find("article.msg.mine[id]").Last().AttrOr("id", "")
		page := anna.Get("/chats/"+bert.Username+"/messages/"+strings.TrimPrefix(message, "message-"), false).Doc()
		require.Equal(t, 1, page.Find(".facts dt:contains('Read') + dd time").Length(), page.Find(".facts").Text()+message)
	})
}

// The switches are saved by a form, with a script and without; what is read is then hidden both ways, on open pages too.
func TestPrivacySwitches(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		n := b.Start(t)
		crowd := n.Crowd(t, 2, 2) // each has written and read
		anna, bert := crowd[0], crowd[1]
		shown := func() (list []string) {
			for _, box := range anna.Get("/settings", false).Doc().Find("form:has([value=privacy]) label:has(:checked)").EachIter() {
				list = append(list, strings.TrimSpace(box.Text()))
			}
			return list
		}
		labels := []string{"Show when I have read messages", "Show when I am typing", "Show when I am online"}
		require.Equal(t, labels, shown())
		set := func(hx bool, form url.Values) *answer {
			t.Helper()
			return anna.Post("/settings/preferences", form, hx)
		}
		both := func(want ...string) {
			t.Helper()
			require.Equal(t, want, receiptsOf(anna, "/chats/"+bert.Username))
			require.Equal(t, want, receiptsOf(bert, "/chats/"+anna.Username))
		}
		both("delivered 2.1", "read 2.2")
		his := bert.Socket(t, "")
		a := set(false, url.Values{"section": {"privacy"}, "show_online": {"on"}})
		require.Equal(t, http.StatusSeeOther, a.Status)
		require.Equal(t, "/settings?done=privacy", a.Header.Get("Location"))
		require.Equal(t, labels[2:], shown(), "a cleared checkbox is not in the form")
		both("delivered 2.1")
		his.AwaitText(t, `class="receipt delivered"`)
		require.NotContains(t, his.All(), `class="receipt read"`)

		a = set(true, url.Values{"show_read": {"on"}, "show_online": {"off"}})
		require.Equal(t, http.StatusOK, a.Status)
		require.Contains(t, a.Body, "Saved.")
		require.Equal(t, labels[:1], shown(), "without the section, only what is named changes")
		both("delivered 2.1", "read 2.2")
		his.AwaitText(t, `class="receipt read"`)
	})
}

// For a second a node may not know what another one has stored: a switch changes that, and no other one.
func TestPreferencesChangeWhatIsStored(t *testing.T) {
	b := harness.SQLite(t)
	n := b.Start(t)
	anna := n.Crowd(t, 2, 1)[0]
	database := b.Open(t)
	for _, off := range []string{"show_read", "show_typing", "sound", "push_text"} {
		anna.Get("/settings", false) // memory has her now
		_, err := database.Writer().ExecContext(t.Context(), "UPDATE users SET show_read = true, show_typing = true, sound = true, push_text = true")
		require.NoError(t, err)
		_, err = database.Writer().ExecContext(t.Context(), "UPDATE users SET "+off+" = false WHERE username = ?", anna.Username)
		require.NoError(t, err)
		other := map[string]string{"show_read": "show_typing", "show_typing": "show_read", "sound": "push_text", "push_text": "sound"}[off]
		require.Equal(t, http.StatusOK, anna.Post("/settings/preferences", url.Values{other: {"off"}}, true).Status)
		var first, second bool
		query := "SELECT " + off + ", " + other + " FROM users WHERE username = ?"
		require.NoError(t, database.Read().QueryRowContext(t.Context(), query, anna.Username).Scan(&first, &second))
		require.False(t, first || second, off)

		anna.Get("/settings", false)
		_, err = database.Writer().ExecContext(t.Context(), "UPDATE users SET "+off+" = true WHERE username = ?", anna.Username)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, anna.Post("/settings/preferences", url.Values{off: {"off"}}, true).Status)
		require.NoError(t, database.Read().QueryRowContext(t.Context(), query, anna.Username).Scan(&first, &second))
		require.False(t, first, "%s is off in memory and on in the database", off)
	}
}
