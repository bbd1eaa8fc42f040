package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"dchat/test/harness"
	"dchat/test/services"

	"github.com/stretchr/testify/require"
)

// While the database is down nothing is acknowledged, every response has Retry-After, and open
// pages stay open; afterwards everything works again.
func TestDatabaseDown(t *testing.T) {
	database := services.OwnPostgres(t)
	b := harness.On(t, database.URL)
	n := b.Start(t)
	crowd := n.Crowd(t, 10, 0)
	anna, bert := crowd[0], crowd[1]
	socket := bert.Socket(t, "")

	var sends sync.WaitGroup
	for i, p := range crowd { // every user is sending
		sends.Go(func() {
			a := &answer{Status: http.StatusOK}
			for k := 0; a.Status == http.StatusOK; k++ {
				a = write(p, crowd[i^1].Username, fmt.Sprint("on the way ", k))
			}
			requireUnavailable(t, a)
		})
	}
	socket.AwaitText(t, "on the way 3")
	database.Stop()
	sends.Wait()
	readies := func(status int) {
		t.Helper() // what the database said counts for a second
		require.Eventually(t, func() bool { return n.Stranger().Get("/readyz", false).Status == status }, 10*time.Second, 50*time.Millisecond)
	}
	readies(http.StatusServiceUnavailable)
	for range 3 {
		requireUnavailable(t, write(anna, bert.Username, "into the void"))
		form, err := postForm(anna, bert.Username, url.Values{"body": {"into the void"}}, attachment("file", "hello"))
		require.NoError(t, err)
		for _, a := range []*answer{form, anna.Post("/chats/"+bert.Username+"/messages", url.Values{"body": {"into the void"}}, false)} {
			requireUnavailable(t, a)
			require.Equal(t, "into the void", a.Doc().Find(".kept textarea").Text(), "what was typed is there again")
		}
		requireUnavailable(t, anna.Get("/chats/"+bert.Username, false))
		requireUnavailable(t, anna.Get("/search?q=person", true))
		requireUnavailable(t, n.Stranger().Post("/login", url.Values{"login": {"anna"}, "password": {harness.Password}}, false))
		require.Equal(t, http.StatusOK, n.Stranger().Get("/healthz", false).Status)
		require.Equal(t, http.StatusOK, n.Stranger().Get("/login", false).Status)
	}
	require.True(t, socket.Open())

	database.Start()
	require.Eventually(t, func() bool { return write(anna, bert.Username, "here again").Status == http.StatusOK }, 10*time.Second, 50*time.Millisecond)
	socket.AwaitText(t, "here again")
	require.True(t, socket.Open())
	readies(http.StatusOK)
	require.NotContains(t, anna.Get("/chats/"+bert.Username, false).Body, "into the void", "it was refused")
}

func requireUnavailable(t *testing.T, a *answer) {
	t.Helper()
	if a.Status != http.StatusServiceUnavailable || a.Header.Get("Retry-After") == "" {
		t.Errorf("not 503 with Retry-After: %d %v %s", a.Status, a.Header, a.Body)
	}
}
