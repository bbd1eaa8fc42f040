package web_test

import (
	"net/http"
	"strings"
	"testing"

	"dchat/app/config"
	"dchat/test/harness"

	"github.com/PuerkitoBio/goquery"
	"github.com/stretchr/testify/require"
)

func TestEmailsAndComponentsInDevelopment(t *testing.T) {
	n := harness.SQLite(t).Start(t, func(c *config.Config) { c.Dev = "on" })
	p := n.Stranger()
	links := p.Get("/dev/emails", false).Doc().Find("main a").Map(func(_ int, s *goquery.Selection) string { return s.AttrOr("href", "") })
	require.Len(t, links, 2*10, "ten emails, each in two ways")
	for _, link := range links {
		a := p.Get(link, false)
		require.Equal(t, http.StatusOK, a.Status, link)
		require.Contains(t, a.Body, "DChat", link)
		if strings.HasSuffix(link, "?part=text") {
			require.Equal(t, "text/plain; charset=utf-8", a.Header.Get("Content-Type"))
			require.NotContains(t, a.Body, "<")
			continue
		}
		require.Len(t, a.Header.Values("Content-Security-Policy"), 1)
		require.Contains(t, a.Header.Get("Content-Security-Policy"), "default-src 'none'; style-src 'unsafe-inline';")
	}
	for from, to := range map[string]string{"/dev/letters": "/dev/emails", "/dev/letters/verify?part=text": "/dev/emails/verify?part=text"} {
		a := p.Get(from, false)
		require.Equal(t, http.StatusMovedPermanently, a.Status, from)
		require.Equal(t, to, a.Header.Get("Location"), "the former addresses lead on")
	}
	a := p.Get("/dev/views", false)
	require.Equal(t, policy, a.Header.Get("Content-Security-Policy"), "components need no exception")
	require.Positive(t, a.Doc().Find(".relation[data-state=gone]").Length())
	require.Equal(t, http.StatusNotFound, p.Get("/dev/emails/nonsense", false).Status)
}

func TestNoDevRoutesInProduction(t *testing.T) {
	n := harness.SQLite(t).Start(t)
	unknown := n.Stranger().Get("/nothing", false)
	for _, path := range []string{"/dev/emails", "/dev/emails/verify", "/dev/letters", "/dev/views", "/dev/state"} {
		a := n.Stranger().Get(path, false)
		require.Equal(t, http.StatusNotFound, a.Status)
		require.Equal(t, unknown.Body, a.Body)
	}
}
