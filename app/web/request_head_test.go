package web_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

// Requests that two servers may parse differently are refused, and the rest of the connection is ignored.
func TestAmbiguousRequestHeads(t *testing.T) {
	n := harness.SQLite(t).Start(t)
	const form, kind = "login=a&password=b", "Content-Type: application/x-www-form-urlencoded\r\n"
	post := func(more, body string) string {
		return "POST /login HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n" + more + "\r\n" + body
	}
	sized := fmt.Sprintf("Content-Length: %d\r\n", len(form))
	chunked := fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(form), form)
	refused := map[string]string{
		"length and chunks":      post(kind+sized+"Transfer-Encoding: chunked\r\n", chunked),
		"chunks and length":      post(kind+"Transfer-Encoding: chunked\r\n"+sized, chunked),
		"two lengths":            post(kind+sized+sized, form),
		"two other lengths":      post(kind+sized+"Content-Length: 1\r\n", form),
		"a list of lengths":      post(kind+fmt.Sprintf("Content-Length: %d, %d\r\n", len(form), len(form)), form),
		"a length with a sign":   post(kind+fmt.Sprintf("Content-Length: +%d\r\n", len(form)), form),
		"a negative length":      post(kind+"Content-Length: -1\r\n", form),
		"a hexadecimal length":   post(kind+"Content-Length: 0x12\r\n", form),
		"no length":              post(kind+"Content-Length:\r\n", form),
		"a giant length":         post(kind+"Content-Length: 99999999999999999999\r\n", form),
		"identity":               post(kind+"Transfer-Encoding: identity\r\n"+sized, form),
		"two codings":            post(kind+"Transfer-Encoding: gzip, chunked\r\n", chunked),
		"a folded length":        post(kind+"Content-Length:\r\n 18\r\n", form),
		"a folded header":        post(kind+sized+"X-Some: a\r\n b\r\n", form),
		"folded by a tab":        post(kind+sized+"X-Some: a\r\n\tb\r\n", form),
		"a folded first":         "POST /login HTTP/1.1\r\n Host: localhost\r\nHost: localhost\r\nOrigin: http://localhost\r\n" + kind + sized + "\r\n" + form,
		"a space before a colon": post(kind+"Content-Length : 18\r\n", form),
		"a space in a name":      post(kind+sized+"Transfer Encoding: chunked\r\n", form),
		"no colon":               post(kind+sized+"Nonsense\r\n", form),
		"an odd name":            post(kind+sized+"X[Some]: a\r\n", form),
		"two origins":            post(kind+sized+"Origin: http://evil.example\r\n", form),
		"the same origin twice":  post(kind+sized+"Origin: http://localhost\r\n", form),
		"two hosts":              post(kind+sized+"Host: localhost\r\n", form),
		"two types":              post(kind+sized+"Content-Type: text/plain\r\n", form),
		"a host with a user":     strings.Replace(post(kind+sized, form), "Host: localhost", "Host: evil@localhost", 1),
		"a list of hosts":        strings.Replace(post(kind+sized, form), "Host: localhost", "Host: localhost, evil", 1),
		"a target elsewhere":     strings.Replace(post(kind+sized, form), "POST /login", "POST http://evil.example/login", 1),
		"bare line feeds":        strings.ReplaceAll(post(kind+sized, form), "\r\n", "\n"),
		"a bare line feed":       post(kind+sized+"X-Some: a\nX-Other: b\r\n", form),
		"a bare return":          post(kind+sized+"X-Some: a\rX-Other: b\r\n", form),
	}
	for what, request := range refused {
		answers := answersTo(t, n, request+"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
		require.Equal(t, []int{http.StatusBadRequest}, answers, what)
	}
	for what, request := range map[string]string{
		"a length": post(kind+sized, form), "chunks": post(kind+"Transfer-Encoding: chunked\r\n", chunked), "chunks in capitals": post(kind+"transfer-encoding: CHUNKED\r\n", chunked),
		"the whole target": strings.Replace(post(kind+sized, form), "POST /login", "POST http://localhost/login", 1), "many cookies": post(kind+sized+"Cookie: a=b\r\nCookie: c=d\r\n", form),
	} {
		answers := answersTo(t, n, request+"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
		require.Equal(t, []int{http.StatusUnprocessableEntity, http.StatusOK}, answers, what)
	}
}

// answersTo sends bytes and reads all answers until the connection ends.
func answersTo(t *testing.T, n *harness.Node, bytes string) (statuses []int) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(n.URL, "http://"))
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	_, err = io.WriteString(conn, bytes)
	require.NoError(t, err)
	for from := bufio.NewReader(conn); ; {
		answer, err := http.ReadResponse(from, nil)
		if err != nil {
			require.NotErrorIs(t, err, os.ErrDeadlineExceeded, "the connection stays open")
			return statuses
		}
		_, _ = io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
		statuses = append(statuses, answer.StatusCode)
	}
}

// Fields come from the body alone: an address may be logged, linked to, and made by others.
func TestFieldsComeFromTheBody(t *testing.T) {
	b := harness.SQLite(t)
	n := b.Start(t)
	anna, bert := n.SignUp(t, "anna"), n.SignUp(t, "bert")
	harness.Connect(t, anna, bert)
	before := truth(t, b.Open(t), "anna", "bert")
	stranger := n.Stranger()
	for path, query := range map[string]string{
		"/login": "login=anna&password=" + strings.ReplaceAll(harness.Password, " ", "+"), "/signup": "username=carl&email=c@example.org&password=" + strings.ReplaceAll(harness.Password, " ", "+"),
	} {
		require.Equal(t, http.StatusUnprocessableEntity, stranger.Post(path+"?"+query, nil, false).Status, path)
	}
	for _, path := range []string{
		"/chats/bert/messages?body=hello", "/chats/bert/read?seq=1", "/profile?display_name=Eve", "/settings/password?current_password=" + strings.ReplaceAll(harness.Password, " ", "+") + "&password=other+quiet+lanterns",
		"/settings/email?email=eve@example.org&current_password=" + strings.ReplaceAll(harness.Password, " ", "+"), "/settings/delete?current_password=" + strings.ReplaceAll(harness.Password, " ", "+"), "/profile?remove=1",
	} {
		a := anna.Post(path, nil, false)
		require.Less(t, a.Status, 500, path)
		require.Equal(t, before, truth(t, b.Open(t), "anna", "bert"), path)
	}
}

// Only request/field.go reads fields, queries and parameters from Fiber.
func TestOnlyRequestPackageReadsInput(t *testing.T) {
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	inner, err := filepath.Glob("*/*.go")
	require.NoError(t, err)
	require.NotEmpty(t, inner)
	direct := regexp.MustCompile(`\.(FormValue|QueryArgs|QueryInt|QueryBool|QueryParser|BodyParser|ParamsInt|ParamsParser|BaseURL\(|Query|Params)\(|\bc\.Hostname`)
	ours := regexp.MustCompile(`\brequest\.(Query|Field|Param)\(`)
	for _, file := range append(files, inner...) {
		if strings.HasSuffix(file, "_test.go") || file == "request/field.go" {
			continue
		}
		source, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Empty(t, direct.FindAllString(ours.ReplaceAllString(string(source), ""), -1), file)
	}
}
