package views

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"dchat/app/account"
	"dchat/app/chat"
	"dchat/app/notify/push"

	"github.com/stretchr/testify/require"
)

func notificationOf(name, body string, unread int) *chat.Notification {
	n := &chat.Notification{
		Subscription: &account.Subscription{User: &account.User{Notifications: account.DefaultNotifications}},
		Entry: chat.Entry{
			ConversationID: 7, Seq: 3, LastReadSeq: 1, Other: &account.User{Username: strings.Repeat("u", 50), DisplayName: name},
			Last: &chat.Message{Body: body},
		},
		Total: math.MaxInt64,
	}
	for i := range unread {
		n.Unread = append(n.Unread, math.MaxInt64-int64(i))
	}
	return n
}

// However long the names and texts are, push services take the payload.
func TestNotificationFits(t *testing.T) {
	for _, letter := range []string{"a", "<", "&", "\u2028", "\"", "👍", "ü", "👩‍👩‍👧‍👦", "\u202e"} {
		for _, unread := range []int{0, 1, maxListed, maxListed + 1, 5000} {
			payload := Notification(notificationOf(strings.Repeat(letter, 50), strings.Repeat(letter, 10_000), unread))
			require.LessOrEqual(t, len(payload), push.MaxPayload, "%q, %d", letter, unread)
			require.True(t, json.Valid(payload))
		}
	}
	require.LessOrEqual(t, len(NotificationTopic(notificationOf("", "", 0))), 32, "RFC 8030, 5.4")
	n := notificationOf("", "", 0)
	n.Entry.ConversationID = math.MaxInt64
	require.LessOrEqual(t, len(NotificationTopic(n)), 32)
}

func TestNotificationText(t *testing.T) {
	n := notificationOf("Anna", "*hello* <b>", 2)
	require.Equal(t, "hello <b>", notificationBody(n), "as the sidebar has it")
	n.Subscription.User.PushText = false
	require.Equal(t, "2 new messages", notificationBody(n))
	n.Entry.LastReadSeq = 2
	require.Equal(t, "New message", notificationBody(n))
}

func TestDigestNamesAndCounts(t *testing.T) {
	entry := func(name string, unread int64) chat.Entry {
		return chat.Entry{Seq: unread, Other: &account.User{DisplayName: name}, Last: &chat.Message{Body: "secret"}}
	}
	d := &chat.Digest{User: &account.User{DisplayName: "Ines Moreau"}, Token: "abc", Entries: []chat.Entry{entry("Anna", 1)}}
	require.Equal(t, "1 unread message from Anna", NewDigest(d, emailHome).Subject)
	d.Entries = append(d.Entries, entry("Bert", 3))
	require.Equal(t, "4 unread messages from Anna and 1 other", NewDigest(d, emailHome).Subject)
	for range 20 {
		d.Entries = append(d.Entries, entry("Carl", 1))
	}
	l := NewDigest(d, emailHome)
	require.Equal(t, "24 unread messages from Anna and 21 others", l.Subject)
	text := strings.Join(strings.Fields(l.Text()), " ")
	require.Contains(t, text, "Anna (1), Bert (3), Carl (1)")
	require.Contains(t, text, "and 12 more.")
	require.Contains(t, text, emailHome+"/email/unsubscribe/abc")
	page := render(t, EmailPage(l))
	require.Equal(t, 1, page.Find(`a[href="`+emailHome+`/email/unsubscribe/abc"]`).Length())
	html, err := page.Html()
	require.NoError(t, err)
	require.NotContains(t, text+html, "secret")
}
