//go:build !race

// One client asks for one thing after the other: there is no race to detect, and it takes five times as long with the
// detector. infra/test.sh runs such files without it.

package web_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

// oddValues are values that no page sends.
var oddValues = []string{
	"\x00", "a\x00b", "\xff\xfe", "a\xed\xa0\x80", "abcd\xf0\x9f", "", " ", "-1", "0", "9223372036854775807", "9223372036854775808", "1e9", "NaN",
	"'", `"; DROP TABLE users; --`, `\`, "%", "%00", "../../etc", "null", "\u202e", "\r\nX: y", "a b", "{{1}}", "\U0010ffff", strings.Repeat("x", 5000),
}

// reads finds the names of all that handlers read, by the function that they read it with.
func reads(t *testing.T, function string) (names []string) {
	t.Helper()
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	inner, err := filepath.Glob("*/*.go")
	require.NoError(t, err)
	call := regexp.MustCompile(function + `\(c, "([^"]+)"`)
	for _, file := range append(files, inner...) {
		source, err := os.ReadFile(file)
		require.NoError(t, err)
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, m := range call.FindAllStringSubmatch(string(source), -1) {
			names = append(names, m[1])
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	require.NotEmpty(t, names, function)
	return names
}

// oddity sends odd values to one route after the other.
type oddity struct {
	t                       *testing.T
	node                    *harness.Node
	anna                    *person
	fields, queries, params []string
	message                 string // the id of a message, so that actions on it read their fields
}

// Every invalid value in every place gets an error message, and no statement fails.
func TestOddValuesInEveryPlace(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		n := b.Start(t)
		anna, bert := n.SignUp(t, "anna"), n.SignUp(t, "bert")
		harness.Connect(t, anna, bert)
		wrote(t, bert, "anna", "hello")
		message := strconv.Itoa(messageOf(t, b.Open(t), "anna", "bert"))
		o := &oddity{t, n, anna, append(reads(t, `\bField`), reads(t, `\bFieldIDs`)...), reads(t, `\bQuery`), reads(t, `\bParam`), message}
		require.Subset(t, o.fields, []string{"body", "key", "attachment", "seq", "login", "reply", "rev", "emoji", "saved", "to", "after"})
		require.Subset(t, o.queries, []string{"before", "after", "at", "reply", "edit", "since", "cursor", "q", "exp", "sig"})
		for _, r := range bare(slog.New(slog.DiscardHandler)).Routes() {
			for _, value := range oddValues {
				o.send(r.Method, r.Path, value)
			}
			if r.Path == "/logout" {
				anna.Jar.Set("dchat", n.SignIn(t, "anna").Jar.Get("dchat"))
			}
			require.True(t, signedIn(t, anna), "%s %s", r.Method, r.Path)
		}
		for line := range strings.Lines(n.Log()) {
			if strings.Contains(line, `"status":507`) {
				continue
			}
			require.NotContains(t, line, `"level":"ERROR"`)
			require.NotRegexp(t, `SQLSTATE|syntax error|unrecognized token|SQL logic`, line)
		}
		require.Contains(t, n.SignIn(t, "bert").Get("/chats/anna", false).Body, "hello")
	})
}

func (o *oddity) send(method, path, value string) {
	good := o.fill(path, "")
	all := url.Values{}
	for _, name := range o.queries {
		all[name] = []string{value, value}
		if o.noText(value) || len(value) > 1000 {
			o.do(method, good+"?"+url.Values{name: {value}}.Encode(), "", nil)
		}
	}
	if len(value) < 200 { // the head of a request is not long
		o.do(method, good+"?"+all.Encode(), "", nil)
		o.do(method, good+"?"+url.QueryEscape(value)+"="+url.QueryEscape(value), "", nil)
	}
	if strings.Contains(path, ":") || strings.Contains(path, "*") {
		o.do(method, o.fill(path, value), "", nil)
	}
	o.headers(method, good, value)
	if method == http.MethodGet {
		return
	}
	form := url.Values{}
	for _, name := range o.fields {
		form[name] = []string{value, value}
		if o.noText(value) && !strings.Contains(name, "password") { // hashing takes long
			o.do(method, good, "application/x-www-form-urlencoded", []byte(url.Values{name: {value}}.Encode()))
		}
	}
	o.do(method, good, "application/x-www-form-urlencoded", []byte(form.Encode()))
	o.do(method, good, "application/x-www-form-urlencoded", []byte(value))
	kind, body := parts(o.t, form, value)
	o.do(method, good, kind, body)
}

// noText reports whether a database does not take a value as text.
func (o *oddity) noText(value string) bool {
	return !utf8.ValidString(value) || strings.Contains(value, "\x00")
}

// headers that name something.
func (o *oddity) headers(method, path, value string) {
	for i := range len(value) {
		if b := value[i]; b < ' ' || b == 0x7f {
			return // the client sends none of these; header_test.go does
		}
	}
	header := http.Header{"Origin": {o.anna.Origin()}}
	for _, name := range []string{
		"X-File-Id", "X-File-Exp", "X-File-Sig", "X-File-Download", "Upload-Length", "Upload-Offset", "Upload-Metadata", "Range", "If-None-Match", "If-Range", "Referer", "User-Agent",
		"HX-Target", "Accept-Encoding", "X-Request-Id", "DChat-As", "X-Real-Ip",
	} {
		header[http.CanonicalHeaderKey(name)] = []string{value}
	}
	header.Set("Tus-Resumable", "1.0.0")
	if len(value) > 200 {
		return
	}
	o.try(method, path, header, nil)
}

func (o *oddity) fill(path, value string) string {
	for _, name := range o.params {
		with := url.PathEscape(value)
		if value == "" && strings.Contains(path, "/messages/:id") {
			path = strings.Replace(path, ":id", o.message, 1)
		}
		if value == "" {
			with = map[string]string{"username": "bert", "id": "1", "token": "AQ"}[name]
		}
		path = strings.Replace(path, ":"+name, with, 1)
	}
	return strings.Replace(path, "*", url.PathEscape(value), 1)
}

func (o *oddity) do(method, path, kind string, body []byte) {
	header := http.Header{"Origin": {o.anna.Origin()}, "Hx-Request": {"true"}, "Content-Type": {kind}}
	o.try(method, path, header, body)
}

func (o *oddity) try(method, path string, header http.Header, body []byte) {
	o.t.Helper()
	answer, err := o.anna.Do(method, path, header, bytes.NewReader(body))
	what := fmt.Sprintf("%s %.200q %.200q", method, path, body)
	if err != nil && strings.Contains(err.Error(), "invalid") { // the client does not send it
		return
	}
	require.NoError(o.t, err, what)
	if answer.Status == http.StatusInsufficientStorage && path == "/uploads" { // it is true
		return
	}
	require.Less(o.t, answer.Status, 500, "%s: %s", what, answer.Body)
}

// parts is the form as a browser without a script sends it with a file.
func parts(t *testing.T, form url.Values, name string) (kind string, body []byte) {
	t.Helper()
	var buffer bytes.Buffer
	w := multipart.NewWriter(&buffer)
	for field, values := range form {
		if field == "attachment" {
			continue
		}
		require.NoError(t, w.WriteField(field, values[0]))
	}
	for _, field := range []string{"attachment", "picture"} {
		part, err := w.CreateFormFile(field, name)
		require.NoError(t, err)
		_, err = part.Write([]byte("content"))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return w.FormDataContentType(), buffer.Bytes()
}
