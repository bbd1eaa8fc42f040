package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"dchat/app/config"
	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

const anotherPassword = "seven quiet lanterns"

// resetPath requests a new password and returns the path of the link in the email.
func resetPath(t *testing.T, n *harness.Node, username string) string {
	t.Helper()
	askReset(t, n, username)
	return takeReset(t, n, username)
}

func askReset(t *testing.T, n *harness.Node, username string) {
	t.Helper()
	a := n.Stranger().Post("/password/forgot", url.Values{"email": {address(username)}}, false)
	require.Equal(t, http.StatusSeeOther, a.Status, a.Body)
}

func takeReset(t *testing.T, n *harness.Node, username string) string {
	t.Helper()
	return n.Email(t, address(username), "choose a new password").Path(t, "/password/reset/")
}

func signInWith(n *harness.Node, login, password string) int {
	return n.Stranger().Post("/login", url.Values{"login": {login}, "password": {password}}, false).Status
}

func TestForgottenPassword(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		n := b.Start(t)
		n.SignUp(t, "anna")
		page := browse(t, n.Stranger(), "/login")
		page.follow("Forgot your password?")
		require.Equal(t, http.StatusUnprocessableEntity, page.press("Send the link", "Email", "anna").Status)
		require.Equal(t, "anna", page.doc.Find("[name=email]").AttrOr("value", ""))
		require.Equal(t, http.StatusSeeOther, page.press("Send the link", "Email", " Anna@EXAMPLE.org").Status)
		require.True(t, page.has("If there is an account with this address, an email is on its way."), page.text())
		path := n.Email(t, address("anna"), "choose a new password").Path(t, "/password/reset/")

		for range 2 {
			page.open(path)
		}
		require.Equal(t, "anna", page.doc.Find("form [autocomplete=username]").AttrOr("value", ""), "password managers want to know whose it is")
		require.Equal(t, http.StatusSeeOther, signInWith(n, "anna", harness.Password), "opening the link has changed something")
		for _, password := range []string{"", "short", "12345678", "password", "anna@example.org", strings.Repeat("x", 129)} {
			a := page.press("Set password", "Password", password)
			require.Equal(t, http.StatusUnprocessableEntity, a.Status, password)
			require.NotEmpty(t, fieldError(a, "password"), password)
			require.Empty(t, a.Doc().Find("[name=password]").AttrOr("value", ""))
			require.Equal(t, path, page.path)
		}
		require.Equal(t, http.StatusSeeOther, page.press("Set password", "Password", anotherPassword).Status)
		require.Equal(t, "/login?done=reset", page.path)
		require.True(t, page.has("Your new password is set."), page.text())
		require.Equal(t, http.StatusUnprocessableEntity, signInWith(n, "anna", harness.Password))
		require.Equal(t, http.StatusSeeOther, signInWith(n, "anna", anotherPassword))
		n.Email(t, address("anna"), "password was changed")

		require.Equal(t, http.StatusNotFound, n.Stranger().Get(path, false).Status)
		require.Equal(t, http.StatusNotFound, n.Stranger().Post(path, url.Values{"password": {"eight quiet lanterns"}}, false).Status)
		require.Equal(t, http.StatusSeeOther, signInWith(n, "anna", anotherPassword), "the link works twice")
	})
}

func TestTwoResetsWithOneLink(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		n := b.Start(t)
		crowd := n.Crowd(t, 20, 0)
		for _, p := range crowd {
			askReset(t, n, p.Username)
		}
		for _, p := range crowd {
			got := atOnce(takeReset(t, n, p.Username), url.Values{"password": {anotherPassword}}, n.Stranger(), n.Stranger())
			require.Equal(t, map[int]int{http.StatusSeeOther: 1, http.StatusNotFound: 1}, got)
			require.Equal(t, http.StatusSeeOther, signInWith(n, p.Username, anotherPassword))
		}
	})
}

func TestResetEndsEverySession(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		outbox := t.TempDir() // shared by both nodes
		together := func(c *config.Config) {
			if b.Redis() != nil {
				c.DataDir = outbox
			}
		}
		n := b.Start(t, together)
		anna, bert := n.SignUp(t, "anna"), n.SignUp(t, "bert")
		elsewhere := n.SignIn(t, "anna")
		if b.Redis() != nil {
			elsewhere = elsewhere.On(b.Start(t, together))
		}
		sockets := []*harness.Socket{anna.Socket(t, ""), elsewhere.Socket(t, "")}
		untouched := bert.Socket(t, "")

		page := browse(t, anna, resetPath(t, n, "anna"))
		page.press("Set password", "Password", anotherPassword)
		require.Equal(t, "/login?done=reset", page.path, "even in a browser that was signed in")
		require.Empty(t, anna.Jar.Get("dchat"))
		for _, socket := range sockets {
			require.Equal(t, 4401, socket.AwaitClose(t, 2*time.Second))
		}
		require.False(t, signedIn(t, anna))
		require.Eventually(t, func() bool { return !signedIn(t, elsewhere) }, 2*time.Second, 10*time.Millisecond)
		require.True(t, untouched.Open(), "others are not touched")
		require.Equal(t, 1, count(t, b.Open(t), "SELECT count(*) FROM sessions"))
	})
}

func TestResetInBrowserOfAnotherUser(t *testing.T) {
	n := harness.SQLite(t).Start(t)
	n.SignUp(t, "anna")
	page := browse(t, n.SignUp(t, "bert"), resetPath(t, n, "anna"))
	require.Equal(t, http.StatusSeeOther, page.press("Set password", "Password", anotherPassword).Status)
	require.True(t, page.has("signed in as @bert"), page.text())
	require.Equal(t, http.StatusSeeOther, signInWith(n, "anna", anotherPassword))
}

func TestPasswordChangeInvalidatesResetLinks(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		n := b.Start(t)
		anna := n.SignUp(t, "anna")
		first, second := resetPath(t, n, "anna"), resetPath(t, n, "anna")
		require.Equal(t, http.StatusSeeOther, n.Stranger().Post(first, url.Values{"password": {anotherPassword}}, false).Status)
		require.Equal(t, http.StatusNotFound, n.Stranger().Post(second, url.Values{"password": {"eight quiet lanterns"}}, false).Status)

		third := resetPath(t, n, "anna")
		a := anna.Post("/login", url.Values{"login": {"anna"}, "password": {anotherPassword}}, false)
		require.Equal(t, http.StatusSeeOther, a.Status)
		a = anna.Post("/settings/password", url.Values{"current_password": {anotherPassword}, "password": {"nine quiet lanterns"}}, false)
		require.Equal(t, http.StatusSeeOther, a.Status, a.Body)
		require.Equal(t, http.StatusNotFound, n.Stranger().Get(third, false).Status)
		require.Equal(t, http.StatusNotFound, n.Stranger().Post(third, url.Values{"password": {"eight quiet lanterns"}}, false).Status)
		require.Equal(t, http.StatusSeeOther, signInWith(n, "anna", "nine quiet lanterns"))
	})
}

// A password reset verifies the address too.
func TestResetConfirmsTheAddress(t *testing.T) {
	b := harness.SQLite(t)
	n := b.Start(t, required)
	enlist(t, n, "anna")
	path := resetPath(t, n, "anna")
	require.Equal(t, http.StatusSeeOther, n.Stranger().Post(path, url.Values{"password": {anotherPassword}}, false).Status)
	require.True(t, confirmed(t, b.Open(t), "anna"))
}
