package web_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

// dial opens a connection of one's own to a node.
func dial(t *testing.T, n *harness.Node) net.Conn {
	t.Helper()
	return dialURL(t, n.URL)
}

func dialURL(t *testing.T, url string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	return conn
}

// answers reads what comes until the server hangs up, or until so many answers are there. Those to
// HEAD have no body.
func answers(t *testing.T, conn net.Conn, most int, methods ...string) (statuses []int, bodies string, closed bool) {
	t.Helper()
	r := bufio.NewReader(conn)
	for len(statuses) < most {
		request := &http.Request{Method: http.MethodGet}
		if len(statuses) < len(methods) {
			request.Method = methods[len(statuses)]
		}
		response, err := http.ReadResponse(r, request)
		if err != nil {
			return statuses, bodies, true
		}
		if response.StatusCode == http.StatusContinue {
			continue
		}
		body, err := io.ReadAll(response.Body)
		if err != nil {
			return statuses, bodies, true
		}
		statuses, bodies = append(statuses, response.StatusCode), bodies+string(body)
		if response.Close {
			return statuses, bodies, true
		}
	}
	return statuses, bodies, false
}

// Ways to send one form.
func waysToSend(form url.Values) map[string]func() (contentType string, body io.Reader) {
	encoded := func() (string, io.Reader) {
		return "application/x-www-form-urlencoded", strings.NewReader(form.Encode())
	}
	multi := func() (string, io.Reader) {
		var b bytes.Buffer
		m := multipart.NewWriter(&b)
		for name, values := range form {
			for _, v := range values {
				_ = m.WriteField(name, v)
			}
		}
		_ = m.Close()
		return m.FormDataContentType(), bytes.NewReader(b.Bytes())
	}
	chunked := func(way func() (string, io.Reader)) func() (string, io.Reader) {
		return func() (string, io.Reader) {
			kind, body := way()
			return kind, io.MultiReader(body) // of no known length
		}
	}
	return map[string]func() (string, io.Reader){
		"encoded": encoded, "multipart": multi, "encoded, chunked": chunked(encoded), "multipart, chunked": chunked(multi),
	}
}

// The fields of a form arrive in every encoding, up to the maximum length.
func TestFormsArrive(t *testing.T) {
	n := harness.SQLite(t).Start(t)
	n.SignUp(t, "anna")
	for _, padding := range []int{0, 1, 8000, 9000, 200_000} {
		form := url.Values{"login": {"anna"}, "password": {harness.Password}, "padding": {strings.Repeat("x", padding)}}
		for name, way := range waysToSend(form) {
			for _, expect := range []string{"", "100-continue"} {
				kind, body := way()
				p := n.Stranger()
				header := http.Header{"Origin": {n.Origin}, "Content-Type": {kind}}
				if expect != "" {
					header.Set("Expect", expect)
				}
				a, err := p.Do(http.MethodPost, "/login", header, body)
				require.NoError(t, err)
				require.Equal(t, http.StatusSeeOther, a.Status, "%s, %d more bytes", name, padding)
				require.True(t, signedIn(t, p))
			}
		}
	}
	for name, way := range waysToSend(url.Values{"login": {"anna"}, "password": {strings.Repeat("x", 300_000)}}) {
		kind, body := way()
		a, err := n.Stranger().Do(http.MethodPost, "/login", http.Header{"Origin": {n.Origin}, "Content-Type": {kind}}, body)
		require.NoError(t, err, name)
		require.Equal(t, http.StatusRequestEntityTooLarge, a.Status, name)
	}
	a, err := n.Stranger().Do(http.MethodPost, "/login", http.Header{"Origin": {n.Origin}, "Content-Encoding": {"gzip"}}, strings.NewReader("\x1f\x8b"))
	require.NoError(t, err)
	require.Equal(t, http.StatusUnsupportedMediaType, a.Status, "what is packed may be endless")
}

func TestExpectContinue(t *testing.T) {
	n := harness.SQLite(t).Start(t)
	n.SignUp(t, "anna")
	conn := dial(t, n)
	form := url.Values{"login": {"anna"}, "password": {harness.Password}}.Encode()
	fmt.Fprintf(conn, "POST /login HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\nExpect: 100-continue\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n", len(form))
	r := bufio.NewReader(conn)
	line, err := r.ReadString('\n')
	require.NoError(t, err, "the server waits for what waits for the server")
	require.Equal(t, "HTTP/1.1 100 Continue\r\n", line)
	_, err = io.WriteString(conn, form)
	require.NoError(t, err)
	_, err = r.ReadString('\n')
	require.NoError(t, err)
	response, err := http.ReadResponse(r, nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusSeeOther, response.StatusCode)
}

// The body of a refused request is never parsed as a request.
func TestSmuggledRequests(t *testing.T) {
	n := harness.SQLite(t).Start(t)
	anna := n.SignUp(t, "anna")
	const inside = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" // answers "ok"
	const after = "GET /nothing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
	hidden := map[string]string{
		"small":  strings.Repeat(inside, 3),
		"medium": strings.Repeat("x", 20_000) + strings.Repeat(inside, 2000),
		"large":  strings.Repeat(inside, 10_000),
	}
	cookie := "Cookie: " + anna.Jar.String() + "\r\n"
	heads := map[string]string{
		"another site's":     "POST /profile HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\n" + cookie,
		"another site's too": "POST /login HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\n",
		"signed out":         "POST /profile HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n",
		"no form":            "POST /profile HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n" + cookie,
		"to nowhere":         "POST /nowhere HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n",
		"another method":     "PUT /profile HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n" + cookie,
		"no method":          "BREW /profile HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n",
		"a question":         "GET /login HTTP/1.1\r\nHost: localhost\r\n",
		"a head":             "HEAD /login HTTP/1.1\r\nHost: localhost\r\n",
		"a socket":           "GET /ws HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEA==\r\n",
		"static":             "GET /static/x HTTP/1.1\r\nHost: localhost\r\n",
	}
	for who, head := range heads {
		for size, body := range hidden {
			form := "--b\r\nContent-Disposition: form-data; name=\"x\"; filename=\"x\"\r\n\r\n" + body + "\r\n--b--\r\n"
			kind := "Content-Type: multipart/form-data; boundary=b\r\n"
			for how, request := range map[string]string{
				"whole":       head + kind + fmt.Sprintf("Content-Length: %d\r\n\r\n", len(form)) + form,
				"chunked":     head + kind + fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n", len(form)) + form + "\r\n0\r\n\r\n",
				"announced":   head + kind + fmt.Sprintf("Expect: 100-continue\r\nContent-Length: %d\r\n\r\n", len(form)) + form,
				"begun":       head + kind + "Content-Length: 1000000000\r\n\r\n" + form,
				"bad chunk":   head + kind + fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n", len(body)) + body + inside + "\r\n0\r\n\r\n",
				"both":        head + kind + fmt.Sprintf("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n", len(body)) + body + "\r\n0\r\n\r\n",
				"two lengths": head + kind + fmt.Sprintf("Content-Length: 4\r\nContent-Length: %d\r\n\r\n", len(form)) + form,
				"odd coding":  head + kind + "Transfer-Encoding: xchunked\r\nContent-Length: 4\r\n\r\n" + form,
			} {
				conn := dial(t, n)
				go func() { _, _ = io.WriteString(conn, request+after) }()
				method, _, _ := strings.Cut(head, " ")
				statuses, text, _ := answers(t, conn, 4, method)
				require.NotEmpty(t, statuses, "%s, %s, %s", who, size, how)
				require.LessOrEqual(t, len(statuses), 2, "%s, %s, %s: %v", who, size, how, statuses)
				require.NotContains(t, text, "ok\n", "%s, %s, %s", who, size, how)
				conn.Close()
			}
		}
	}
}

// A refused request with a short body is answered, and the connection stays open.
func TestRefusedFormKeepsConnection(t *testing.T) {
	n := harness.SQLite(t).Start(t)
	conn := dial(t, n)
	body := strings.Repeat("x", 1<<20)
	_, err := fmt.Fprintf(conn, "POST /profile HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\nContent-Length: %d\r\n\r\n%sGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", len(body), body)
	require.NoError(t, err)
	statuses, text, closed := answers(t, conn, 2)
	require.Equal(t, []int{http.StatusSeeOther, http.StatusOK}, statuses)
	require.Equal(t, "ok\n", text)
	require.False(t, closed)
}

// requireNoFiles waits until a backend keeps no file, whole or not.
func requireNoFiles(t *testing.T, b *backend) {
	t.Helper()
	require.Eventually(t, func() bool { return len(storedFiles(t, b)) == 0 }, 10*time.Second, 5*time.Millisecond, "%v", storedFiles(t, b))
}

// storedFiles are the paths of all files that a backend keeps, whole or not.
func storedFiles(t *testing.T, b *backend) (paths []string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(filepath.Join(b.DataDir(), "files"), func(path string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			paths = append(paths, path)
		}
		if os.IsNotExist(err) { // it was there a moment ago
			return nil
		}
		return err
	}))
	return paths
}

// An incomplete form is refused, even if it could be parsed.
func TestIncompleteForms(t *testing.T) {
	n := harness.SQLite(t).Start(t)
	n.SignUp(t, "anna")
	form := url.Values{"login": {"anna"}, "password": {harness.Password}}.Encode()
	for _, more := range []string{"", "&padding=", "&padding=" + strings.Repeat("x", 20_000)} {
		conn := dial(t, n)
		_, err := fmt.Fprintf(conn, "POST /login HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 50000\r\n\r\n%s", form+more)
		require.NoError(t, err)
		require.NoError(t, conn.(*net.TCPConn).CloseWrite())
		statuses, _, closed := answers(t, conn, 2)
		require.Equal(t, []int{http.StatusBadRequest}, statuses)
		require.True(t, closed)
	}
}

// A browser that disconnects during an upload leaves no file.
func TestIncompleteUploads(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		n := b.Start(t)
		anna := n.SignUp(t, "anna")
		for _, length := range []string{"Content-Length: 5000000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n4c4b40\r\n"} {
			conn := dial(t, n)
			_, err := io.WriteString(conn, "POST /profile HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\nCookie: "+anna.Jar.String()+"\r\nContent-Type: multipart/form-data; boundary=b\r\n"+length+
				"--b\r\nContent-Disposition: form-data; name=\"picture\"; filename=\"x\"\r\n\r\n"+strings.Repeat("x", 1_000_000))
			require.NoError(t, err)
			require.Eventually(t, func() bool { return len(storedFiles(t, b)) > 0 }, 10*time.Second, time.Millisecond, "the premise: it is written as it comes")
			conn.Close()
			requireNoFiles(t, b)
		}
		require.NotContains(t, n.Log(), `"level":"ERROR"`)
		require.Equal(t, http.StatusOK, anna.Get("/profile", false).Status)
	})
}
