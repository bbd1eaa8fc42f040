package web_test

import (
	"bytes"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"dchat/test/harness"

	"github.com/PuerkitoBio/goquery"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const typedByAnother = "what another person typed"

// asWays are the ways in which a page names its user.
var asWays = map[string]func(p *person, method, path, as string, hx bool) *answer{
	"by header": func(p *person, method, path, as string, hx bool) *answer {
		form := url.Values{"body": {typedByAnother}}
		return sendAs(p, method, path, http.Header{"DChat-As": {as}, "Content-Type": {formType}}, form.Encode(), hx)
	},
	"by field": func(p *person, method, path, as string, hx bool) *answer {
		form := url.Values{"body": {typedByAnother}, "as": {as}}
		if strings.HasPrefix(path, "/uploads/") { // whose body is no form
			path += "?as=" + as
		}
		return sendAs(p, method, path, http.Header{"Content-Type": {formType}}, form.Encode(), hx)
	},
	"by a field before a file": func(p *person, method, path, as string, hx bool) *answer {
		var b bytes.Buffer
		m := multipart.NewWriter(&b)
		_ = m.WriteField("as", as)
		_ = m.WriteField("body", typedByAnother)
		file, _ := m.CreateFormFile("attachment", "a.txt")
		_, _ = file.Write([]byte("content"))
		_ = m.Close()
		if strings.HasPrefix(path, "/uploads/") {
			path += "?as=" + as
		}
		return sendAs(p, method, path, http.Header{"Content-Type": {m.FormDataContentType()}}, b.String(), hx)
	},
}

const formType = "application/x-www-form-urlencoded"

func sendAs(p *person, method, path string, header http.Header, body string, hx bool) *answer {
	header.Set("Origin", p.Origin())
	if hx {
		header.Set("HX-Request", "true")
	}
	if strings.HasPrefix(path, "/uploads") {
		header.Set("Tus-Resumable", "1.0.0")
		header.Set("Upload-Length", "5")
	}
	a, err := p.Do(method, path, header, strings.NewReader(body))
	if err != nil {
		panic(err)
	}
	return a
}

// A request from the page of another user is refused on every route that may change something, before any change,
// and the response contains nothing of the typed text.
func TestPageOfAnotherUserChangesNothing(t *testing.T) {
	routes := bare(slog.New(slog.DiscardHandler)).Routes()
	harness.Backends(t, func(t *testing.T, b *backend) {
		n := b.Start(t)
		crowd, database := n.Crowd(t, 2, 3), b.Open(t)
		actor, other := crowd[0], crowd[1]
		before := truth(t, database, actor.Username, other.Username)
		for _, r := range routes {
			if r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions {
				continue
			}
			path := strings.NewReplacer(":username", other.Username, ":token", "nonsense", ":id", "1").Replace(r.Path)
			for way, send := range asWays {
				for _, hx := range []bool{true, false} {
					a := send(actor, r.Method, path, other.Username, hx)
					assert.Equal(t, http.StatusConflict, a.Status, "%s %s %s", r.Method, path, way)
					assert.NotContains(t, a.Body, typedByAnother, "%s %s %s", r.Method, path, way)
					assert.Equal(t, actor.Username, a.Header.Get("DChat-As"), "%s %s %s", r.Method, path, way)
				}
			}
		}
		require.Equal(t, before, truth(t, database, actor.Username, other.Username))
		require.Zero(t, count(t, database, "SELECT count(*) FROM uploads"))
		for way, send := range asWays {
			a := send(actor, http.MethodPost, "/chats/"+other.Username+"/messages", strings.ToUpper(actor.Username), true)
			require.Equal(t, http.StatusOK, a.Status, way)
		}
		a := sendAs(n.Stranger(), http.MethodPost, "/logout", http.Header{"DChat-As": {actor.Username}}, "", true)
		require.Equal(t, http.StatusUnauthorized, a.Status, "a signed-out user is sent to sign-in")
		require.Empty(t, a.Header.Get("DChat-As"))
	})
}

func TestSocketOfAnotherUserIsClosed(t *testing.T) {
	n := harness.SQLite(t).Start(t)
	anna := n.SignUp(t, "anna")
	for as, code := range map[string]int{"bert": 4401, "anna": 0, "ANNA": 0, "": 0} {
		conn, response, err := anna.DialAs("", as, http.Header{"Origin": {anna.Origin()}})
		require.NoError(t, err)
		require.Equal(t, http.StatusSwitchingProtocols, response.StatusCode)
		_, _, err = conn.ReadMessage()
		if code == 0 {
			require.NoError(t, err, as)
		} else {
			require.ErrorContains(t, err, "4401", as)
		}
		require.NoError(t, conn.Close())
	}
}

// postForms are the forms of a page that may change something.
func postForms(a *answer) *goquery.Selection {
	doc := a.Doc()
	return doc.Find(`form[method="post"]`)
}

func TestEveryFormNamesItsUser(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		n := b.Start(t)
		anna, bert, carl := n.SignUp(t, "anna"), n.SignUp(t, "bert"), n.SignUp(t, "carl")
		harness.Connect(t, anna, bert)
		did(t, carl, "/chats/anna/request")
		found := 0
		for _, path := range []string{"/", "/chats/bert", "/chats/carl", "/people/bert", "/profile", "/settings", "/search?q=e"} {
			for _, hx := range []bool{false, true} {
				a := anna.Get(path, hx)
				require.Equal(t, http.StatusOK, a.Status, path)
				require.Equal(t, "anna", a.Header.Get("DChat-As"), path)
				postForms(a).Each(func(_ int, form *goquery.Selection) {
					first := form.Children().First()
					require.Equal(t, "as", first.AttrOr("name", ""), "%s %s", path, form.AttrOr("action", ""))
					require.Equal(t, "anna", first.AttrOr("value", ""), path)
					found++
				})
			}
		}
		require.Greater(t, found, 30)
		socket := anna.Socket(t, "")
		did(t, bert, "/chats/anna/remove")
		socket.AwaitText(t, `name="as" value="anna"`)
		require.NotContains(t, socket.All(), `name="as" value="bert"`)
		for _, path := range []string{"/", "/login", "/signup", "/password/forgot", "/verify"} {
			a := n.Stranger().Get(path, false)
			require.Positive(t, postForms(a).Length(), path)
			require.NotContains(t, a.Body, `name="as"`, path)
			require.Empty(t, a.Header.Get("DChat-As"), path)
		}
	})
}

// This covers forms that no test renders.
func TestEveryTemplateFormNamesItsUser(t *testing.T) {
	sources, err := filepath.Glob("../../views/*.templ")
	require.NoError(t, err)
	require.NotEmpty(t, sources)
	posts := regexp.MustCompile(`<form\b[^>]*method="post"[^>]*>\s*([^\n]*)`)
	for _, source := range sources {
		text, err := os.ReadFile(source)
		require.NoError(t, err)
		for _, found := range posts.FindAllStringSubmatch(string(text), -1) {
			require.Equal(t, "@asField()", found[1], "%s: %s", source, found[0])
		}
	}
}

// Without a script, text typed on the page of the previous user is not shown to the current user.
func TestPageOfPreviousUserWithoutAScript(t *testing.T) {
	n := harness.SQLite(t).Start(t)
	anna, bert, carl := n.SignUp(t, "anna"), n.SignUp(t, "bert"), n.SignUp(t, "carl")
	harness.Connect(t, anna, carl)
	harness.Connect(t, bert, carl)
	page := browse(t, anna, "/chats/carl")
	page.person = &harness.Person{}
	*page.person = *bert
	a := page.press("Send", "Message", "a secret of anna")
	require.Equal(t, http.StatusConflict, a.Status)
	require.NotContains(t, a.Body, "a secret")
	require.True(t, page.has("This page is not yours"), page.text())
	page.open("/chats/carl")
	require.Empty(t, page.messages())
	page.press("Send", "Message", "of bert")
	require.Equal(t, []string{"of bert"}, page.messages())
}
