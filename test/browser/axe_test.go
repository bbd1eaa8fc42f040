package browser

import (
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"dchat/test/harness"

	"github.com/chromedp/cdproto/emulation"
	"github.com/stretchr/testify/require"
)

// axePath is the path of the accessibility checker in node_modules.
const axePath = "../../node_modules/axe-core/axe.min.js"

// violation is a finding of axe.
type violation struct {
	ID, Impact, Help string
	Where            []string
}

func axeScript(t *testing.T) string {
	t.Helper()
	script, err := os.ReadFile(axePath)
	if err != nil && os.Getenv("CI") != "true" && os.Getenv("DCHAT_TEST_ALL") == "" {
		t.Skip("axe-core is not installed: npm ci")
	}
	require.NoError(t, err)
	return string(script)
}

func (p *Page) axe(script string) []violation {
	p.t.Helper()
	require.NoError(p.t, p.evaluate(nil, `() => { `+script+` }`))
	return ask[[]violation](p, `async () => {
    const { violations } = await axe.run(document, { resultTypes: ['violations'] })
    return violations.map(v => ({ ID: v.id, Impact: v.impact, Help: v.help, Where: v.nodes.map(n => n.html.slice(0, 200) + ' ' + n.failureSummary) }))
  }`)
}

func TestAxe(t *testing.T) {
	t.Parallel()
	script := axeScript(t)
	s := harness.SQLite(t).Start(t)
	anna, bert, _ := trio(t, &s.Server)
	dora := s.SignUp(t, "dora")
	require.Less(t, dora.Post("/chats/anna/request", nil, false).Status, 400)
	require.Less(t, anna.Post("/chats/carl/block", nil, false).Status, 400)
	for _, text := range numbered("Something with https://example.org/%d in it", 3) {
		postMessage(t, bert, anna, text)
		postMessage(t, anna, bert, text)
	}
	postMessage(t, bert, anna, strings.Repeat("A long poem,\n", 60)+"to its end.")
	postMessage(t, anna, bert, strings.Repeat("שיר ארוך מאוד\n", 60))
	postMessage(t, bert, anna, "Z"+strings.Repeat("\u0301", 30)+" \u202egpj.exe")
	for _, text := range formatted {
		postMessage(t, bert, anna, text[0])
		postMessage(t, anna, bert, text[0])
	}
	message := live(t, anna, bert)
	for _, act := range [][2]string{{"mute", "for=always"}, {"pin", "pin=on"}} {
		form, err := url.ParseQuery(act[1])
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, anna.Post("/chats/bert/"+act[0], form, true).Status)
	}
	enter(t, bert, s.URL, "/chats/anna").AwaitLive()
	postMessage(t, bert, anna, "unread")
	for _, scheme := range []string{"light", "dark"} {
		outside, p := open(t, "nobody", s.URL), open(t, "anna", s.URL)
		p.become(anna)
		for _, page := range []*Page{outside, p} {
			page.do(emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{
				{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
			}))
			page.Excuse("404 (Not Found)")
		}
		look := func(p *Page, where string) {
			for _, v := range p.axe(script) {
				t.Errorf("%s, %s: %s (%s) %s\n%s", where, scheme, v.ID, v.Impact, v.Help, strings.Join(v.Where, "\n"))
			}
		}
		check := func(p *Page, path string) {
			p.Go(path)
			look(p, path)
		}
		outside.Go("/")
		require.NoError(t, outside.evaluate(nil, `() => { document.body.append(document.createElement('button')) }`))
		require.True(t, slices.ContainsFunc(outside.axe(script), func(v violation) bool { return v.ID == "button-name" }), "axe works")
		for _, path := range []string{"/", "/login", "/signup"} {
			check(outside, path)
		}
		for _, path := range []string{"/", "/chats/bert", "/chats/carl", "/chats/dora", "/people/bert", "/profile", "/settings", "/search?q=b", "/search?q=nobody", "/find?q=something", "/find?q=absent&in=bert", "/chats/nobody", "/saved", "/chats/bert/messages/" + message, "/chats/bert?at=3"} {
			check(p, path)
		}
		p.Go("/chats/bert")
		p.awaitPresence("online")
		p.Offline(true)
		p.Send("unsent")
		p.awaitState("failed", 1)
		p.Click("#pane", "button", "More")
		p.Find("#menu", "button", "Block")
		look(p, "a failed message and an open menu")
		p.Click("#pane", "button", "Discard")
		p.Offline(false)
		p.do(emulation.SetDeviceMetricsOverride(390, 844, 2, true))
		for _, path := range []string{"/", "/chats/bert", "/profile", "/settings", "/find?q=something", "/saved", "/chats/bert/messages/" + message} {
			check(p, path)
		}
	}
}

// live lets everything happen to one message of a conversation. It returns its id.
func live(t *testing.T, anna, bert *harness.Person) string {
	t.Helper()
	row := anna.Get("/chats/bert", true).Doc().Find("article[data-key]").First()
	id := strings.TrimPrefix(row.AttrOr("id", ""), "message-")
	for _, act := range []struct {
		who, other *harness.Person
		verb       string
		form       url.Values
	}{
		{anna, bert, "messages/" + id + "/edit", url.Values{"body": {"edited"}}},
		{anna, bert, "messages/" + id + "/save", url.Values{"saved": {"on"}}},
		{anna, bert, "messages/" + id + "/react", url.Values{"emoji": {"👍"}}},
		{bert, anna, "messages/" + id + "/react", url.Values{"emoji": {"🎉"}}},
		{bert, anna, "messages", url.Values{"body": {"an answer"}, "reply": {id}}},
		{anna, bert, "timer", url.Values{"after": {"1w"}}},
	} {
		a := act.who.Post("/chats/"+act.other.Username+"/"+act.verb, act.form, true)
		require.Equal(t, http.StatusOK, a.Status, a.Body)
	}
	return id
}
