package app_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"dchat/app/config"
	"dchat/app/files"
	"dchat/test/harness"
	"dchat/test/services"

	"github.com/stretchr/testify/require"
)

// line is a line of a log.
type line struct {
	Level, Msg, Request, Route, Method string
	User                               int64
	Failed                             int
}

// lines returns the lines with a message.
func lines(t *testing.T, log, message string) (found []line) {
	t.Helper()
	for text := range strings.Lines(log) {
		var l line
		require.NoError(t, json.Unmarshal([]byte(text), &l), text)
		if l.Msg == message {
			found = append(found, l)
		}
	}
	return found
}

// The log names a failed request by the id in its answer, and contains no secrets, even at debug level.
func TestLogNamesRequestsAndNoSecrets(t *testing.T) {
	smtp := newMailServer(t)
	smtp.open()
	b := harness.EmptyPostgres(t)
	n := b.Start(t, func(c *config.Config) {
		c.SMTPURL, c.TrustedProxies, c.LogLevel = "smtp://"+smtp.address+"?tls=off", []string{"127.0.0.1"}, "debug"
	})
	anna := n.Stranger()
	anna.Post("/signup", url.Values{"username": {"anna"}, "email": {"anna@example.org"}, "password": {harness.Password}}, false)
	verify := smtp.email(t, "anna@example.org", "confirm").Path(t, "/verify/")
	require.Equal(t, http.StatusSeeOther, anna.Post(verify, nil, false).Status)
	anna.Post("/password/forgot", url.Values{"email": {"anna@example.org"}}, false)
	email := smtp.email(t, "anna@example.org", "password")
	reset := email.Path(t, "/password/reset/")
	require.Equal(t, http.StatusOK, anna.Get("/settings", false).Status)
	socket := anna.Socket(t, "")

	exec := func(query string) {
		_, err := b.Open(t).Writer().ExecContext(t.Context(), query)
		require.NoError(t, err)
	}
	var user int64
	require.NoError(t, b.Open(t).Read().NewRaw("SELECT id FROM users").Scan(t.Context(), &user))
	exec("ALTER TABLE memberships RENAME TO lost")
	failed := anna.Get("/", false)
	require.Equal(t, http.StatusInternalServerError, failed.Status)
	exec("ALTER TABLE attachments RENAME TO lost_too")
	file := files.NewSigner([]byte(harness.Secret())).URL(user, "someid", "x.png", time.Now())
	require.Equal(t, http.StatusInternalServerError, anna.Get(file, false).Status)
	exec("ALTER TABLE users RENAME TO lost_as_well")
	require.Equal(t, http.StatusInternalServerError, n.Stranger().Post(verify, nil, false).Status)
	require.Equal(t, http.StatusInternalServerError, n.Stranger().Post(reset, url.Values{"password": {"another " + harness.Password}}, false).Status)
	require.True(t, socket.Open())

	found := lines(t, n.Log(), "a request failed")
	require.Len(t, found, 4)
	require.Equal(t, line{Level: "ERROR", Msg: "a request failed", Request: failed.Header.Get("X-Request-Id"), Method: "GET", Route: "/", User: user}, found[0])
	require.Equal(t, "/files/:id/:name", found[1].Route)
	require.Equal(t, "/verify/:token", found[2].Route)
	require.Equal(t, "/password/reset/:token", found[3].Route)
	signature, err := url.Parse(file)
	require.NoError(t, err)
	for what, secret := range map[string]string{
		"a link": strings.TrimPrefix(verify, "/verify/"), "another link": strings.TrimPrefix(reset, "/password/reset/"),
		"a signature": signature.Query().Get("sig"), "a password": harness.Password,
		"a cookie": anna.Jar.Get("dchat"), "the signing secret": harness.Secret(), "an email": strings.SplitN(strings.TrimSpace(email.Text), "\n", 2)[0],
	} {
		require.NotEmpty(t, secret, what)
		require.NotContains(t, n.Log(), secret, what)
	}
}

// Only a trusted proxy may set request ids, within limits.
func TestRequestNames(t *testing.T) {
	b := harness.EmptySQLite(t)
	ask := func(n *harness.Node, name string) string {
		a, err := n.Stranger().Do(http.MethodGet, "/login", http.Header{"X-Request-Id": {name}}, nil)
		require.NoError(t, err)
		return a.Header.Get("X-Request-Id")
	}
	n := b.Start(t, func(c *config.Config) { c.TrustedProxies = []string{"127.0.0.1"} })
	require.Equal(t, "given-by-the-proxy-1", ask(n, "given-by-the-proxy-1"))
	for _, wrong := range []string{"", "short", "no\tname-at-all", strings.Repeat("long", 20), `"},{"level":"`} {
		require.Regexp(t, `^[A-Z2-7]{26}$`, ask(n, wrong))
	}
	n.Stop()
	n = b.Start(t)
	require.Regexp(t, `^[A-Z2-7]{26}$`, ask(n, "given-by-others-1"))
}

// The log has one line when the database fails and one when it is back.
func TestOutageIsLoggedOnce(t *testing.T) {
	database := services.OwnPostgres(t)
	n := harness.On(t, database.URL).Start(t)
	anna := n.SignUp(t, "anna")
	n.Email(t, "anna@example.org", "confirm") // all parts of the node have started
	socket := anna.Socket(t, "")
	database.Stop()
	for range 50 {
		require.Equal(t, http.StatusServiceUnavailable, anna.Get("/settings", false).Status)
	}
	require.Equal(t, 1, strings.Count(n.Log(), `"level":"ERROR"`))
	require.LessOrEqual(t, len(lines(t, n.Log(), "a request failed")), 3, "requests before the outage is detected")
	database.Start()
	const back = "the database answers again"
	require.Eventually(t, func() bool {
		return anna.Get("/settings", false).Status == http.StatusOK && len(lines(t, n.Log(), back)) == 1
	}, patience, 50*time.Millisecond)
	require.GreaterOrEqual(t, lines(t, n.Log(), back)[0].Failed, 50)
	require.True(t, socket.Open())
}
