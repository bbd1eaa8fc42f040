package web_test

import (
	"net/http"
	"strings"
	"testing"

	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

// Another program of the device shares a text: without the worker, and without a script, the server shows it, and a button
// for each contact.
func TestSharePage(t *testing.T) {
	n := harness.SQLite(t).Start(t)
	anna, bert := n.SignUp(t, "anna"), n.SignUp(t, "bert")
	n.SignUp(t, "carl")
	const query = "/share?title=A+title&text=see+https%3A%2F%2Fexample.org&url=https%3A%2F%2Fexample.org"
	require.Zero(t, anna.Get("/share", false).Doc().Find("#share").Length(), "there are no contacts")
	harness.Connect(t, anna, bert)

	page := anna.Get(query, false).Doc()
	require.Equal(t, "A title\nsee https://example.org", page.Find("#share-body").Text())
	require.Equal(t, 1, page.Find("#share button").Length())
	require.Equal(t, "/chats/bert/messages", page.Find("#share button").AttrOr("formaction", ""))
	require.Equal(t, "anna", page.Find("#share [name=as]").AttrOr("value", ""))
	require.NotEmpty(t, page.Find("#share [name=key]").AttrOr("value", ""))

	for _, origin := range []string{"", "null"} {
		header := http.Header{"Content-Type": {"multipart/form-data; boundary=b"}}
		if origin != "" {
			header.Set("Origin", origin)
		}
		part := func(name, more, value string) string {
			return "--b\r\nContent-Disposition: form-data; name=\"" + name + "\"" + more + "\r\n\r\n" + value + "\r\n"
		}
		body := part("title", "", "same") + part("text", "", "same") + part("files", `; filename="a.txt"`, "content") + "--b--\r\n"
		a, err := anna.Do(http.MethodPost, "/share", header, strings.NewReader(body))
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, a.Status)
		require.Equal(t, "same", a.Doc().Find("#share-body").Text())

		a, err = n.Stranger().Do(http.MethodPost, "/share", header, strings.NewReader(body))
		require.NoError(t, err)
		require.Equal(t, []any{http.StatusSeeOther, "/login"}, []any{a.Status, a.Header.Get("Location")})
	}
	require.Equal(t, "/login?next=%2Fshare%3Ftext%3Dx", n.Stranger().Get("/share?text=x", false).Header.Get("Location"))
}
