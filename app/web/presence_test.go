package web_test

import (
	"fmt"
	"strings"
	"testing"

	"dchat/test/harness"

	"github.com/fasthttp/websocket"
	"github.com/stretchr/testify/require"
)

// on are the nodes of a test: on Postgres two people use one each.
func on(t *testing.T, b *backend) (one, two *harness.Node) {
	one = b.Start(t)
	if b.Name == "sqlite" {
		return one, one
	}
	return one, b.Start(t)
}

func says(t *testing.T, s *harness.Socket, text string) {
	t.Helper()
	require.NoError(t, s.Conn.WriteMessage(websocket.TextMessage, []byte(text)))
}

func typingTo(conversation int) string { return fmt.Sprintf(`hx-target="#typing-%d"`, conversation) }

func TestTypingReachesTheOther(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		one, two := on(t, b)
		anna, bert, carl, dora := one.SignUp(t, "anna"), one.SignUp(t, "bert"), one.SignUp(t, "carl"), one.SignUp(t, "dora")
		database, conversations := b.Open(t), map[*person]int{}
		for _, other := range []*person{bert, carl, dora} {
			harness.Connect(t, anna, other)
			conversations[other] = count(t, database, "SELECT max(id) FROM conversations")
		}
		annas, berts, carls, doras := anna.Socket(t, ""), bert.On(two).Socket(t, ""), carl.On(two).Socket(t, ""), dora.On(two).Socket(t, "")
		annas.AwaitText(t, `hx-target="#hears"`)
		berts.AwaitText(t, `hx-target="#hears"`)
		says(t, annas, fmt.Sprintf("typing.%d", conversations[bert]))
		berts.AwaitText(t, "anna is typing")
		berts.AwaitText(t, typingTo(conversations[bert]))
		require.NotContains(t, annas.All()+carls.All(), "typing")

		wrote(t, anna, "bert", "a message ends it")
		berts.AwaitText(t, "a message ends it")
		require.Equal(t, 2, strings.Count(berts.All(), typingTo(conversations[bert])))

		did(t, dora, "/chats/anna/block")
		says(t, annas, fmt.Sprintf("typing.%d", conversations[dora]))
		says(t, carls, fmt.Sprintf("typing.%d", conversations[bert])) // a conversation of others
		exec(t, database, "UPDATE users SET show_typing = ? WHERE username = ?", false, "bert")
		says(t, berts, fmt.Sprintf("typing.%d", conversations[bert]))
		says(t, carls, fmt.Sprintf("typing.%d", conversations[carl]))
		annas.AwaitText(t, "carl is typing")
		says(t, annas, fmt.Sprintf("typing.%d", conversations[carl]))
		carls.AwaitText(t, "anna is typing")
		require.NotContains(t, doras.All(), "is typing", "never through a block")
		require.NotContains(t, annas.All(), "bert is typing", "switched off")
		require.NotContains(t, berts.All(), "carl is typing")
	})
}

func TestOnlineIsShownWhereAConversationIsOpen(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		one, two := on(t, b)
		anna, bert := one.SignUp(t, "anna"), one.SignUp(t, "bert")
		harness.Connect(t, anna, bert)
		database := b.Open(t)
		conversation := count(t, database, "SELECT max(id) FROM conversations")
		open := func(p *person, node *harness.Node) *harness.Socket {
			cursor := pageCursor.FindStringSubmatch(p.Get("/", false).Body)
			require.NotNil(t, cursor)
			return p.On(node).Socket(t, fmt.Sprintf("%s.%d.0.1", cursor[1], conversation))
		}
		annas := open(anna, one)
		online := fmt.Sprintf(`hx-target="#presence-%d" hx-swap="innerHTML settle:0"><span class="online">online`, conversation)
		says(t, annas, "visible")
		annas.AwaitText(t, fmt.Sprintf("#presence-%d", conversation))
		require.NotContains(t, annas.All(), "online<", "bert is not there")
		for text := ""; !strings.Contains(text, online); { // until the sign has been heard on the other node
			s := open(bert, two)
			s.AwaitText(t, fmt.Sprintf("#presence-%d", conversation))
			text = s.All()
		}
		did(t, bert, "/chats/anna/block")
		blocked := open(anna, one)
		blocked.AwaitText(t, fmt.Sprintf("#presence-%d", conversation))
		require.NotContains(t, blocked.All(), "online<")
		require.NotContains(t, blocked.All(), "last seen")
	})
}
