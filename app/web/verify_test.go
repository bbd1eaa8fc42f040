package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"dchat/app/config"
	"dchat/db"
	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

// required is the setting under which addresses have to be confirmed.
func required(c *config.Config) { c.EmailVerification = "required" }

func address(username string) string { return username + "@example.org" }

// enlist fills in the sign-up form of a user with an unverified address.
func enlist(t *testing.T, n *harness.Node, username string) *answer {
	t.Helper()
	p := n.Stranger()
	a := p.Post("/signup", url.Values{"username": {username}, "email": {address(username)}, "password": {harness.Password}}, false)
	require.Equal(t, http.StatusSeeOther, a.Status, a.Body)
	require.Empty(t, p.Jar.Get("dchat"), "the session comes by the link")
	return a
}

// chosen is the form of the page of the email in a browser that has not signed up.
var chosen = url.Values{"password": {harness.Password}}

// join is enlist and the button of the email.
func join(t *testing.T, n *harness.Node, username string) *person {
	t.Helper()
	enlist(t, n, username)
	p := n.Stranger()
	p.Username = username
	a := p.Post(n.Email(t, address(username), "confirm").Path(t, "/verify/"), chosen, false)
	require.Equal(t, http.StatusSeeOther, a.Status, a.Body)
	require.True(t, signedIn(t, p))
	return p
}

func confirmed(t *testing.T, database *db.DB, username string) bool {
	t.Helper()
	return count(t, database, "SELECT count(*) FROM users WHERE username = ? AND verified_at IS NOT NULL", username) == 1
}

// atOnce posts to a path from two browsers at the same moment and returns how often each status came.
func atOnce(path string, form url.Values, browsers ...*person) map[int]int {
	var mu sync.Mutex
	var all sync.WaitGroup
	got := map[int]int{}
	start := make(chan struct{})
	for _, p := range browsers {
		all.Go(func() {
			<-start
			a := p.Post(path, form, false)
			mu.Lock()
			got[a.Status]++
			mu.Unlock()
		})
	}
	close(start)
	all.Wait()
	return got
}

func TestSignUpByEmail(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		n := b.Start(t, required)
		database := b.Open(t)
		page := browse(t, n.Stranger(), "/signup")
		a := page.press("Sign up", "Email", "Anna@Example.org", "Username", "anna", "Password", harness.Password)
		require.Equal(t, http.StatusSeeOther, a.Status)
		require.Equal(t, "/verify?sent", page.path)
		require.Empty(t, page.Jar.Get("dchat"))
		require.True(t, page.has("Check your mail"), page.text())
		require.False(t, page.has("example.org"), "the page cannot know an address")

		email := n.Email(t, "anna@example.org", "confirm")
		require.Contains(t, email.HTML, email.Links[0])
		path := email.Path(t, "/verify/")
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodGet} { // as programs that look for viruses do
			scan, err := n.Stranger().Do(method, path, nil, nil)
			require.NoError(t, err)
			require.Equal(t, http.StatusOK, scan.Status)
			require.Equal(t, "no-store", scan.Header.Get("Cache-Control"))
			require.Empty(t, scan.Header.Get("Set-Cookie"))
		}
		require.False(t, confirmed(t, database, "anna"), "opening the link has changed something")

		page.open(path)
		require.True(t, page.has("Anna@example.org"), page.text())
		require.Equal(t, http.StatusSeeOther, page.press("Confirm address").Status)
		require.Equal(t, "/", page.path)
		require.True(t, signedIn(t, page.person))
		require.True(t, confirmed(t, database, "anna"))

		for _, p := range []*person{n.Stranger(), page.person} {
			for _, a := range []*answer{p.Get(path, false), p.Post(path, nil, false)} {
				require.Equal(t, http.StatusNotFound, a.Status)
				require.Contains(t, a.Doc().Find("main").Text(), "confirmed already")
				require.Positive(t, a.Doc().Find("main a.primary").Length(), "there is a way on")
			}
		}
		require.Equal(t, 1, count(t, database, "SELECT count(*) FROM sessions"))
	})
}

func TestTwoClicksOnOneLink(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		n := b.Start(t, required)
		database := b.Open(t)
		for i := range 20 {
			enlist(t, n, fmt.Sprint("anna", i))
		}
		for i := range 20 {
			path := n.Email(t, address(fmt.Sprint("anna", i)), "confirm").Path(t, "/verify/")
			require.Equal(t, map[int]int{http.StatusSeeOther: 1, http.StatusNotFound: 1}, atOnce(path, chosen, n.Stranger(), n.Stranger()))
			require.Equal(t, i+1, count(t, database, "SELECT count(*) FROM sessions"), "one click, one session")
		}
	})
}

// A sign-in with an unverified address leads to the waiting page; the link still works afterwards.
func TestVerifyLinkWorksAfterSignIn(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		n := b.Start(t, required)
		enlist(t, n, "anna")
		page := browse(t, n.Stranger(), "/login")
		page.press("Sign in", "Email or username", "anna", "Password", harness.Password)
		require.Equal(t, "/verify", page.path)
		require.True(t, page.has(address("anna")), page.text())
		require.Equal(t, "/", page.doc.Find("a:contains('Continue')").AttrOr("href", ""))
		for _, path := range []string{"/", "/settings", "/search?q=a", "/people/anna"} {
			page.open(path)
			require.Equal(t, "/verify", page.path)
		}
		before := page.Jar.Get("dchat")
		waits := n.SignIn(t, "anna") // another browser
		a := waits.Get("/verify", true)
		require.Equal(t, http.StatusNoContent, a.Status)
		require.Empty(t, a.Header.Get("HX-Redirect"))

		page.open(n.Email(t, address("anna"), "confirm").Path(t, "/verify/"))
		require.Equal(t, http.StatusSeeOther, page.press("Confirm address").Status)
		require.Equal(t, "/", page.path)
		require.True(t, signedIn(t, page.person))
		require.NotEqual(t, before, page.Jar.Get("dchat"), "what was worth less is worth nothing now")
		old := n.Stranger()
		old.Jar.Set("dchat", before)
		require.False(t, signedIn(t, old))

		require.Equal(t, "/", waits.Get("/verify", true).Header.Get("HX-Redirect"), "the page that waits goes on")
		require.Equal(t, "/", waits.Get("/verify", false).Header.Get("Location"))
		require.True(t, signedIn(t, waits))
	})
}

func TestVerifyLinkInBrowserOfAnotherUser(t *testing.T) {
	b := harness.SQLite(t)
	n := b.Start(t, required)
	database := b.Open(t)
	bert := join(t, n, "bert")
	enlist(t, n, "anna")
	page := browse(t, bert, n.Email(t, address("anna"), "confirm").Path(t, "/verify/"))
	require.Equal(t, http.StatusSeeOther, page.press("Confirm address", "Password", harness.Password).Status)
	require.True(t, confirmed(t, database, "anna"))
	require.True(t, page.has("signed in as @bert"), page.text())
	require.Contains(t, bert.Get("/profile", false).Body, "@bert", "the browser is still bert's")
	n.SignIn(t, "anna")
}

// The email is also sent where verification is off.
func TestVerifyEmailWhenVerificationIsOff(t *testing.T) {
	b := harness.SQLite(t)
	n := b.Start(t, func(c *config.Config) { c.EmailVerification = "off" })
	database := b.Open(t)
	anna := n.SignUp(t, "anna")
	require.True(t, signedIn(t, anna))
	require.Equal(t, "/settings", anna.Get("/verify", false).Header.Get("Location"))
	path := n.Email(t, address("anna"), "confirm").Path(t, "/verify/")
	require.Equal(t, "/", anna.Post(path, nil, false).Header.Get("Location"))
	require.True(t, confirmed(t, database, "anna"))
	require.True(t, signedIn(t, anna))
}

func TestVerifyEmailIsSentAgain(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		n := b.Start(t, required)
		enlist(t, n, "anna")
		first := n.Email(t, address("anna"), "confirm").Path(t, "/verify/")
		page := browse(t, n.Stranger(), "/verify?sent")
		require.Equal(t, http.StatusUnprocessableEntity, page.press("Send again", "Email", "anna@example").Status)
		require.Equal(t, "anna@example", page.doc.Find("[name=email]").AttrOr("value", ""))
		require.Equal(t, http.StatusSeeOther, page.press("Send again", "Email", " ANNA@example.org ").Status)
		require.True(t, page.has("another email is on its way"), page.text())
		second := n.Email(t, address("anna"), "confirm").Path(t, "/verify/")

		anna := n.SignIn(t, "anna")
		page = browse(t, anna, "/verify")
		require.Equal(t, http.StatusSeeOther, page.press("Send again").Status)
		require.True(t, page.has("Another email is on its way"), page.text())
		third := n.Email(t, address("anna"), "confirm").Path(t, "/verify/")

		require.Equal(t, http.StatusSeeOther, anna.Post(second, nil, false).Status)
		for _, path := range []string{first, second, third} {
			require.Equal(t, http.StatusNotFound, n.Stranger().Post(path, nil, false).Status)
		}
		page.press("Send again")
		require.Equal(t, "/", page.path, "there is nothing left to send")
	})
}

// A mistyped address can be changed, and its link stops working.
func TestMistypedAddressCanBeChanged(t *testing.T) {
	n := harness.SQLite(t).Start(t, required)
	enlist(t, n, "anna")
	old := n.Email(t, address("anna"), "confirm").Path(t, "/verify/")
	page := browse(t, n.SignIn(t, "anna"), "/verify")
	page.press("Change address", "Email", "anna@example.com", "Password", "not mine")
	require.True(t, page.has("not your password"), page.text())
	require.Equal(t, "anna@example.com", page.doc.Find("details[open] [name=email]").AttrOr("value", ""), "what was typed stays, where one sees it")
	page.press("Change address", "Email", "anna@example.com", "Password", harness.Password)
	require.Equal(t, "/verify", page.path)
	require.True(t, page.has("anna@example.com"), page.text())
	page.open(n.Email(t, "anna@example.com", "confirm").Path(t, "/email/confirm/"))
	require.Equal(t, http.StatusSeeOther, page.press("Confirm address").Status)
	require.Equal(t, "/", page.path)
	require.True(t, signedIn(t, page.person))
	require.Equal(t, http.StatusNotFound, n.Stranger().Post(old, nil, false).Status)
}

// The waiting page does not redirect while signed out.
func TestVerifyPageSignedOut(t *testing.T) {
	n := harness.SQLite(t).Start(t, required)
	a := n.Stranger().Get("/verify", true)
	require.Equal(t, http.StatusNoContent, a.Status)
	require.Empty(t, a.Header.Get("HX-Redirect"))
	require.Equal(t, http.StatusOK, n.Stranger().Get("/verify", false).Status)
	require.Equal(t, "every 3s, visibilitychange from:document", n.Stranger().Get("/verify", false).Doc().Find("[hx-get='/verify']").AttrOr("hx-trigger", ""))
}

func TestInvalidLinks(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		n := b.Start(t, required)
		database := b.Open(t)
		join(t, n, "bert")
		enlist(t, n, "anna")
		verify := strings.TrimPrefix(n.Email(t, address("anna"), "confirm").Path(t, "/verify/"), "/verify/")
		require.Equal(t, http.StatusSeeOther, n.Stranger().Post("/password/forgot", url.Values{"email": {address("bert")}}, false).Status)
		reset := strings.TrimPrefix(n.Email(t, address("bert"), "password").Path(t, "/password/reset/"), "/password/reset/")

		anna := count(t, database, "SELECT id FROM users WHERE username = 'anna'")
		bert := count(t, database, "SELECT id FROM users WHERE username = 'bert'")
		own := forge(t, "verify", anna, time.Now().Add(time.Hour), address("anna"))
		require.Equal(t, http.StatusOK, n.Stranger().Get("/verify/"+own, false).Status, "the premise: this test knows how links are made")

		bad := map[string]string{
			"nonsense":            "nonsense",
			"not even base64":     "%21%21%21",
			"cut":                 verify[:len(verify)-4],
			"longer":              verify + "AAAA",
			"too long to read":    strings.Repeat("A", 4000),
			"expired":             forge(t, "verify", anna, time.Now().Add(-time.Second), address("anna")),
			"of no user":          forge(t, "verify", 1<<40, time.Now().Add(time.Hour), address("anna")),
			"of an old address":   forge(t, "verify", anna, time.Now().Add(time.Hour), "anne@example.org"),
			"of another user":     forge(t, "verify", bert, time.Now().Add(time.Hour), address("anna")),
			"for a reset":         reset,
			"for another address": forge(t, "email", anna, time.Now().Add(time.Hour), "", address("anna")),
		}
		for i := 0; i < len(verify); i += 5 {
			c := byte('A')
			if verify[i] == c {
				c = 'B'
			}
			bad["tampered at "+string(rune('a'+i/5))] = verify[:i] + string(c) + verify[i+1:]
		}
		for what, token := range bad {
			for _, prefix := range []string{"/verify/", "/email/confirm/", "/password/reset/"} {
				if token == reset && prefix == "/password/reset/" {
					continue
				}
				for _, a := range []*answer{
					n.Stranger().Get(prefix+token, false),
					n.Stranger().Post(prefix+token, url.Values{"password": {"seven quiet lanterns"}}, false),
				} {
					require.Equal(t, http.StatusNotFound, a.Status, "%s %s", prefix, what)
					require.Empty(t, a.Header.Get("Set-Cookie"))
					require.Equal(t, "no-store", a.Header.Get("Cache-Control"))
					require.Positive(t, a.Doc().Find("main a.primary").Length(), "there is a way on")
				}
			}
		}
		require.False(t, confirmed(t, database, "anna"))
		n.SignIn(t, "bert")
		require.Equal(t, http.StatusSeeOther, n.Stranger().Post("/verify/"+verify, chosen, false).Status, "the good one still works")
	})
}
