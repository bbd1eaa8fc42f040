package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"dchat/app/config"
	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

// seen is everything that a response shows.
func seen(a *answer) string {
	header := a.Header.Clone()
	header.Del("Date")
	header.Del("X-Request-Id")
	for i, cookie := range header["Set-Cookie"] { // random, and of the same length for every user
		name, value, _ := strings.Cut(cookie, "=")
		header["Set-Cookie"][i] = fmt.Sprint(name, "=", len(value))
	}
	return fmt.Sprintln(a.Status, header, a.Body)
}

// Requests with an address do not reveal whether it has an account; the email to the address does.
func TestEmailFormsRevealNoAccount(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		n := b.Start(t, required)
		join(t, n, "anna")
		enlist(t, n, "bert")
		n.Email(t, address("bert"), "confirm")
		emails := []string{address("nobody"), address("anna"), address("bert"), "ANNA@EXAMPLE.ORG"}
		for _, hx := range []bool{false, true} {
			var said []string
			for i, email := range emails {
				p := n.Stranger()
				sign := p.Post("/signup", url.Values{"username": {fmt.Sprintf("someone-%d-%t", i, hx)}, "email": {email}, "password": {harness.Password}}, hx)
				require.Equal(t, "/verify?sent", sign.Header.Get("Location"))
				forgot := p.Post("/password/forgot", url.Values{"email": {email}}, hx)
				again := p.Post("/verify", url.Values{"email": {email}}, hx)
				require.Empty(t, p.Jar.Get("dchat"))
				said = append(said, seen(sign)+seen(forgot)+seen(again)+
					seen(p.Get("/verify?sent", false))+seen(p.Get("/verify?sent=again", false))+seen(p.Get("/password/forgot?sent", false)))
				require.NotContains(t, said[i], "@", "an answer names an address")
			}
			for i := range said {
				require.Equal(t, said[0], said[i], emails[i])
			}
		}
		n.Email(t, address("anna"), "account already")
		n.Email(t, address("anna"), "choose a new password")
		n.Email(t, address("nobody"), "confirm")
		for _, email := range n.Emails(t) {
			require.NotContains(t, email.Text, "someone-1", "the email to anna names another account")
		}
		require.Equal(t, 1, count(t, b.Open(t), "SELECT count(*) FROM users WHERE verified_at IS NOT NULL"))
	})
}

// A sign-up with the address of another user reaches only the waiting page.
func TestSignUpWithTakenAddressStaysUnverified(t *testing.T) {
	n := harness.SQLite(t).Start(t, required)
	anna := join(t, n, "anna")
	a := n.Stranger().Post("/signup", url.Values{"username": {"mallory"}, "email": {address("anna")}, "password": {anotherPassword}}, false)
	require.Equal(t, http.StatusSeeOther, a.Status)
	email := n.Email(t, address("anna"), "account already")
	require.NotContains(t, email.Text+email.HTML, "/verify/")
	page := browse(t, n.Stranger(), "/login")
	page.press("Sign in", "Email or username", "mallory", "Password", anotherPassword)
	require.Equal(t, "/verify", page.path)
	page.press("Send again")
	n.Email(t, address("anna"), "account already")
	page.open("/people/anna")
	require.Equal(t, "/verify", page.path)
	own := browse(t, n.Stranger(), "/login")
	own.press("Sign in", "Email or username", address("anna"), "Password", anotherPassword)
	require.Equal(t, "/verify", own.path, "as if the address were unused")
	own.open("/people/anna")
	require.Equal(t, "/verify", own.path)
	require.Equal(t, http.StatusNotFound, anna.Get("/people/mallory", false).Status)
}

func TestEmailsAreLimited(t *testing.T) {
	n := harness.SQLite(t).Start(t, required, limited)
	join(t, n, "anna")
	asks := map[string]func(email string) func(int) *answer{
		"reset": func(email string) func(int) *answer {
			return func(int) *answer { return n.Stranger().Post("/password/forgot", url.Values{"email": {email}}, false) }
		},
		"verify": func(email string) func(int) *answer {
			return func(int) *answer { return n.Stranger().Post("/verify", url.Values{"email": {email}}, false) }
		},
		"signup": func(email string) func(int) *answer {
			return func(i int) *answer {
				username := strings.ReplaceAll(fmt.Sprint(email[:4], "-", i, email[5:7]), "@", "-")
				return n.Stranger().Post("/signup", url.Values{"username": {username}, "email": {email}, "password": {anotherPassword}}, false)
			}
		},
	}
	for what, ask := range asks {
		unknown, known := untilTooFast(t, 20, ask(address("nobody"))), untilTooFast(t, 20, ask(strings.ToUpper(address("anna"))))
		if what == "signup" {
			known++ // anna's own sign-up
		}
		require.Equal(t, unknown, known, "the limit of %s reveals accounts", what)
		require.GreaterOrEqual(t, unknown, 3)
	}
	a := asks["reset"](address("anna"))(0)
	requireTooFast(t, a)
	require.Equal(t, address("anna"), a.Doc().Find("[name=email]").AttrOr("value", ""), "what was typed stays")
	require.LessOrEqual(t, untilTooFast(t, 60, func(i int) *answer {
		return n.Stranger().Post("/password/forgot", url.Values{"email": {fmt.Sprint(i, "@example.org")}}, false)
	}), 30, "emails from one place")

	require.LessOrEqual(t, untilTooFast(t, 150, func(int) *answer { return n.Stranger().Get("/verify/guess", false) }), 100, "links tried from one place")
}

func TestResendPerPerson(t *testing.T) {
	n := harness.SQLite(t).Start(t, required, limited)
	enlist(t, n, "anna")
	anna := n.SignIn(t, "anna")
	sent := untilTooFast(t, 20, func(int) *answer { return anna.Post("/verify", nil, false) })
	require.GreaterOrEqual(t, sent, 3)
	a := n.SignIn(t, "anna").Post("/verify", nil, false)
	requireTooFast(t, a)
	require.Positive(t, a.Doc().Find("main form[action='/verify']").Length(), "the page is still there")
}

// Links in emails use the base URL of the server, not the host of the request.
func TestEmailLinksUseBaseURL(t *testing.T) {
	for name, base := range map[string]string{"unset": "", "set": "https://chat.example.org"} {
		t.Run(name, func(t *testing.T) {
			n := harness.SQLite(t).Start(t, required, func(c *config.Config) { c.BaseURL = base })
			home, origin, host := base, base, "evil.example"
			if base == "" {
				home, origin, host = strings.Replace(n.URL, "127.0.0.1", "localhost", 1), "http://10.6.6.6", "10.6.6.6" // no other name is served
			}
			post := func(path string, form url.Values) {
				body := form.Encode()
				response := raw(t, n, fmt.Sprintf("POST %s HTTP/1.1\r\nHost: %s\r\nX-Forwarded-Host: evil.example\r\nForwarded: host=evil.example\r\nOrigin: %s\r\nConnection: close\r\n"+
					"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s", path, host, origin, len(body), body))
				require.Equal(t, http.StatusSeeOther, response.StatusCode, path)
				require.NotContains(t, response.Header.Get("Location"), "evil")
			}
			post("/signup", url.Values{"username": {"anna"}, "email": {address("anna")}, "password": {harness.Password}})
			post("/verify", url.Values{"email": {address("anna")}})
			post("/password/forgot", url.Values{"email": {address("anna")}})
			for _, subject := range []string{"confirm", "confirm", "password"} {
				email := n.Email(t, address("anna"), subject)
				require.NotContains(t, email.Raw+email.Text+email.HTML, "evil")
				require.NotContains(t, email.Raw+email.Text+email.HTML, "10.6.6.6")
				require.NotEmpty(t, email.Links)
				for _, link := range email.Links {
					require.True(t, strings.HasPrefix(link, home+"/"), link)
				}
			}
		})
	}
}

// A line break in an address starts no header in an email.
func TestLineBreaksInAddressesAreRefused(t *testing.T) {
	n := harness.SQLite(t).Start(t, required)
	for _, tail := range []string{"\r\nBcc: all@example.org", "\nBcc: all@example.org", "\r\n\r\nHello", "%0d%0aBcc: all@example.org", "\x00", ", all@example.org", " <all@example.org>"} {
		email := address("anna") + tail
		for path, form := range map[string]url.Values{
			"/signup":          {"username": {"anna"}, "email": {email}, "password": {harness.Password}},
			"/password/forgot": {"email": {email}},
			"/verify":          {"email": {email}},
		} {
			a := n.Stranger().Post(path, form, false)
			require.Equal(t, http.StatusUnprocessableEntity, a.Status, "%s %q", path, email)
			require.NotEmpty(t, fieldError(a, "email"))
		}
	}
	enlist(t, n, "bert")
	n.Email(t, address("bert"), "confirm")
	require.Empty(t, n.Emails(t))
}
