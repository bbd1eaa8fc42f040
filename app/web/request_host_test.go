package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"dchat/app/config"
	"dchat/app/web"
	"dchat/test/harness"
	"dchat/test/services"

	"github.com/stretchr/testify/require"
)

// Another site whose name leads to this machine (DNS rebinding) gets nothing: neither a page, nor an account,
// nor a socket.
func TestOnlyKnownHostsAreServed(t *testing.T) {
	n := harness.SQLite(t).Start(t, func(c *config.Config) { c.TrustedProxies = []string{"127.0.0.1"} })
	_, port, _ := strings.Cut(n.URL[len("http://"):], ":")
	database := func() string { return n.SignIn(t, "anna").Get("/search?q=newcomer", true).Body }
	n.SignUp(t, "anna")
	signUp := func(host, more string) *answer {
		form := url.Values{"username": {"newcomer"}, "email": {"new@example.org"}, "password": {harness.Password}}.Encode()
		return ask(t, n.URL, fmt.Sprintf("POST /signup HTTP/1.1\r\nHost: %s\r\nOrigin: http://%s\r\n%sConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s", host, host, more, len(form), form))
	}
	page := func(path, host, more string) *answer {
		return ask(t, n.URL, "GET "+path+" HTTP/1.1\r\nHost: "+host+"\r\n"+more+"Connection: close\r\n\r\n")
	}
	for _, host := range []string{
		"evil.example", "evil.example:" + port, "localhost.evil.example", "evil-localhost", "127.0.0.1.evil.example", "127.0.0.1.nip.io:" + port,
		"chat", "1.2.3", "localhost..", "2130706433", "0x7f.1",
	} {
		for _, more := range []string{"", "X-Forwarded-Host: localhost\r\n", "Forwarded: host=localhost\r\n", "X-Forwarded-Host: evil.example\r\n"} {
			a := signUp(host, more)
			require.Equal(t, http.StatusMisdirectedRequest, a.Status, "%s %s", host, more)
			require.Contains(t, a.Body, "DCHAT_BASE_URL")
			require.Equal(t, http.StatusMisdirectedRequest, page("/login", host, more).Status, host)
			require.Equal(t, http.StatusMisdirectedRequest, page("/ws", host, more+"Origin: http://"+host+"\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"+
				"Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEA==\r\n").Status, host)
		}
	}
	require.NotContains(t, database(), "@newcomer")
	for _, host := range []string{
		"localhost", "LocalHost:" + port, "localhost.", "chat.localhost", "127.0.0.1", "127.8.8.8:" + port, "[::1]", "[::1]:" + port, "192.168.1.5:8080", "[2001:db8::5]",
	} {
		require.Equal(t, http.StatusOK, page("/login", host, "").Status, host)
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		require.Equal(t, http.StatusOK, page(path, "app:8080", "").Status, "a balancer uses any host")
	}
	require.Equal(t, http.StatusSeeOther, signUp("localhost:"+port, "X-Forwarded-Host: evil.example\r\n").Status, "the premise: the form was right")
	require.Contains(t, database(), "newcomer")
}

// A forwarded host does not become a trusted origin.
func TestForwardedHostIsNoOrigin(t *testing.T) {
	n := harness.SQLite(t).Start(t, func(c *config.Config) { c.TrustedProxies = []string{"127.0.0.1"} })
	anna := n.SignUp(t, "anna")
	for name, value := range map[string]string{"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example", "X-Original-Host": "evil.example"} {
		a, err := anna.Do(http.MethodPost, "/logout", http.Header{"Origin": {"http://evil.example"}, name: {value}}, nil)
		require.NoError(t, err)
		require.Equal(t, http.StatusForbidden, a.Status, name)
	}
	require.True(t, signedIn(t, anna))
}

// The name that the server listens on is its own.
func TestListenHostIsServed(t *testing.T) {
	w := web.New(web.Options{Listens: "chat.lan:8080"})
	for host, want := range map[string]int{"chat.lan:8080": http.StatusNotFound, "Chat.LAN": http.StatusNotFound, "evil.lan": http.StatusMisdirectedRequest} {
		response, err := w.App().Test(mustRequest(t, "http://"+host+"/nothing"))
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, want, response.StatusCode, host)
	}
}

func mustRequest(t *testing.T, address string) *http.Request {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, address, nil)
	require.NoError(t, err)
	return request
}

// Browsers can post with every spelling of the base URL.
func TestBaseURLIsNormalized(t *testing.T) {
	port := services.FreePort(t)
	for base, origin := range map[string]string{
		fmt.Sprintf("http://LocalHost:%d/", port): fmt.Sprintf("http://localhost:%d", port), "http://Chat.Example.org:80": "http://chat.example.org", "https://bücher.example": "https://xn--bcher-kva.example",
	} {
		p := harness.SQLite(t).Exec(t, "DCHAT_BASE_URL="+base)
		p.Origin = origin
		anna := p.SignUp(t, "anna")
		require.True(t, anna.Socket(t, "").Open())
		a, err := anna.Do(http.MethodPost, "/logout", http.Header{"Origin": {origin + ".evil.example"}}, nil)
		require.NoError(t, err)
		require.Equal(t, http.StatusForbidden, a.Status)
		p.Stop()
	}
}
