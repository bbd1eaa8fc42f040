package web_test

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

// Forms with files come in one piece, as large as they are: pictures of oneself, and whatever a browser
// without a script sends.
func TestFormsThroughNginx(t *testing.T) {
	s := newNginxFixture(t, harness.SQLite(t), 1)
	anna := s.anna.By(s.entry.URL)
	content := noise(5, 5_000_000)
	posted(t, anna, "bert", url.Values{"body": {"no script"}}, attached{"film", bytes.NewReader(content)})
	list := links(t, s.bert.By(s.entry.URL), "anna")
	require.Equal(t, sum(content), sum([]byte(s.bert.By(s.entry.URL).Get(list[len(list)-1], false).Body)))

	portrait := append(somePicture(t, 300, 300), make([]byte, 3_000_000)...)
	a := savePicture(t, anna, "Anna", portrait)
	require.Equal(t, http.StatusOK, a.Status, a.Body)
	require.Len(t, faces(t, anna.Get("/profile", false).Body, "anna"), 2)

	for path, want := range map[string]int{"/chats/bert/read": 413, "/chats/bert/messages/": 413, "/profile/": 413, "/login": 413, "/chats/bert/messages": 403} {
		a = ask(t, s.entry.URL, head("POST", s.anna, path, "Content-Length: 2000000", "Origin: http://elsewhere.example")+strings.Repeat("x", 10_000))
		require.Equal(t, want, a.Status, "%s: %s", path, a.Body)
	}
}

// Forms are refused before their bytes arrive, and the entry does not buffer a form.
func TestFormsStreamThroughNginx(t *testing.T) {
	s := newNginxFixture(t, harness.SQLite(t), 1)
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.entry.URL, "http://"))
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.SetDeadline(time.Now().Add(patience)))
	_, err = io.WriteString(conn, head("POST", s.anna, "/chats/cleo/messages", "Origin: http://chat.localhost", "Content-Type: multipart/form-data; boundary=x", "Content-Length: 5000000000")+
		"--x\r\nContent-Disposition: form-data; name=\"attachment\"; filename=\"film\"\r\n\r\nhello")
	require.NoError(t, err)
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusForbidden, response.StatusCode, string(body))
	require.Contains(t, string(body), "Send chat request")
}
