package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"dchat/test/harness"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
)

// evil is in everything that an attacker writes; each of these tries to be more than text.
const evil = "zqx"

var hostile = []string{
	`zqx<script>alert(1)</script>`,
	`zqx"><img src=x onerror=alert(1)>`,
	`zqx' onmouseover='alert(1)' x='`,
	`zqx</p></article><hx-partial hx-target="body" hx-swap="innerHTML">gone</hx-partial>`,
	`zqx<div hx-get="/logout" hx-trigger="load" style="position:fixed"></div>`,
	`javascript:zqx() data:text/html,zqx vbscript:zqx file:///zqx`,
	`https://zqx.example/"onclick="x https://zqx.example/<script> http://a@zqx.example`,
	`mailto:zqx@example.org JAVASCRIPT://zqx.example/%0aalert(1) java` + "\t" + `script:zqx`,
	"zqx\u202egnp.exe\u2066 \u200f \u202a",
	"zqx&lt;script&gt; &#x3c;script&#x3e; &amp;",
	"zqx]]><!-- --><![CDATA[",
	"{{zqx}} ${zqx} zqx\\u003cscript\\u003e",
	"zqx</textarea></title></template><script>zqx</script>",
	"zqx\u2028\u2029\u0085\v\f",
}

// tame requires that the text of an attacker adds no markup to a document.
func tame(t *testing.T, what, body string) {
	t.Helper()
	require.Contains(t, body, evil, "%s does not show the hostile text", what)
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(body))
	require.NoError(t, err)
	doc.Find("*").Each(func(_ int, s *goquery.Selection) {
		node := s.Get(0)
		for _, a := range node.Attr {
			require.NotRegexp(t, `^(on|style$|srcdoc$)`, a.Key, what)
			switch {
			case a.Key == "hx-get" && strings.Contains(a.Val, evil): // what was searched, as a value of the query
				require.Regexp(t, `^/find\?q=[\w%+.~-]*$`, a.Val, what)
			case strings.HasPrefix(a.Key, "hx-"):
				require.NotContains(t, a.Val, evil, "%s: %s", what, a.Key)
			case a.Key == "href" || a.Key == "action" || a.Key == "src" || a.Key == "formaction":
				inMessage := node.Data == "a" && s.Closest("article.msg").Length() == 1 && !s.HasClass("quote")
				if inMessage {
					require.Regexp(t, `^(https?://|mailto:)`, a.Val, what)
					rel, _ := s.Attr("rel")
					require.Contains(t, rel, "noopener", what)
				} else {
					require.Regexp(t, `^(/([^/\\]|$)|#)`, a.Val, "%s: %s", what, a.Key)
				}
			}
		}
		switch node.Data {
		case "script":
			require.Regexp(t, `^/static/`, s.AttrOr("src", ""), what)
			require.Empty(t, s.Text(), what)
		case "style", "iframe", "object", "embed", "base", "img", "frame":
			require.Fail(t, "an element that is not ours", "%s: %s", what, node.Data)
		}
	})
	isolated(t, what, doc)
}

// isolated requires that text which may turn the direction of reading does so in its own element only.
// (Titles and notices are sentences without elements.)
func isolated(t *testing.T, what string, doc *goquery.Document) {
	t.Helper()
	var walk func(n *html.Node, apart bool)
	walk = func(n *html.Node, apart bool) {
		if n.Type == html.TextNode && strings.ContainsRune(n.Data, '\u202e') {
			require.True(t, apart, "%s: %q stands in a sentence of ours", what, n.Data)
		}
		if n.Type == html.ElementNode {
			if n.Data == "title" || n.Data == "textarea" {
				return
			}
			apart = apart || n.Data == "bdi"
			for _, a := range n.Attr {
				apart = apart || a.Key == "dir" && a.Val == "auto" || a.Key == "hx-target" && a.Val == "#notice"
			}
		}
		for child := n.FirstChild; child != nil; child = child.NextSibling {
			walk(child, apart)
		}
	}
	walk(doc.Get(0), false)
}

func TestHostileTextStaysText(t *testing.T) {
	b := harness.SQLite(t)
	n, database := b.Start(t), b.Open(t)
	crowd := n.Crowd(t, 2*len(hostile)+2, 0)
	for i, text := range hostile {
		anna, mallory := crowd[2*i], crowd[2*i+1]
		exec(t, database, "UPDATE users SET display_name = ? WHERE username = ?", text, mallory.Username)
		socket := anna.Socket(t, "")
		wrote(t, mallory, anna.Username, text)
		socket.AwaitText(t, "<article")

		tame(t, "the frame", socket.All())
		pane := "/chats/" + mallory.Username
		for _, path := range []string{"/", pane, "/people/" + mallory.Username, "/search?q=" + mallory.Username, "/search?q=" + url.QueryEscape(text)} {
			tame(t, path, anna.Get(path, false).Body)
			if path != "/" {
				tame(t, path, anna.Get(path, true).Body)
			}
		}
		tame(t, "history", anna.Get(pane+"/messages?before=9", true).Body)
		tame(t, "what is new", anna.Get(pane+"/messages?since=0", true).Body)
		tame(t, "the answer to a message", write(anna, mallory.Username, text).Body)
		tameActions(t, anna, mallory.Username, text, messageOf(t, database, anna.Username, mallory.Username))
		for _, verb := range []string{"read", "cancel", "remove", "messages", "request", "block", "request", "unblock"} {
			a := anna.Post(pane+"/"+verb, url.Values{"body": {text}, "seq": {"1"}}, true)
			if strings.Contains(a.Body, evil) {
				tame(t, verb, a.Body)
			}
		}
		did(t, mallory, "/chats/"+crowd[len(crowd)-1].Username+"/request")
		tame(t, "a request", crowd[len(crowd)-1].Get("/", false).Body)
	}
	for _, text := range hostile {
		stranger := n.Stranger()
		tame(t, "sign-up", stranger.Post("/signup", url.Values{"username": {text}, "email": {text}, "password": {text}}, false).Body)
		tame(t, "sign-in", stranger.Post("/login", url.Values{"login": {text}, "password": {text}, "next": {"/" + text}}, false).Body)
	}
}

// tameActions looks at all that shows a hostile message after it was sent.
func tameActions(t *testing.T, anna *person, mallory, text string, message int) {
	t.Helper()
	pane := "/chats/" + mallory
	path := fmt.Sprint(pane, "/messages/", message)
	tame(t, "the page of a message", anna.Get(path, false).Body)
	tame(t, "the composer of a reply", anna.Get(fmt.Sprint(pane, "?reply=", message), false).Body)
	tame(t, "a reply", anna.Post(pane+"/messages", url.Values{"body": {text}, "reply": {fmt.Sprint(message)}}, true).Body)
	tame(t, "a reaction", anna.Post(path+"/react", url.Values{"emoji": {"👍"}}, true).Body)
	tame(t, "a saved message", anna.Post(path+"/save", url.Values{"saved": {"on"}}, true).Body)
	tame(t, "the list of saved messages", anna.Get("/saved", false).Body)
	tame(t, "a log with all of this", anna.Get(pane+"?at=1", false).Body)
	for verb, field := range map[string]string{"react": "emoji", "forward": "to", "edit": "body", "save": "saved"} {
		for _, hx := range []bool{true, false} {
			a := anna.Post(path+"/"+verb, url.Values{field: {text}}, hx)
			if strings.Contains(a.Body, evil) {
				tame(t, verb, a.Body)
			}
		}
	}
}

// Invalid text gets an error message in every field.
func TestInvalidTextIsRefused(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		n := b.Start(t)
		crowd := n.Crowd(t, 2, 2)
		anna, bert := crowd[0], crowd[1]
		database := b.Open(t)
		users, messages := count(t, database, "SELECT count(*) FROM users"), count(t, database, "SELECT count(*) FROM messages")
		pane := "/chats/" + bert.Username
		for name, text := range map[string]string{
			"NUL": "ab\x00cdef", "bad UTF-8": "ab\xff\xfe\xc3\x28", "a surrogate": "ab\xed\xa0\x80cd", "half a letter": "abcd\xf0\x9f\x98", "only NUL": "\x00",
		} {
			escaped := url.QueryEscape(text)
			email := text + "@example.org"
			for what, a := range map[string]*answer{
				"sign-up, username": n.Stranger().Post("/signup", url.Values{"username": {text}, "email": {"new@example.org"}, "password": {harness.Password}}, false),
				"sign-up, email":    n.Stranger().Post("/signup", url.Values{"username": {"newcomer"}, "email": {email}, "password": {harness.Password}}, false),
				"sign-up, password": n.Stranger().Post("/signup", url.Values{"username": {"newcomer"}, "email": {"new@example.org"}, "password": {"longer " + text}}, false),
				"sign-in, login":    n.Stranger().Post("/login", url.Values{"login": {text}, "password": {harness.Password}}, false),
				"sign-in, password": n.Stranger().Post("/login", url.Values{"login": {anna.Username}, "password": {text}}, false),
				"body":              anna.Post(pane+"/messages", url.Values{"body": {text}}, true),
				"body, no script":   anna.Post(pane+"/messages", url.Values{"body": {text}}, false),
				"key":               anna.Post(pane+"/messages", url.Values{"body": {"hello"}, "key": {text}}, true),
			} {
				require.Equal(t, http.StatusUnprocessableEntity, a.Status, "%s in %s: %s", name, what, a.Body)
			}
			for what, a := range map[string]*answer{
				"search": anna.Get("/search?q="+escaped, true), "search, no script": anna.Get("/search?q="+escaped, false),
				"seq": anna.Post(pane+"/read", url.Values{"seq": {text}}, true), "path": anna.Get("/chats/"+url.PathEscape(text), false),
				"person": anna.Get("/people/"+url.PathEscape(text), true), "before": anna.Get(pane+"?before="+escaped, false),
				"older": anna.Get(pane+"/messages?before="+escaped, true), "since": anna.Get(pane+"/messages?since="+escaped, true),
				"next": n.Stranger().Get("/login?next="+escaped, false), "static": anna.Get("/static/"+url.PathEscape(text), false),
			} {
				require.Less(t, a.Status, 500, "%s in %s", name, what)
			}
			odd, err := anna.Do(http.MethodGet, "/", http.Header{"Cookie": {"tz=" + escaped + "; dchat=" + escaped}, "User-Agent": {"ab\xff"}, "Referer": {n.URL + "/" + escaped}}, nil)
			require.NoError(t, err)
			require.Less(t, odd.Status, 500)
			require.True(t, anna.Socket(t, text).Open(), "an invalid cursor counts as no cursor")
		}
		require.Equal(t, users, count(t, database, "SELECT count(*) FROM users"))
		require.Equal(t, messages, count(t, database, "SELECT count(*) FROM messages"))
		require.True(t, signedIn(t, n.SignIn(t, anna.Username)), "the premise: the password was right")
		require.Equal(t, http.StatusOK, anna.Post(pane+"/messages", url.Values{"body": {"hello"}, "key": {uuid.NewString()}}, true).Status)
	})
}

// A search for wildcards finds users with them in their name, not every user.
func TestSearchHasNoWildcards(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		n := b.Start(t)
		anna := n.SignUp(t, "anna")
		n.SignUp(t, "under_score")
		n.SignUp(t, "underXscore")
		found := func(q string) int {
			return anna.Get("/search?q="+url.QueryEscape(q), true).Doc().Find(".result").Length()
		}
		require.Equal(t, 2, found("under"))
		require.Equal(t, 1, found("under_score"))
		for _, q := range []string{"%", "_", "%%%", "u%e", "____", `\`, "!", "'; DROP TABLE users; --", "unders!"} {
			require.Zero(t, found(q), q)
		}
	})
}
