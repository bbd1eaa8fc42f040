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

// email requires that the next email has this recipient and subject, and returns it.
func (p *mailServer) email(t *testing.T, to, subject string) *harness.Email {
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

// With a mail server, the links in emails confirm a sign-up, change the address and reset the password.
func TestEmailLinks(t *testing.T) {
	harness.Empty(t, func(t *testing.T, b *harness.Backend) {
		smtp := newMailServer(t)
		smtp.open()
		n := b.Start(t, func(c *config.Config) { c.SMTPURL = "smtp://" + smtp.address + "?tls=off" })
		posted := func(p *harness.Person, path, to string, form url.Values) {
			t.Helper()
			a := p.Post(path, form, false)
			require.Equal(t, http.StatusSeeOther, a.Status, a.Body)
			require.Equal(t, to, a.Header.Get("Location"))
		}

		anna := n.Stranger()
		posted(anna, "/signup", "/verify?sent", url.Values{"username": {"anna"}, "email": {"anna@example.org"}, "password": {harness.Password}})
		require.Empty(t, anna.Jar.Get("dchat"), "a mail server is set, so the address has to be confirmed first")
		link := smtp.email(t, "anna@example.org", "confirm").Path(t, "/verify/")
		posted(anna, link, "/", nil)
		require.Contains(t, anna.Get("/profile", false).Body, "@anna", "the link has signed her in")
		require.Equal(t, http.StatusNotFound, n.Stranger().Post(link, nil, false).Status, "it works once")

		posted(anna, "/settings/email", "/settings?done=email", url.Values{"email": {"anna@new.example"}, "current_password": {harness.Password}})
		emails := map[string]*harness.Email{}
		for range 2 { // in any order
			message := harness.ReadEmail(t, <-smtp.got)
			emails[message.To] = message
		}
		require.Contains(t, emails["anna@example.org"].Text, "anna@new.example", "the old address is notified")
		posted(anna, emails["anna@new.example"].Path(t, "/email/confirm/"), "/settings", nil)
		smtp.email(t, "anna@example.org", "changed")

		posted(n.Stranger(), "/password/forgot", "/password/forgot?sent", url.Values{"email": {"anna@new.example"}})
		reset := smtp.email(t, "anna@new.example", "password").Path(t, "/password/reset/")
		posted(n.Stranger(), reset, "/login?done=reset", url.Values{"password": {"eight calm harbours"}})
		smtp.email(t, "anna@new.example", "password")
		require.Equal(t, http.StatusUnauthorized, anna.Get("/profile", true).Status, "a reset ends every session")
		posted(anna, "/login", "/", url.Values{"login": {"anna@new.example"}, "password": {"eight calm harbours"}})
	})
}
