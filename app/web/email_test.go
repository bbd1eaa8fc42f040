package web_test

import (
	"net/http"
	"net/url"
	"testing"

	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

// move requests another address and returns the path of the link in its email.
func move(t *testing.T, n *harness.Node, p *person, email string) string {
	t.Helper()
	a := p.Post("/settings/email", url.Values{"email": {email}, "current_password": {harness.Password}}, false)
	require.Equal(t, http.StatusSeeOther, a.Status, a.Body)
	return n.Email(t, email, "confirm your new").Path(t, "/email/confirm/")
}

func TestChangingTheAddress(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		n := b.Start(t, required)
		anna := join(t, n, "anna")
		path := move(t, n, anna, "Anna@example.net")
		n.Email(t, address("anna"), "about to change")

		page := browse(t, anna, path)
		page.open(path)
		require.True(t, page.has("Anna@example.net"), page.text())
		require.Equal(t, http.StatusUnprocessableEntity, signInWith(n, "anna@example.net", harness.Password), "opening the link has changed something")
		require.Equal(t, http.StatusSeeOther, page.press("Confirm address").Status)
		require.Equal(t, "/settings", page.path)
		require.Equal(t, http.StatusSeeOther, signInWith(n, "anna@example.net", harness.Password))
		require.Equal(t, http.StatusUnprocessableEntity, signInWith(n, address("anna"), harness.Password))
		n.Email(t, address("anna"), "was changed")
		for _, a := range []*answer{anna.Get(path, false), anna.Post(path, nil, false)} {
			require.Equal(t, http.StatusNotFound, a.Status)
			require.Positive(t, a.Doc().Find("main a.primary").Length())
		}

		path = move(t, n, anna, "anna@example.com")
		require.Equal(t, map[int]int{http.StatusSeeOther: 1, http.StatusNotFound: 1}, atOnce(path, nil, n.Stranger(), n.Stranger()))

		path = move(t, n, anna, "anna@example.net")
		page = browse(t, n.Stranger(), path)
		page.press("Confirm address")
		require.Equal(t, "/login?done=email", page.path)
		require.True(t, page.has("Your address is confirmed."), page.text())

		bert := join(t, n, "bert")
		page = browse(t, bert, move(t, n, anna, "anna@example.com"))
		page.press("Confirm address")
		require.True(t, page.has("signed in as @bert"), page.text())
	})
}

func TestCancellingAnAddressChange(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		n := b.Start(t)
		anna := n.SignUp(t, "anna")
		path := move(t, n, anna, "anna@example.net")
		require.Equal(t, http.StatusOK, anna.Get(path, false).Status)
		require.Equal(t, http.StatusSeeOther, anna.Post("/settings/email/cancel", nil, false).Status)
		require.Equal(t, http.StatusNotFound, anna.Get(path, false).Status)
		require.Equal(t, http.StatusNotFound, anna.Post(path, nil, false).Status)
		old := path
		path = move(t, n, anna, "anna@example.com")
		require.Equal(t, http.StatusNotFound, anna.Post(old, nil, false).Status, "the email to another address")
		require.Equal(t, http.StatusSeeOther, anna.Post(path, nil, false).Status)
		require.Equal(t, http.StatusSeeOther, signInWith(n, "anna@example.com", harness.Password))
	})
}
