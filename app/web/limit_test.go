package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"testing"

	"dchat/app/config"
	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

func limited(c *config.Config) { c.RateLimits = "on" }

// requireTooFast requires a refusal that says in words and in a header how long to wait.
func requireTooFast(t *testing.T, a *answer) {
	t.Helper()
	require.Equal(t, http.StatusTooManyRequests, a.Status, a.Body)
	seconds, err := strconv.Atoi(a.Header.Get("Retry-After"))
	require.NoError(t, err)
	require.Positive(t, seconds)
	require.Contains(t, a.Body, "Please wait")
}

// untilTooFast repeats something until it is refused, and returns how often it went well.
func untilTooFast(t *testing.T, most int, do func(i int) *answer) (n int) {
	t.Helper()
	for n = range most {
		a := do(n)
		if a.Status == http.StatusTooManyRequests {
			requireTooFast(t, a)
			return n
		}
		require.Less(t, a.Status, 500)
	}
	require.Fail(t, "there is no limit", "%d times", most)
	return n
}

// A page receives no more than it can show; messages to other users do not count.
func TestMessagesToOneContactAreLimited(t *testing.T) {
	n := harness.SQLite(t).Start(t, limited)
	crowd := n.Crowd(t, 4, 0)
	anna, bert, carl := crowd[0], crowd[1], crowd[2]
	harness.Connect(t, anna, carl)
	sent := untilTooFast(t, 1000, func(i int) *answer { return write(anna, bert.Username, fmt.Sprint("message ", i)) })
	require.Less(t, sent, 500)
	wrote(t, anna, carl.Username, "hello")
	wrote(t, bert, anna.Username, "slowly, please")
}

// Ten messages a second for ten seconds, all at once, and a few more.
func TestFastTypingIsNotLimited(t *testing.T) {
	n := harness.SQLite(t).Start(t, limited)
	crowd := n.Crowd(t, 4, 0)
	anna, bert := crowd[0], crowd[1]
	sent := untilTooFast(t, 5000, func(i int) *answer { return write(anna, bert.Username, fmt.Sprint("message ", i)) })
	require.GreaterOrEqual(t, sent, 200)
	a := anna.Post("/chats/"+bert.Username+"/messages", url.Values{"body": {"not to be lost"}}, false)
	requireTooFast(t, a)
	require.Equal(t, "not to be lost", a.Doc().Find("#composer textarea").Text(), "what was typed stays")
	wrote(t, bert, anna.Username, "the other may write on")
	require.Equal(t, http.StatusOK, anna.Get("/chats/"+bert.Username, false).Status, "one may go on reading")
}

func TestPasswordGuessesAreLimited(t *testing.T) {
	n := harness.SQLite(t).Start(t, limited)
	crowd := n.Crowd(t, 2, 0)
	anna, bert := crowd[0], crowd[1]
	guess := func(login string) *answer {
		return n.Stranger().Post("/login", url.Values{"login": {login}, "password": {"a wrong guess"}}, false)
	}
	require.LessOrEqual(t, untilTooFast(t, 30, func(int) *answer { return guess(anna.Username) }), 10)
	a := n.Stranger().Post("/login", url.Values{"login": {anna.Username}, "password": {harness.Password}}, false)
	requireTooFast(t, a)
	require.Equal(t, anna.Username, a.Doc().Find("[name=login]").AttrOr("value", ""))
	requireTooFast(t, guess(" "+anna.Username[:1]+anna.Username[1:]+" "))
	require.True(t, signedIn(t, anna), "a signed-in user stays signed in")
	n.SignIn(t, bert.Username)

	require.LessOrEqual(t, untilTooFast(t, 150, func(i int) *answer { return guess(fmt.Sprint("nobody", i)) }), 100)
}

func TestSignUpsRequestsAndSearchesAreLimited(t *testing.T) {
	n := harness.SQLite(t).Start(t, limited)
	crowd := n.Crowd(t, 80, 0)
	anna := crowd[0]
	require.GreaterOrEqual(t, untilTooFast(t, 200, func(i int) *answer { return anna.Get(fmt.Sprint("/search?q=person", i), true) }), 30)
	require.GreaterOrEqual(t, untilTooFast(t, 78, func(i int) *answer {
		return anna.Post("/chats/"+crowd[2+i].Username+"/request", nil, true)
	}), 20)
	require.GreaterOrEqual(t, untilTooFast(t, 150, func(i int) *answer {
		return n.Stranger().Post("/signup", url.Values{"username": {fmt.Sprint("new", i)}}, false)
	}), 20)
}

// A user may open sockets as fast as browsers do after a restart, and no faster.
func TestSocketsAreLimited(t *testing.T) {
	n := harness.SQLite(t).Start(t, limited)
	crowd := n.Crowd(t, 2, 0)
	open := func(p *person) int {
		conn, response, err := p.Dial("", http.Header{"Origin": {n.Origin}})
		if err == nil {
			require.NoError(t, conn.Close())
		}
		require.NotNil(t, response, err)
		return response.StatusCode
	}
	opened := 0
	for status := open(crowd[0]); status != http.StatusTooManyRequests; status = open(crowd[0]) {
		require.Equal(t, http.StatusSwitchingProtocols, status)
		opened++
		require.Less(t, opened, 2000, "there is no limit")
	}
	require.GreaterOrEqual(t, opened, 300)
	require.Equal(t, http.StatusSwitchingProtocols, open(crowd[1]))
}
