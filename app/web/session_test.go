package web_test

import (
	"crypto/sha256"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"dchat/app/config"
	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

// signedIn reports whether the server knows the browser.
func signedIn(t *testing.T, p *person) bool {
	t.Helper()
	a := p.Get("/profile", false)
	require.Contains(t, []int{http.StatusOK, http.StatusSeeOther}, a.Status)
	return a.Status == http.StatusOK
}

func TestCookie(t *testing.T) {
	form := url.Values{"username": {"anna"}, "email": {"anna@example.org"}, "password": {harness.Password}}
	for name, c := range map[string]struct {
		baseURL, cookie string
		secure          bool
	}{
		"http":  {"", "dchat", false},
		"https": {"https://chat.example.org", "__Host-dchat", true},
	} {
		t.Run(name, func(t *testing.T) {
			n := harness.SQLite(t).Start(t, func(config *config.Config) { config.BaseURL = c.baseURL })
			a := n.Stranger().Post("/signup", form, false)
			cookies := (&http.Response{Header: a.Header}).Cookies()
			require.Len(t, cookies, 2, "the session, and that this browser is known")
			got := cookies[0]
			require.Equal(t, c.cookie, got.Name)
			require.GreaterOrEqual(t, len(got.Value), 43, "256 bits")
			require.Equal(t, c.secure, got.Secure)
			require.True(t, got.HttpOnly)
			require.Equal(t, http.SameSiteLaxMode, got.SameSite)
			require.Equal(t, "/", got.Path)
			require.Empty(t, got.Domain)
			require.Equal(t, c.secure, a.Header.Get("Strict-Transport-Security") != "")
		})
	}
}

func TestTokensAreStoredHashed(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		n := b.Start(t)
		token := n.SignUp(t, "anna").Jar.Get("dchat")
		database := b.Open(t)
		hash := sha256.Sum256([]byte(token))
		require.Equal(t, 1, count(t, database, "SELECT count(*) FROM sessions WHERE token_hash = ?", hash[:]))
		require.Zero(t, count(t, database, "SELECT count(*) FROM sessions WHERE token_hash = ?", []byte(token)))
		require.NotContains(t, n.Log(), token)
	})
}

// A cookie that was planted before the sign-in is useless afterwards.
func TestPlantedCookie(t *testing.T) {
	n := harness.SQLite(t).Start(t)
	n.SignUp(t, "anna")
	mallory := n.SignUp(t, "mallory")
	for name, planted := range map[string]string{"made up": strings.Repeat("x", 43), "of a closed session": closed(t, n)} {
		anna := n.Stranger()
		anna.Jar.Set("dchat", planted)
		a := anna.Post("/login", url.Values{"login": {"anna"}, "password": {harness.Password}}, false)
		require.Equal(t, http.StatusSeeOther, a.Status, name)
		require.True(t, signedIn(t, anna))
		require.NotEqual(t, planted, anna.Jar.Get("dchat"), name)
		thief := n.Stranger()
		thief.Jar.Set("dchat", planted)
		require.False(t, signedIn(t, thief), name)
	}

	// With Mallory's own session in it, the browser is Mallory's until she signs it out.
	anna := n.Stranger()
	anna.Jar.Set("dchat", mallory.Jar.Get("dchat"))
	a := anna.Post("/login", url.Values{"login": {"anna"}, "password": {harness.Password}}, false)
	require.Equal(t, "/", a.Header.Get("Location"))
	require.Contains(t, mallory.Get("/profile", false).Body, "@mallory")
	require.NotContains(t, mallory.Get("/profile", false).Body, "@anna")
}

// closed is the token of a session that has been signed out.
func closed(t *testing.T, n *harness.Node) string {
	t.Helper()
	p := n.SignIn(t, "anna")
	token := p.Jar.Get("dchat")
	a := p.Post("/logout", nil, false)
	require.Equal(t, "/", a.Header.Get("Location"))
	require.Equal(t, `"cache"`, a.Header.Get("Clear-Site-Data"), "the storage has unsent messages")
	require.Empty(t, p.Jar.Get("dchat"), "the cookie stays")
	return token
}

func TestSigningOutReachesEveryNode(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		first := b.Start(t)
		second := first
		if b.Redis() != nil {
			second = b.Start(t)
		}
		anna := first.SignUp(t, "anna")
		phone := second.SignIn(t, "anna")
		token := anna.Jar.Get("dchat")
		near, far, other := anna.Socket(t, ""), anna.On(second).Socket(t, ""), phone.Socket(t, "")
		require.True(t, signedIn(t, anna.On(second)))

		require.Equal(t, http.StatusSeeOther, anna.Post("/logout", nil, false).Status)
		anna.Jar.Set("dchat", token) // a browser that goes on using it
		require.False(t, signedIn(t, anna))
		out := time.Now()
		require.Equal(t, 4401, near.AwaitClose(t, 2*time.Second))
		require.Equal(t, 4401, far.AwaitClose(t, 2*time.Second))
		require.Eventually(t, func() bool { return !signedIn(t, anna.On(second)) }, 2*time.Second, 20*time.Millisecond)
		require.Less(t, time.Since(out), 2*time.Second)
		require.Equal(t, 4401, anna.On(second).Socket(t, "").AwaitClose(t, time.Second))

		require.True(t, other.Open(), "another browser of the same person was signed out")
		require.True(t, signedIn(t, phone))
	})
}

// A node may cache a session for a moment after it ended on another node; a socket opened in that
// moment ends with the others.
func TestSocketOpenedWhileSigningOut(t *testing.T) {
	b := harness.Postgres(t)
	first, second := b.Start(t), b.Start(t)
	first.SignUp(t, "anna").On(second).Socket(t, "") // keeps the user cached on the second node
	for range 3 {
		anna := first.SignIn(t, "anna")
		token := anna.Jar.Get("dchat")
		require.True(t, signedIn(t, anna.On(second)))
		require.Equal(t, http.StatusSeeOther, anna.Post("/logout", nil, false).Status)
		anna.Jar.Set("dchat", token)
		out := time.Now()
		require.Equal(t, 4401, anna.On(second).Socket(t, "").AwaitClose(t, 2*time.Second-time.Since(out)))
		require.Less(t, time.Since(out), time.Second)
	}
}

func TestSessionsEnd(t *testing.T) {
	for name, change := range map[string]string{
		"idle":    "UPDATE sessions SET seen_at = ? WHERE user_id IN (SELECT id FROM users WHERE username = 'anna')",
		"expired": "UPDATE sessions SET expires_at = ? WHERE user_id IN (SELECT id FROM users WHERE username = 'anna')",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			harness.Backends(t, func(t *testing.T, b *backend) {
				t.Parallel() // it only waits
				n := b.Start(t)
				anna := n.SignUp(t, "anna")
				require.True(t, signedIn(t, anna))
				socket := anna.Socket(t, "")
				exec(t, b.Open(t), change, time.Now().UTC().Add(-31*24*time.Hour))
				require.Eventually(t, func() bool { return !signedIn(t, anna) }, 2*time.Second, 20*time.Millisecond)
				require.Equal(t, 4401, anna.Socket(t, "").AwaitClose(t, time.Second))
				if name == "expired" {
					require.Equal(t, 4401, socket.AwaitClose(t, 7*time.Second))
				}
				require.True(t, signedIn(t, n.SignIn(t, "anna")), "the premise: only the session was wrong")
			})
		})
	}
}
