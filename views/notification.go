package views

import (
	"encoding/json"
	"strconv"
	"time"

	"dchat/app/account"
	"dchat/app/chat"
	"dchat/app/text"
	"dchat/static"
)

// notificationText is the longest text of a notification, in code points. Systems show less.
const notificationText = 300

// maxListed is the most conversations that a notification lists: its payload is limited.
const maxListed = 50

// pushPayload is what the service worker reads (static/js/worker): names stay as they are, since an old worker may
// receive the payload of a new server.
type pushPayload struct {
	Tag    string   `json:"tag"` // the same for all notifications of a conversation: the last one stays
	Title  string   `json:"title"`
	Body   string   `json:"body"`
	URL    string   `json:"url"`
	Icon   string   `json:"icon"`
	At     int64    `json:"at"`     // of the message, in milliseconds
	Seq    int64    `json:"seq"`    // of the message
	Unread int64    `json:"unread"` // in all conversations, for the badge
	Now    int64    `json:"now"`    // when Others was made, in milliseconds
	Others []string `json:"others"` // tags of the conversations that have unread messages; null: not known
}

// Notification returns the payload of a push message.
func Notification(n *chat.Notification) []byte {
	e := &n.Entry
	p := pushPayload{
		Tag: notificationTag(e.ConversationID), Title: e.Other.DisplayName, Body: notificationBody(n), URL: "/chats/" + e.Other.Username, Icon: static.URL("icon-192.png"),
		At: e.ShownAt.UnixMilli(), Seq: e.Seq, Unread: n.Total, Now: n.At.UnixMilli(),
	}
	if len(n.Unread) <= maxListed {
		p.Others = make([]string, len(n.Unread))
		for i, id := range n.Unread {
			p.Others[i] = notificationTag(id)
		}
	}
	encoded, err := json.Marshal(p)
	if err != nil {
		panic(err) // there is nothing in it that cannot be encoded
	}
	return encoded
}

// NotificationTopic is the topic of a push message (RFC 8030, 5.4): of one topic a push service keeps the last message.
// The service learns nothing from it but that two messages have the same.
func NotificationTopic(n *chat.Notification) string { return notificationTag(n.Entry.ConversationID) }

func notificationTag(conversation int64) string { return "chat-" + number(conversation) }

func notificationBody(n *chat.Notification) string {
	e := &n.Entry
	if n.Subscription.User.PushText && !e.Last.Gone() {
		return text.HeadRunes(summary(e.Last), notificationText)
	}
	return newMessages(e.Unread())
}

func digestChoices() []int { return account.DigestChoices }

func hoursText(hours int) string { return span(time.Duration(hours) * time.Hour) }

// newMessages says how many messages are new.
func newMessages(n int64) string {
	if n == 1 {
		return "New message"
	}
	return strconv.FormatInt(n, 10) + " new messages"
}
