package web_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"dchat/app/config"
	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

// proxied trusts the client address that a test sends.
func proxied(c *config.Config) { c.TrustedProxies = []string{"127.0.0.1"} }

// loginFrom signs in from some place, in a browser.
func loginFrom(t *testing.T, p *person, place, login, password string) *answer {
	t.Helper()
	header := http.Header{"Origin": {p.Origin()}, "X-Real-Ip": {place}, "Content-Type": {"application/x-www-form-urlencoded"}}
	a, err := p.Do(http.MethodPost, "/login", header, strings.NewReader(url.Values{"login": {login}, "password": {password}}.Encode()))
	require.NoError(t, err)
	return a
}

// Password guesses do not lock the user out of known browsers, and share one limit for all spellings of the account.
func TestPasswordGuessesDoNotLockKnownBrowsers(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		n := b.Start(t, required, limited, proxied)
		anna := join(t, n, "anna")
		old := anna.Jar.Get("dchat-known")
		require.NotEmpty(t, old)
		nodes := []*harness.Node{n}
		if b.Redis() != nil {
			nodes = append(nodes, b.Start(t, required, limited, proxied))
		}
		wrong := 0
		for i := range 100 { // ten a place, by turns by name and by address
			login := []string{"anna", "ANNA", "anna@example.org", "Anna@EXAMPLE.org"}[i%4]
			a := loginFrom(t, nodes[i%len(nodes)].Stranger(), fmt.Sprintf("192.0.2.%d", i/10), login, "a wrong guess")
			if a.Status != http.StatusTooManyRequests {
				require.Equal(t, http.StatusUnprocessableEntity, a.Status)
				wrong++
			}
		}
		require.LessOrEqual(t, wrong, 52, "one count for all names")
		require.GreaterOrEqual(t, wrong, 50)
		for _, node := range nodes {
			requireTooFast(t, loginFrom(t, node.Stranger(), "198.51.100.1", "anna@example.org", harness.Password))
			for _, login := range []string{"anna", "anna@example.org"} {
				known := node.Stranger()
				known.Jar.Set("dchat-known", old)
				require.Equal(t, http.StatusSeeOther, loginFrom(t, known, "192.0.2.1", login, harness.Password).Status, "also at the place of the guesses")
			}
		}
		for why, cookie := range map[string]string{
			"cut": old[:len(old)-4], "another": "A" + strings.Repeat("B", len(old)-1), "longer": old + old, "nonsense": "%%%",
			"another browser": bent(t, old, 1), "another seal": bent(t, old, -1), "an older version": bent(t, old, 0),
		} {
			forged := n.Stranger()
			forged.Jar.Set("dchat-known", cookie)
			requireTooFast(t, loginFrom(t, forged, "198.51.100.2", "anna", harness.Password))
			require.False(t, signedIn(t, forged), why)
		}
		thief := n.Stranger()
		thief.Jar.Set("dchat-known", old)
		require.False(t, signedIn(t, thief), "the cookie opens nothing")
		require.LessOrEqual(t, untilTooFast(t, 60, func(int) *answer { return loginFrom(t, thief, "198.51.100.3", "anna", "a wrong guess") }), 30)
	})
}

// bent is a cookie with another byte, of the last ones if at is negative.
func bent(t *testing.T, cookie string, at int) string {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(cookie)
	require.NoError(t, err)
	raw[(at+len(raw))%len(raw)] ^= 1
	return base64.RawURLEncoding.EncodeToString(raw)
}

// A browser with many accounts remembers the latest.
func TestKnownBrowserKeepsLatestAccounts(t *testing.T) {
	n := harness.SQLite(t).Start(t, limited, proxied)
	p := n.Stranger()
	for i := range 10 {
		a := p.Post("/signup", url.Values{"username": {fmt.Sprint("person", i)}, "email": {fmt.Sprint("person", i, "@example.org")}, "password": {harness.Password}}, false)
		require.Equal(t, http.StatusSeeOther, a.Status, a.Body)
		p.Jar.Set("dchat", "")
		cookie := strings.Join(a.Header.Values("Set-Cookie"), "\n")
		require.Regexp(t, `dchat-known=[^;]+; max-age=34560000; path=/; HttpOnly; SameSite=Lax`, cookie)
		require.Less(t, len(p.Jar.Get("dchat-known")), 300)
	}
	for i, name := range []string{"person0", "person9"} {
		require.LessOrEqual(t, untilTooFast(t, 40, func(int) *answer { return loginFrom(t, p, "192.0.2.7", name, "a wrong guess") }), []int{10, 30}[i])
	}
}

// The button of the email requires a password in a browser that did not sign up.
func TestConfirmingInAnotherBrowser(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		n := b.Start(t, required)
		mallory := n.Stranger() // signs up with anna's address
		mallory.Post("/signup", url.Values{"username": {"mallory"}, "email": {address("anna")}, "password": {harness.Password}}, false)
		mallory.Post("/login", url.Values{"login": {"mallory"}, "password": {harness.Password}}, false)
		require.Equal(t, "/verify", mallory.Get("/", false).Header.Get("Location"))
		page := browse(t, n.Stranger(), n.Email(t, address("anna"), "confirm").Path(t, "/verify/"))
		a := page.press("Confirm address")
		require.Equal(t, http.StatusUnprocessableEntity, a.Status)
		require.NotEmpty(t, fieldError(a, "password"))
		require.Equal(t, http.StatusSeeOther, page.press("Confirm address", "Password", anotherPassword).Status)
		require.True(t, signedIn(t, page.person))
		require.False(t, signedIn(t, mallory), "the session of the user who signed up has ended")
		require.Equal(t, http.StatusUnprocessableEntity, signInWith(n, "mallory", harness.Password))
		require.Equal(t, http.StatusSeeOther, signInWith(n, address("anna"), anotherPassword))

		same := browse(t, n.Stranger(), "/signup") // needs no password
		same.press("Sign up", "Email", address("bert"), "Username", "bert", "Password", harness.Password)
		same.open(n.Email(t, address("bert"), "confirm").Path(t, "/verify/"))
		require.False(t, same.has("choose the password"))
		require.Equal(t, http.StatusSeeOther, same.press("Confirm address").Status)
		require.True(t, signedIn(t, same.person))
	})
}

// Signing up with an address and then signing in looks the same whether the address has an account or not.
func TestSignUpThenSignInRevealsNoAccount(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		n := b.Start(t, required)
		join(t, n, "anna")
		enlist(t, n, "bert")
		var said []string
		for i, email := range []string{address("anna"), address("bert"), address("none")} {
			p := n.Stranger()
			up := p.Post("/signup", url.Values{"username": {fmt.Sprint("mallory", i)}, "email": {email}, "password": {anotherPassword}}, false)
			in := p.Post("/login", url.Values{"login": {email}, "password": {anotherPassword}}, false)
			require.Equal(t, "/verify", in.Header.Get("Location"))
			wrong := n.Stranger().Post("/login", url.Values{"login": {email}, "password": {"a wrong one 55"}}, false)
			waiting := p.Get("/verify", false)
			again := p.Post("/verify", nil, false)
			hide := strings.NewReplacer(email, "EMAIL", fmt.Sprint("mallory", i), "NAME")
			said = append(said, hide.Replace(seen(up)+seen(in)+seen(wrong)+waiting.Body+seen(again)))
		}
		require.True(t, said[2] == said[0])
		require.True(t, said[2] == said[1])
	})
}
