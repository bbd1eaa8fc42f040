package web_test

import (
	"net/http"
	"net/url"
	"testing"

	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

// An address that looks like another one receives none of its emails.
func TestLookAlikeAddressesAreRefused(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		n := b.Start(t, required)
		victim := "mike.ivan@x.kiwi.example"
		p := n.Stranger()
		require.Equal(t, http.StatusSeeOther, p.Post("/signup", url.Values{"username": {"mike"}, "email": {victim}, "password": {harness.Password}}, false).Status)
		require.Equal(t, http.StatusSeeOther, n.Stranger().Post(n.Email(t, victim, "confirm").Path(t, "/verify/"), chosen, false).Status)
		for _, typed := range []string{"mike.ivan@x.k\u0130wi.example", "mike.ivan@x.\u212aiwi.example", "mi\u212ae.ivan@x.kiwi.example", "m\u0130ke.ivan@x.kiwi.example", "mike.ivan@x.kiwi.example\u2028x"} {
			for path, form := range map[string]url.Values{
				"/password/forgot": {"email": {typed}},
				"/verify":          {"email": {typed}},
				"/signup":          {"username": {"mallory"}, "email": {typed}, "password": {anotherPassword}},
			} {
				a := n.Stranger().Post(path, form, false)
				require.Equal(t, http.StatusUnprocessableEntity, a.Status, "%s %+q", path, typed)
				require.Regexp(t, "taken for one of the keyboard|cannot be seen", fieldError(a, "email"))
			}
		}
		require.Equal(t, http.StatusSeeOther, n.Stranger().Post("/password/forgot", url.Values{"email": {"MIKE.Ivan@X.KIWI.example"}}, false).Status)
		require.Equal(t, victim, n.Email(t, victim, "new password").To, "as it is stored")
		require.Empty(t, n.Emails(t))
	})
}

// A browser writes such a domain in ASCII, a person does not.
func TestInternationalDomain(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		n := b.Start(t, required)
		require.Equal(t, http.StatusSeeOther, n.Stranger().Post("/signup", url.Values{"username": {"xaver"}, "email": {"x@bücher.example"}, "password": {harness.Password}}, false).Status)
		email := n.Email(t, "x@xn--bcher-kva.example", "confirm")
		require.Equal(t, http.StatusSeeOther, n.Stranger().Post(email.Path(t, "/verify/"), chosen, false).Status)
		for _, login := range []string{"x@bücher.example", "X@BÜCHER.example", "x@xn--bcher-kva.example"} {
			require.Equal(t, http.StatusSeeOther, signInWith(n, login, harness.Password), login)
		}
		again := n.Stranger().Post("/signup", url.Values{"username": {"xenia"}, "email": {"x@xn--bcher-kva.example"}, "password": {harness.Password}}, false)
		require.Equal(t, http.StatusSeeOther, again.Status)
		n.Email(t, "x@xn--bcher-kva.example", "account already")
	})
}
