package harness_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"dchat/test/harness"
	"dchat/test/services"

	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) { services.Main(m) }

func TestNodeRestart(t *testing.T) {
	harness.Empty(t, func(t *testing.T, b *harness.Backend) {
		n := b.Start(t)
		anna, bert := n.SignUp(t, "anna"), n.SignUp(t, "bert")
		harness.Connect(t, anna, bert)
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

func TestProcessKillAndRestart(t *testing.T) {
	harness.Empty(t, func(t *testing.T, b *harness.Backend) {
		p := b.Exec(t)
		anna := p.SignUp(t, "anna")
		p.Kill()
		p.Start()
		require.Equal(t, http.StatusOK, anna.Get("/profile", false).Status)
		p.Stop()
	})
}
