package apptest_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"dchat/app/apptest"
	"dchat/app/testkit"

	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) { testkit.Main(m) }

func TestNodesServeAndComeBack(t *testing.T) {
	apptest.Backends(t, func(t *testing.T, b *apptest.Backend) {
		n := b.Start(t)
		anna, bert := n.SignUp(t, "anna"), n.SignUp(t, "bert")
		apptest.Connect(t, anna, bert)
		socket := bert.Socket(t, "")
		require.Equal(t, http.StatusOK, anna.Post("/chats/bert/messages", url.Values{"body": {"hello bert"}}, true).Status)
		socket.AwaitText(t, "hello bert")

		n.Restart()
		require.Equal(t, 1012, socket.AwaitClose(t, time.Second))
		require.Contains(t, anna.Get("/chats/bert", false).Doc().Find("article").Text(), "hello bert")
		if b.Redis() != nil {
			second := b.Start(t)
			socket := bert.On(second).Socket(t, "")
			anna.Post("/chats/bert/messages", url.Values{"body": {"from the first"}}, false)
			socket.AwaitText(t, "from the first")
		}
	})
}

func TestProcessesDieAndComeBack(t *testing.T) {
	apptest.Backends(t, func(t *testing.T, b *apptest.Backend) {
		p := b.Exec(t)
		anna := p.SignUp(t, "anna")
		p.Kill()
		p.Start()
		require.Equal(t, http.StatusOK, anna.Get("/profile", false).Status)
		p.Stop()
	})
}
