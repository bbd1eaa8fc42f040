package app_test

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

// email takes the next email out of the mail server, which has to be for this address and about this.
func (p *post) email(t *testing.T, to, subject string) *harness.Email {
	t.Helper()
	select {
	case raw := <-p.got:
		message := harness.ReadEmail(t, raw)
		require.Equal(t, to, message.To)
		require.Contains(t, strings.ToLower(message.Subject), subject)
		return message
	case <-time.After(patience):
		t.Fatalf("no email about %q came to %s", subject, to)
		return nil
	}
}

// With a mail server, emails lead from signing up to a new address and a new password.
func TestEmailLinks(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *harness.Backend) {
		post := newPost(t)
		post.open()
		n := b.Start(t, func(c *config.Config) { c.SMTPURL = "smtp://" + post.address + "?tls=off" })
		posted := func(p *harness.Person, path, to string, form url.Values) {
			t.Helper()
			a := p.Post(path, form, false)
			require.Equal(t, http.StatusSeeOther, a.Status, a.Body)
			require.Equal(t, to, a.Header.Get("Location"))
		}

		anna := n.Stranger()
		posted(anna, "/signup", "/verify?sent", url.Values{"username": {"anna"}, "email": {"anna@example.org"}, "password": {harness.Password}})
		require.Empty(t, anna.Jar.Get("dchat"), "a mail server is set, so the address has to be confirmed first")
		link := post.email(t, "anna@example.org", "confirm").Path(t, "/verify/")
		posted(anna, link, "/", nil)
		require.Contains(t, anna.Get("/profile", false).Body, "@anna", "the link has signed her in")
		require.Equal(t, http.StatusNotFound, n.Stranger().Post(link, nil, false).Status, "once")

		posted(anna, "/settings/email", "/settings?done=email", url.Values{"email": {"anna@new.example"}, "current_password": {harness.Password}})
		emails := map[string]*harness.Email{}
		for range 2 { // in whatever order
			message := harness.ReadEmail(t, <-post.got)
			emails[message.To] = message
		}
		require.Contains(t, emails["anna@example.org"].Text, "anna@new.example", "the old address is told")
		posted(anna, emails["anna@new.example"].Path(t, "/email/confirm/"), "/settings", nil)
		post.email(t, "anna@example.org", "changed")

		posted(n.Stranger(), "/password/forgot", "/password/forgot?sent", url.Values{"email": {"anna@new.example"}})
		reset := post.email(t, "anna@new.example", "password").Path(t, "/password/reset/")
		posted(n.Stranger(), reset, "/login?done=reset", url.Values{"password": {"eight calm harbours"}})
		post.email(t, "anna@new.example", "password")
		require.Equal(t, http.StatusUnauthorized, anna.Get("/profile", true).Status, "a reset ends every session")
		posted(anna, "/login", "/", url.Values{"login": {"anna@new.example"}, "password": {"eight calm harbours"}})
	})
}
