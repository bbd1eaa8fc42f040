package web_test

import (
	"archive/zip"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"dchat/app/config"
	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

// pair are two nodes, or one and the same where there can be no two.
func pair(t *testing.T, b *backend) (near, far *harness.Node) {
	t.Helper()
	near = b.Start(t)
	if b.Redis() == nil {
		return near, near
	}
	return near, b.Start(t)
}

// revoker is the path of the form that signs out the nth other session of p.
func revoker(t *testing.T, p *person, n int) string {
	t.Helper()
	forms := p.Get("/settings", false).Doc().Find("#sessions-state form[action*='/revoke']").Not("[action='/settings/sessions/revoke']")
	require.Greater(t, forms.Length(), n)
	return forms.Eq(n).AttrOr("action", "")
}

// requireOut asserts that a browser is signed out on every page and at every socket, soon.
func requireOut(t *testing.T, p *person, since time.Time, sockets ...*harness.Socket) {
	t.Helper()
	for _, socket := range sockets {
		require.Equal(t, 4401, socket.AwaitClose(t, 2*time.Second-time.Since(since)))
	}
	require.Eventually(t, func() bool { return p.Get("/profile", true).Status == http.StatusUnauthorized }, 2*time.Second-time.Since(since), 20*time.Millisecond)
	a := p.Get("/settings", false)
	require.Equal(t, http.StatusSeeOther, a.Status)
	require.Equal(t, "/login?next=%2Fsettings", a.Header.Get("Location"))
	require.Equal(t, 4401, p.Socket(t, "").AwaitClose(t, time.Second))
}

func TestRevokingASession(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		near, far := pair(t, b)
		anna := near.SignUp(t, "anna")
		phone := far.SignIn(t, "anna")
		open, lost := anna.Socket(t, ""), []*harness.Socket{phone.Socket(t, ""), phone.On(near).Socket(t, "")}
		require.True(t, signedIn(t, phone.On(near)))

		page := browse(t, anna, "/settings")
		require.Equal(t, 2, page.doc.Find("#sessions-state li").Length())
		require.Contains(t, page.doc.Find("#sessions-state li").First().Text(), "This one")
		path := revoker(t, anna, 0)
		a := anna.Post(path, nil, true)
		require.Equal(t, http.StatusOK, a.Status, a.Body)
		require.NotContains(t, a.Body, path, "the answer shows the list without it")
		requireOut(t, phone, time.Now(), lost...)

		open.AwaitText(t, `hx-get="/settings?state=1"`) // an open settings page loads the list
		state := anna.On(far).Get("/settings?state=1", true)
		require.Equal(t, http.StatusOK, state.Status)
		require.Contains(t, state.Body, "This one")
		require.NotContains(t, state.Body, path)
		inputs := strings.NewReplacer(`<input type="hidden"`, "", `<input id="privacy-`, "").Replace(state.Body)
		require.NotContains(t, inputs, "<input", "what was typed stays; the switches of what others see are replaced where they differ")
		require.True(t, open.Open())
		require.True(t, signedIn(t, anna))
		require.Equal(t, http.StatusNotFound, anna.Post(path, nil, true).Status, "it has ended already")
	})
}

func TestOnlyOwnSessionsCanBeRevoked(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		n := b.Start(t)
		anna, bert := n.SignUp(t, "anna"), n.SignUp(t, "bert")
		desk := n.SignIn(t, "bert")
		socket := desk.Socket(t, "")
		path := revoker(t, bert, 0) // the session at the desk
		for _, foreign := range []string{path, "/settings/sessions/0/revoke", "/settings/sessions/-1/revoke", "/settings/sessions/99999/revoke", "/settings/sessions/x/revoke"} {
			for _, hx := range []bool{true, false} {
				require.Equal(t, http.StatusNotFound, anna.Post(foreign, nil, hx).Status, foreign)
			}
		}
		require.Equal(t, http.StatusSeeOther, anna.Post("/settings/sessions/revoke", nil, false).Status)
		require.True(t, signedIn(t, anna))
		require.True(t, signedIn(t, desk))
		require.True(t, socket.Open())
		require.Equal(t, http.StatusOK, bert.Post(path, nil, true).Status, "the premise: it is a session")
		require.Equal(t, 4401, socket.AwaitClose(t, 2*time.Second))
	})
}

func TestRevokingAllOtherSessions(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		near, far := pair(t, b)
		anna := near.SignUp(t, "anna")
		own := anna.Socket(t, "")
		others := []*person{near.SignIn(t, "anna"), far.SignIn(t, "anna"), far.SignIn(t, "anna")}
		sockets := make([]*harness.Socket, len(others))
		for i, p := range others {
			sockets[i] = p.Socket(t, "")
		}
		page := browse(t, anna, "/settings")
		page.press("Sign out everywhere else")
		revoked := time.Now()
		require.Equal(t, "/settings", page.path)
		require.False(t, page.has("everywhere else"), "no other session is left")
		for i, p := range others {
			requireOut(t, p, revoked, sockets[i])
		}
		require.True(t, own.Open())
		require.True(t, signedIn(t, anna.On(far)))
	})
}

func TestChangingThePassword(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		near, far := pair(t, b)
		anna := near.SignUp(t, "anna")
		phone := far.SignIn(t, "anna")
		own, other := anna.Socket(t, ""), phone.Socket(t, "")
		const chosen = "seven loud owls"

		page := browse(t, anna, "/settings")
		for _, try := range []struct{ current, chosen, field, sentence string }{
			{"not hers", chosen, "password-current", "This is not your password."},
			{harness.Password, "short", "new-password", "A password has at least 8 characters."},
			{harness.Password, "86420135792468", "new-password", "more than digits"},
		} {
			a := page.press("Change password", "Current password", try.current, "New password", try.chosen)
			require.Equal(t, http.StatusUnprocessableEntity, a.Status)
			require.Contains(t, page.doc.Find("#"+try.field+"-error").Text(), try.sentence)
			require.Equal(t, 1, page.doc.Find("[aria-invalid]").Length())
			require.NotContains(t, a.Body, try.chosen, "a password is never shown")
			script := anna.Post("/settings/password", url.Values{"current_password": {try.current}, "password": {try.chosen}}, true)
			require.Equal(t, http.StatusUnprocessableEntity, script.Status)
			require.Contains(t, script.Doc().Find("#"+try.field+"-error").Text(), try.sentence)
		}
		require.True(t, signedIn(t, phone))

		require.Equal(t, http.StatusSeeOther, page.press("Change password", "Current password", harness.Password, "New password", chosen).Status)
		require.True(t, page.has("Your password is changed."), page.text())
		requireOut(t, phone, time.Now(), other)
		require.True(t, own.Open())
		require.True(t, signedIn(t, anna.On(far)))
		require.Equal(t, http.StatusUnprocessableEntity, signInWith(near, "anna", harness.Password))
		require.Equal(t, http.StatusSeeOther, signInWith(far, "anna", chosen))
	})
}

// Passwords cannot be guessed at an unlocked screen.
func TestPasswordTriesAreLimited(t *testing.T) {
	n := harness.SQLite(t).Start(t, func(c *config.Config) { c.RateLimits = "on" })
	anna, bert := n.SignUp(t, "anna"), n.SignUp(t, "bert")
	forms := map[string]url.Values{
		"/settings/password": {"current_password": {"wrong"}, "password": {"seven loud owls"}},
		"/settings/email":    {"current_password": {"wrong"}, "email": {"new@example.org"}},
		"/settings/delete":   {"current_password": {"wrong"}},
	}
	paths := []string{"/settings/password", "/settings/email", "/settings/delete"}
	for i := range 10 {
		path := paths[i%len(paths)]
		require.Equal(t, http.StatusUnprocessableEntity, anna.Post(path, forms[path], true).Status)
	}
	for _, path := range paths {
		forms[path].Set("current_password", harness.Password)
		a := anna.Post(path, forms[path], true)
		require.Equal(t, http.StatusTooManyRequests, a.Status, path)
		require.NotEmpty(t, a.Header.Get("Retry-After"))
		require.Contains(t, a.Doc().Find("[role=alert]").Text(), "Please wait")
	}
	require.Equal(t, http.StatusOK, bert.Post("/settings/password", forms["/settings/password"], true).Status, "they are Anna's own")
	require.True(t, signedIn(t, anna))
}

func TestDeletingAnAccount(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		near, far := pair(t, b)
		anna, bert, carl := near.SignUp(t, "anna"), far.SignUp(t, "bert"), near.SignUp(t, "carl")
		harness.Connect(t, anna, bert)
		wrote(t, anna, "bert", "what Anna has written")
		require.Equal(t, http.StatusOK, anna.Post("/chats/carl/request", nil, true).Status)
		phone := far.SignIn(t, "anna")
		own, other := anna.Socket(t, ""), phone.Socket(t, "")
		watching, asked := bert.Socket(t, ""), carl.Socket(t, "")

		page := browse(t, anna, "/settings")
		require.Equal(t, http.StatusUnprocessableEntity, page.press("Delete account", "Current password", "not hers").Status)
		_, open := page.doc.Find("details:has([action='/settings/delete'])").Attr("open")
		require.True(t, open)
		require.Contains(t, page.doc.Find("#delete-current-error").Text(), "This is not your password.")
		require.True(t, signedIn(t, anna))

		token := anna.Jar.Get("dchat")
		a := page.press("Delete account", "Current password", harness.Password)
		deleted := time.Now()
		require.Equal(t, "/login?done=deleted", a.Header.Get("Location"))
		require.Contains(t, a.Header.Get("Clear-Site-Data"), `"storage"`)
		require.Empty(t, anna.Jar.Get("dchat"))
		require.True(t, page.has("deleted"), page.text())
		requireOut(t, phone, deleted, other, own)
		anna.Jar.Set("dchat", token)
		require.False(t, signedIn(t, anna))

		watching.AwaitText(t, "Deleted account")
		watching.AwaitText(t, "This account was deleted.")
		asked.AwaitText(t, `hx-target="#requests-count"`)
		left := browse(t, bert, "/chats/anna")
		require.Equal(t, []string{"what Anna has written"}, left.messages())
		require.Equal(t, "Deleted account", strings.TrimSpace(left.doc.Find("#pane h1").Text()))
		require.Zero(t, left.doc.Find("#composer").Length())
		require.False(t, left.has("@anna"), left.text())
		require.Zero(t, carl.Get("/", false).Doc().Find("#requests .ask").Length())
		require.Zero(t, carl.On(far).Get("/search?q=anna", true).Doc().Find(".result").Length())

		require.Equal(t, http.StatusUnprocessableEntity, signInWith(near, "anna", harness.Password))
		require.Equal(t, http.StatusUnprocessableEntity, signInWith(near, "anna@example.org", harness.Password))
		again := near.Stranger().Post("/signup", url.Values{"username": {"ANNA"}, "email": {"other@example.org"}, "password": {harness.Password}}, false)
		require.Equal(t, http.StatusUnprocessableEntity, again.Status)
		require.NotEmpty(t, again.Doc().Find("#username-error").Text())
		near.Email(t, "anna@example.org", "deleted")
	})
}

// A user with an unverified address can change it, and delete the account.
func TestDeletingAnUnverifiedAccount(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		n := b.Start(t, required)
		enlist(t, n, "anna")
		anna := n.SignIn(t, "anna")
		for _, path := range []string{"/settings", "/profile"} {
			require.Equal(t, "/verify", anna.Get(path, false).Header.Get("Location"))
		}
		for _, path := range []string{"/settings/password", "/settings/export", "/settings/sessions/revoke", "/profile"} {
			require.Equal(t, "/verify", anna.Post(path, nil, false).Header.Get("Location"), path)
		}
		page := browse(t, anna, "/verify")
		require.Equal(t, http.StatusUnprocessableEntity, page.press("Change address", "Email", "other@example.org", "Password", "wrong").Status)
		require.True(t, page.has("This is not your password."), page.text())
		require.Equal(t, "other@example.org", page.doc.Find("[name=email]").AttrOr("value", ""))
		require.Equal(t, "/verify", page.press("Change address", "Email", "other@example.org", "Password", harness.Password).Header.Get("Location"))
		n.Email(t, "other@example.org", "confirm")
		require.Equal(t, "/verify", anna.Post("/settings/email/cancel", nil, false).Header.Get("Location"))

		require.Equal(t, http.StatusUnprocessableEntity, page.press("Delete account", "Password", "wrong").Status)
		require.True(t, page.has("This is not your password."), page.text())
		require.Equal(t, "/login?done=deleted", page.press("Delete account", "Password", harness.Password).Header.Get("Location"))
		require.Equal(t, http.StatusUnprocessableEntity, signInWith(n, "anna", harness.Password))
	})
}

func TestSettingsWithoutAScript(t *testing.T) {
	n := harness.SQLite(t).Start(t)
	page := browse(t, n.SignUp(t, "anna"), "/profile")
	page.follow("Settings")
	require.Equal(t, http.StatusUnprocessableEntity, page.press("Change email", "New email", "no address", "Current password", harness.Password).Status)
	require.Equal(t, "no address", page.doc.Find("#new-email").AttrOr("value", ""))
	require.NotEmpty(t, page.doc.Find("#new-email-error").Text())
	page.press("Change email", "New email", "new@example.org", "Current password", harness.Password)
	require.True(t, page.has("We have sent an email to your new address."), page.text())
	require.True(t, page.has("new@example.org"), page.text())
	page.press("Cancel")
	require.False(t, page.has("new@example.org"), page.text())
	page.press("Export")
	require.Equal(t, "/settings", page.path)
	page.follow("Back to your profile")
	require.Equal(t, "/profile", page.path)
}

// A change of the address appears on open pages on every node.
func TestEmailStateUpdatesLive(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		near, far := pair(t, b)
		anna := near.SignUp(t, "anna")
		socket := anna.On(far).Socket(t, "")
		require.Equal(t, http.StatusOK, anna.Post("/settings/email", url.Values{"email": {"new@example.org"}, "current_password": {harness.Password}}, true).Status)
		socket.AwaitText(t, "new@example.org")
		require.Equal(t, http.StatusSeeOther, anna.Post(near.Email(t, "new@example.org", "confirm").Path(t, "/email/confirm/"), nil, false).Status)
		socket.Await(t, func(all string) bool {
			return strings.Contains(all, `hx-target="#email-state"`) && strings.Contains(all, ">Confirmed<")
		})
	})
}

func TestExport(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		near, far := pair(t, b)
		anna, bert := near.SignUp(t, "anna"), near.SignUp(t, "bert")
		harness.Connect(t, anna, bert)
		wrote(t, anna, "bert", "what Anna has written")
		wrote(t, bert, "anna", "what Bert has answered")
		socket := anna.On(far).Socket(t, "")
		a := anna.Post("/settings/export", nil, true)
		require.Equal(t, http.StatusOK, a.Status, a.Body)
		near.Email(t, "anna@example.org", "data")
		socket.AwaitText(t, `hx-get="/settings?state=1"`) // an open page loads the current state
		link := anna.Get("/settings?state=1", true).Doc().Find("a[download]").AttrOr("href", "")

		a = anna.On(far).Get(link, false)
		require.Equal(t, http.StatusOK, a.Status, link)
		require.Equal(t, "application/octet-stream", a.Header.Get("Content-Type"))
		require.Equal(t, `attachment; filename=dchat-anna.zip`, strings.ReplaceAll(a.Header.Get("Content-Disposition"), `"`, ""))
		text := unzip(t, a.Body)
		for _, part := range []string{"what Anna has written", "what Bert has answered", "anna@example.org"} {
			require.Contains(t, text, part)
		}
		require.NotContains(t, text, "bert@example.org", "the export has no addresses of other users")
		require.Equal(t, http.StatusNotFound, bert.Get(link, false).Status)
		unsigned, _, _ := strings.Cut(link, "?")
		require.Equal(t, http.StatusNotFound, anna.Get(unsigned, false).Status)
		require.Equal(t, "/login", strings.Split(near.Stranger().Get(link, false).Header.Get("Location"), "?")[0])

		require.Equal(t, http.StatusSeeOther, anna.Post("/settings/delete", url.Values{"current_password": {harness.Password}}, false).Status)
		require.Zero(t, count(t, b.Open(t), "SELECT count(*) FROM exports"))
	})
}

// unzip is everything that is in a zip file.
func unzip(t *testing.T, body string) string {
	t.Helper()
	archive, err := zip.NewReader(strings.NewReader(body), int64(len(body)))
	require.NoError(t, err)
	var all strings.Builder
	for _, f := range archive.File {
		r, err := f.Open()
		require.NoError(t, err)
		_, err = io.Copy(&all, r)
		require.NoError(t, err)
		require.NoError(t, r.Close())
	}
	return all.String()
}

func TestExportsAreLimited(t *testing.T) {
	n := harness.SQLite(t).Start(t, func(c *config.Config) { c.RateLimits = "on" })
	anna := n.SignUp(t, "anna")
	for range 5 {
		require.Equal(t, http.StatusOK, anna.Post("/settings/export", nil, true).Status)
	}
	a := anna.Post("/settings/export", nil, true)
	require.Equal(t, http.StatusTooManyRequests, a.Status)
	require.Contains(t, a.Body, "Please wait")
}
