package web_test

import (
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"dchat/app/config"
	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

// Requests from another site are refused and change nothing; the same requests from our own page work.
func TestCrossSite(t *testing.T) {
	const base = "https://chat.example.org"
	for name, c := range map[string]struct {
		baseURL string
		foreign func(own string) []string
	}{
		"without a base URL": {"", func(own string) []string {
			return []string{own + "0", own + ".evil.example", "http://evil.example", "http://evil@" + own[len("http://"):] + "@evil.example", "ftp" + own[len("http"):], own[len("http://"):]}
		}},
		"with a base URL": {base, func(own string) []string {
			return []string{own, "http://chat.example.org", base + ":8443", base + ".evil.example", "https://CHAT.example.org.", "https://evil.example"}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			b := harness.SQLite(t)
			n := b.Start(t, func(c1 *config.Config) { c1.BaseURL = c.baseURL })
			crowd := n.Crowd(t, 2, 1)
			origins := append(c.foreign(n.URL), "", "null", "file://", "http://", "://")
			refuse(t, b, n, crowd[0], crowd[1], origins)
		})
	}
}

func refuse(t *testing.T, b *backend, n *harness.Node, anna, bert *person, origins []string) {
	t.Helper()
	database := b.Open(t)
	before := truth(t, database, anna.Username, bert.Username)
	for _, path := range unsafePaths(bert.Username) {
		for _, origin := range origins {
			a := postFrom(t, anna, path, origin)
			require.Equal(t, http.StatusForbidden, a.Status, "%s from %q", path, origin)
			require.Contains(t, a.Body, "another site", "%s from %q", path, origin)
		}
	}
	for _, origin := range origins {
		conn, response, err := anna.Dial("", originHeader(origin))
		if err == nil {
			conn.Close()
		}
		require.Error(t, err, "a socket from %q", origin)
		require.NotNil(t, response)
		require.Equal(t, http.StatusForbidden, response.StatusCode, "a socket from %q", origin)
	}
	require.Equal(t, before, truth(t, database, anna.Username, bert.Username))

	for _, path := range unsafePaths(bert.Username) {
		if path == "/logout" {
			continue
		}
		require.NotContains(t, postFrom(t, anna, path, n.Origin).Body, "another site", path)
	}
	require.True(t, anna.Socket(t, "").Open())
	require.NotEqual(t, before, truth(t, database, anna.Username, bert.Username))
	require.Equal(t, http.StatusSeeOther, postFrom(t, anna, "/logout", n.Origin).Status)
}

func unsafePaths(username string) (paths []string) {
	for _, r := range bare(slog.New(slog.DiscardHandler)).Routes() {
		free := r.Path == "/email/unsubscribe/:token" || r.Path == "/share" // its token alone authorises it; changes nothing
		if r.Method != http.MethodGet && !free {
			paths = append(paths, strings.ReplaceAll(r.Path, ":username", username))
		}
	}
	return paths
}

func originHeader(origin string) http.Header {
	header := http.Header{}
	if origin != "" {
		header.Set("Origin", origin)
	}
	return header
}

func postFrom(t *testing.T, p *person, path, origin string) *answer {
	t.Helper()
	header := originHeader(origin)
	header.Set("Content-Type", "application/x-www-form-urlencoded")
	a, err := p.Do(http.MethodPost, path, header, strings.NewReader("body=hello&seq=1"))
	require.NoError(t, err)
	return a
}

// Methods without a route do not bypass the check.
func TestCrossSiteUnknownMethods(t *testing.T) {
	b := harness.SQLite(t)
	n := b.Start(t)
	crowd := n.Crowd(t, 2, 1)
	anna, bert := crowd[0], crowd[1]
	database := b.Open(t)
	before := truth(t, database, anna.Username, bert.Username)
	for _, method := range []string{"PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "GET"} {
		for _, path := range unsafePaths(bert.Username) {
			a, err := anna.Do(method, path, http.Header{"X-Http-Method-Override": {"POST"}}, nil)
			require.NoError(t, err)
			require.NotEqual(t, http.StatusInternalServerError, a.Status, "%s %s", method, path)
		}
	}
	require.Equal(t, before, truth(t, database, anna.Username, bert.Username))
}

// A link or a picture on another site can request any of our pages.
func TestCrossSiteGetChangesNothing(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		n := b.Start(t)
		crowd := n.Crowd(t, 2, 3)
		anna, bert := crowd[0], crowd[1]
		wrote(t, bert, anna.Username, "unread")
		database := b.Open(t)
		before := truth(t, database, anna.Username, bert.Username)
		for _, r := range bare(slog.New(slog.DiscardHandler)).Routes() {
			if r.Method != http.MethodGet || r.Path == "/ws" {
				continue
			}
			path := strings.ReplaceAll(r.Path, ":username", bert.Username)
			for _, query := range []string{"", "?before=2", "?since=1", "?q=person", "?seq=9&body=x&key="} {
				require.Less(t, anna.Get(path+query, false).Status, 500, path)
				require.Less(t, anna.Get(path+query, true).Status, 500, path)
			}
		}
		require.Equal(t, before, truth(t, database, anna.Username, bert.Username))
		did(t, anna, "/chats/"+bert.Username+"/block")
		require.NotEqual(t, before, truth(t, database, anna.Username, bert.Username), "the comparison sees nothing")
	})
}
