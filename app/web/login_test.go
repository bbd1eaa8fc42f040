package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

// fieldError is the sentence that a screen reader connects with a field, "" if it is not marked wrong.
func fieldError(a *answer, name string) string {
	input := a.Doc().Find(`input[name="` + name + `"]`)
	if input.AttrOr("aria-invalid", "") != "true" {
		return ""
	}
	return strings.TrimSpace(a.Doc().Find("#" + input.AttrOr("aria-describedby", "none")).Text())
}

func TestSignUpForm(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		n := b.Start(t)
		n.SignUp(t, "Taken.Name")
		database := b.Open(t)
		type form struct{ username, email, password string }
		good := form{"newcomer", "new@example.org", harness.Password}
		for _, c := range []struct {
			what, field, sentence string
			change                func(*form)
		}{
			{"too short", "username", "at least 4", func(f *form) { f.username = "abc" }},
			{"too long", "username", "at most 50", func(f *form) { f.username = strings.Repeat("a", 51) }},
			{"no name", "username", "at least 4", func(f *form) { f.username = "" }},
			{"a space", "username", "letters A to Z", func(f *form) { f.username = "new comer" }},
			{"an umlaut", "username", "letters A to Z", func(f *form) { f.username = "newcömer" }},
			{"a slash", "username", "letters A to Z", func(f *form) { f.username = "new/comer" }},
			{"an at", "username", "letters A to Z", func(f *form) { f.username = "new@comer" }},
			{"digits of another script", "username", "letters A to Z", func(f *form) { f.username = "new١٢٣" }},
			{"a letter that only looks like k", "username", "letters A to Z", func(f *form) { f.username = "ta\u212aen.name" }},
			{"taken", "username", "taken", func(f *form) { f.username = "Taken.Name" }},
			{"taken but for case", "username", "taken", func(f *form) { f.username = "tAKEN.nAME" }},
			{"taken but for spaces", "username", "taken", func(f *form) { f.username = " Taken.Name " }},
			{"no address", "email", "email address", func(f *form) { f.email = "" }},
			{"half an address", "email", "email address", func(f *form) { f.email = "new@" }},
			{"no domain", "email", "email address", func(f *form) { f.email = "new@example" }},
			{"two addresses", "email", "email address", func(f *form) { f.email = "a@example.org, b@example.org" }},
			{"a name with it", "email", "email address", func(f *form) { f.email = "New <new@example.org>" }},
			{"a header in it", "email", "email address", func(f *form) { f.email = "new@example.org\r\nBcc: all@example.org" }},
			{"taken but for case", "email", "account with this address", func(f *form) { f.email = "TAKEN.name@EXAMPLE.org" }},
			{"too short", "password", "at least 8", func(f *form) { f.password = "q8!vT2x" }},
			{"too long", "password", "at most 128", func(f *form) { f.password = strings.Repeat("q8!vT2x ", 17) }},
			{"common", "password", "most common", func(f *form) { f.password = "Password1" }},
			{"digits", "password", "more than digits", func(f *form) { f.password = "8204719355" }},
			{"like the username", "password", "similar to the username", func(f *form) { f.password = "newcomer9" }},
			{"like the address", "password", "similar to the email", func(f *form) { f.email, f.password = "lighthouse@example.org", "Lighthouse7" }},
		} {
			f := good
			c.change(&f)
			a := n.Stranger().Post("/signup", url.Values{"username": {f.username}, "email": {f.email}, "password": {f.password}}, false)
			require.Equal(t, http.StatusUnprocessableEntity, a.Status, "%s, %s", c.field, c.what)
			require.Contains(t, fieldError(a, c.field), c.sentence, "%s, %s", c.field, c.what)
			for _, other := range []string{"username", "email", "password"} {
				if other != c.field {
					require.Empty(t, fieldError(a, other), "%s, %s", c.field, c.what)
				}
			}
			require.Equal(t, f.username, a.Doc().Find("[name=username]").AttrOr("value", ""), "what was typed")
			require.Equal(t, strings.NewReplacer("\r", "", "\n", "").Replace(f.email), strings.NewReplacer("\r", "", "\n", "").Replace(a.Doc().Find("[name=email]").AttrOr("value", "")))
			require.NotContains(t, a.Body, f.password, "the password comes back")
			require.Empty(t, a.Header.Get("Set-Cookie"))
			require.Equal(t, 1, count(t, database, "SELECT count(*) FROM users"), "%s, %s", c.field, c.what)
		}
		a := n.Stranger().Post("/signup", nil, false)
		for _, field := range []string{"username", "email", "password"} {
			require.NotEmpty(t, fieldError(a, field), "all that is wrong is said at once")
		}
		for i, username := range []string{"abcd", strings.Repeat("z", 50), "A.b-c_9", "...a"} {
			a := n.Stranger().Post("/signup", url.Values{"username": {username}, "email": {fmt.Sprint(i, "@example.org")}, "password": {harness.Password}}, false)
			require.Equal(t, http.StatusSeeOther, a.Status, "%s: %s", username, a.Body)
		}
		a = n.Stranger().Post("/signup", url.Values{"username": {"long-password"}, "email": {"long@example.org"}, "password": {strings.Repeat("ü8!vT2x ", 16)}}, false)
		require.Equal(t, http.StatusSeeOther, a.Status, "128 characters: %s", a.Body)
	})
}

// Of two sign-ups at the same moment one gets the name.
func TestConcurrentSignUpsWithOneName(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		n := b.Start(t)
		answers := make(chan *answer)
		for _, username := range []string{"anna", "Anna", "aNNa", "ANNA"} {
			go func() {
				answers <- n.Stranger().Post("/signup", url.Values{"username": {username}, "email": {username + "x@" + username + ".example"}, "password": {harness.Password}}, false)
			}()
		}
		got := map[int]int{}
		for range 4 {
			a := <-answers
			got[a.Status]++
		}
		require.Equal(t, map[int]int{http.StatusSeeOther: 1, http.StatusUnprocessableEntity: 3}, got)
		require.Equal(t, 1, count(t, b.Open(t), "SELECT count(*) FROM users"))
	})
}

func TestSignInForm(t *testing.T) {
	n := harness.SQLite(t).Start(t)
	n.SignUp(t, "Anna")
	try := func(login, password string) *answer {
		return n.Stranger().Post("/login", url.Values{"login": {login}, "password": {password}}, false)
	}
	for _, login := range []string{"Anna", "anna", "ANNA", " anna ", "Anna@example.org", "aNNa@EXAMPLE.ORG"} {
		require.Equal(t, http.StatusSeeOther, try(login, harness.Password).Status, login)
	}
	var said []string
	for _, c := range [][2]string{
		{"anna", "four quiet lantern"},
		{"nobody", harness.Password},
		{"nobody@example.org", harness.Password},
		{"anna", ""},
		{"", harness.Password},
		{"", ""},
		{"anna", strings.ToUpper(harness.Password)},
		{"anna", " " + harness.Password},
		{"anna%", harness.Password},
		{"anna", strings.Repeat("x", 10_000)},
	} {
		a := try(c[0], c[1])
		require.Equal(t, http.StatusUnprocessableEntity, a.Status, c)
		require.Equal(t, c[0], a.Doc().Find("[name=login]").AttrOr("value", ""))
		if c[1] != "" {
			require.NotContains(t, a.Body, c[1])
		}
		require.Empty(t, a.Header.Get("Set-Cookie"))
		said = append(said, a.Doc().Find("[role=alert]").Text())
	}
	for _, sentence := range said {
		require.Equal(t, "This name and this password do not belong together.", strings.TrimSpace(sentence), "a wrong name and a wrong password have different messages")
	}
}

// landsOn is where a browser goes from the sign-in page of a node: it drops tabs and line breaks
// from addresses, takes a backslash for a slash, and three slashes for two.
func landsOn(t *testing.T, n *harness.Node, location string) *url.URL {
	t.Helper()
	base, err := url.Parse(n.URL + "/login")
	require.NoError(t, err)
	address := strings.NewReplacer("\t", "", "\n", "", "\r", "", `\`, "/").Replace(strings.TrimLeft(location, " \x00\x1f"))
	if strings.HasPrefix(address, "//") {
		address = "//" + strings.TrimLeft(address, "/")
	}
	u, err := base.Parse(address)
	require.NoError(t, err, location)
	return u
}

func TestNextStaysOnThisSite(t *testing.T) {
	n := harness.SQLite(t).Start(t)
	n.SignUp(t, "anna")
	form := func(next string) url.Values {
		return url.Values{"login": {"anna"}, "password": {harness.Password}, "next": {next}}
	}
	for _, next := range []string{
		"https://evil.example/", "//evil.example", "///evil.example", `/\evil.example`, `\\evil.example`, `/\/evil.example`, "/\t/evil.example", "/\n/evil.example",
		"\t//evil.example", " //evil.example", "javascript:alert(1)", "data:text/html,x", "https:evil.example", "http:///evil.example", "evil.example", "@evil.example",
		"/\r\nSet-Cookie: dchat=x", "\x00//evil.example", "/%0d%0aX: y", "?x", "", "/a\x00b", "%2f%2fevil.example",
	} {
		page := n.Stranger().Get("/login?next="+url.QueryEscape(next), false)
		require.Equal(t, http.StatusOK, page.Status, "%q", next)
		hidden := page.Doc().Find("[name=next]").AttrOr("value", "")
		for _, a := range []*answer{n.Stranger().Post("/login", form(next), false), n.Stranger().Post("/login", form(hidden), false)} {
			require.Equal(t, http.StatusSeeOther, a.Status, "%q", next)
			to := landsOn(t, n, a.Header.Get("Location"))
			require.Equal(t, n.URL, to.Scheme+"://"+to.Host, "%q led to %s", next, a.Header.Get("Location"))
			require.Len(t, a.Header.Values("Set-Cookie"), 2, "the session, and that the browser is known")
		}
	}
	a := n.Stranger().Post("/login", form("/chats/bert?before=7"), false)
	require.Equal(t, "/chats/bert?before=7", a.Header.Get("Location"), "the premise")
	require.Equal(t, "/chats/bert", n.Stranger().Get("/login?next=%2Fchats%2Fbert", false).Doc().Find("[name=next]").AttrOr("value", ""))
}
