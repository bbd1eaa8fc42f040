package web_test

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"dchat/app/config"
	"dchat/static"
	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self'; connect-src 'self'; " +
	"font-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

func requireHeaders(t *testing.T, header http.Header, what string) {
	t.Helper()
	require.Equal(t, []string{policy}, header["Content-Security-Policy"], what)
	require.Equal(t, "nosniff", header.Get("X-Content-Type-Options"), what)
	require.Equal(t, "same-origin", header.Get("Referrer-Policy"), what)
	require.Equal(t, "same-origin", header.Get("Cross-Origin-Opener-Policy"), what)
	require.Empty(t, header.Get("Access-Control-Allow-Origin"), what)
	require.NotContains(t, strings.ToLower(header.Get("Server")), "fasthttp", what)
}

func TestSecurityHeadersOnEveryResponse(t *testing.T) {
	for name, base := range map[string]string{"http": "", "https": "https://chat.example.org"} {
		t.Run(name, func(t *testing.T) {
			n := harness.SQLite(t).Start(t, func(c *config.Config) { c.BaseURL = base })
			crowd := n.Crowd(t, 2, 1)
			check := func(a *answer, what string) {
				t.Helper()
				requireHeaders(t, a.Header, what)
				require.Equal(t, base != "", a.Header.Get("Strict-Transport-Security") != "", what)
			}
			for _, p := range []*person{crowd[0], n.Stranger()} {
				for _, r := range bare(slog.New(slog.DiscardHandler)).Routes() {
					path := strings.ReplaceAll(strings.ReplaceAll(r.Path, "/static/*", static.URL("dchat.css")), ":username", crowd[1].Username)
					if path == "/logout" {
						continue
					}
					for _, hx := range []bool{true, false} {
						if r.Method == http.MethodGet {
							a := p.Get(path, hx)
							check(a, path)
							if strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
								require.Contains(t, []string{"private, no-cache", "no-store"}, a.Header.Get("Cache-Control"), path)
								require.Contains(t, a.Header.Get("Vary"), "HX-Request", path)
							}
							continue
						}
						check(p.Post(path, nil, hx), path)
					}
				}
				for _, path := range []string{"/nothing", "/chats/nobody-here", "/static/nothing.js", "/chats/a/b/c/d", "/..%2f..%2fetc/passwd"} {
					a := p.Get(path, false)
					check(a, path)
					require.GreaterOrEqual(t, a.Status, 300, path)
					require.Less(t, a.Status, 500, path)
				}
			}
			check(postFrom(t, crowd[0], "/login", "https://evil.example"), "a cross-site answer")
		})
	}
}

// raw sends bytes as they are, and returns what came back before the server hung up.
func raw(t *testing.T, n *harness.Node, text string) *http.Response {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(n.URL, "http://"))
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
	_, err = io.WriteString(conn, text)
	require.NoError(t, err)
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	response.Body = io.NopCloser(strings.NewReader(string(body)))
	return response
}

// Requests that are too large are refused before they are read, with one of our pages.
func TestTooLargeRequests(t *testing.T) {
	n := harness.SQLite(t).Start(t)
	anna := n.SignUp(t, "anna")
	head := func(path, more string) string {
		return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: %s\r\nOrigin: %s\r\nCookie: %s\r\n%s\r\n", path, n.URL[7:], n.URL, anna.Jar, more)
	}
	for name, c := range map[string]struct {
		request string
		status  int
	}{
		"a giant body":         {head("/login", "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000000000\r\n") + "x", 413},
		"a giant file":         {head("/settings/password", "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 300000\r\n") + "-", 413},
		"a giant chunked body": {head("/login", "Transfer-Encoding: chunked\r\n") + "50000\r\n" + strings.Repeat("x", 0x50000), 413},
		"a giant head":         {head("/login", "X: "+strings.Repeat("x", 9000)+"\r\n"), 431},
		"nonsense":             {"\x16\x03\x01 hello\r\n\r\n", 400},
	} {
		t.Run(name, func(t *testing.T) {
			response := raw(t, n, c.request)
			require.Equal(t, c.status, response.StatusCode)
			requireHeaders(t, response.Header, name)
			require.True(t, response.Close || response.Header.Get("Connection") == "close", "the rest would be read as another request")
		})
	}
	require.Equal(t, http.StatusOK, anna.Get("/profile", false).Status, "the server still serves")
}
