package views

import (
	"time"

	"dchat/app/account"
	"dchat/app/attachment"
	"dchat/app/chat"

	"github.com/google/uuid"
)

// plain returns a message of the other user to which nothing has happened.
func (c examples) plain(seq int64, body string) *chat.Message {
	return &chat.Message{
		ConversationID: 2, Seq: seq, Rev: seq, SenderID: 2, Key: uuid.UUID{14: 2, 15: byte(seq)}, Body: body,
		CreatedAt: c.now, PrevAt: c.now.Add(-time.Second),
	}
}

// life returns messages to which different things have happened.
func (c examples) life() []*chat.Message {
	file := []attachment.Attachment{{ID: "example", Name: "Route.pdf", Size: 180_000, Type: "application/pdf"}}
	changes := []func(*chat.Message){
		func(m *chat.Message) { m.EditedAt = c.now },
		func(m *chat.Message) { m.Forwarded = true },
		func(m *chat.Message) { m.Forwarded, m.Body, m.Attachments, m.Files = true, "", file, 1 },
		func(m *chat.Message) { m.Saved = true },
		func(m *chat.Message) { m.Quote = &chat.Quote{Seq: 1, SenderID: 1, Body: "That ridge on Saturday?"} },
		func(m *chat.Message) {
			m.Quote = &chat.Quote{Seq: 1, SenderID: 2, Body: "متى نلتقي غدًا؟"}
		},
		func(m *chat.Message) { m.Quote = &chat.Quote{Seq: 1, SenderID: 2, Files: 3, Images: 3} },
		func(m *chat.Message) { m.Quote = &chat.Quote{Seq: 1, SenderID: 2, Gone: true} },
		func(m *chat.Message) { m.Reactions = c.reactions("👍", "") },
		func(m *chat.Message) { m.Reactions = c.reactions("🎉", "🎉") },
		func(m *chat.Message) { m.Reactions = c.reactions("❤️", "👩🏽‍🚀") },
		func(m *chat.Message) {
			m.Quote = &chat.Quote{Seq: 1, SenderID: 2, Body: "Everything at once, in one message that is long enough to be cut off here"}
			m.EditedAt, m.Forwarded, m.Saved, m.Reactions = c.now, true, true, c.reactions("👍", "❤️")
		},
		func(m *chat.Message) { m.DeletedAt = c.now },
		func(m *chat.Message) { m.Notice, m.Body = chat.TimerNotice, "Messages disappear after 1 week." },
		func(m *chat.Message) { m.Hidden = true },
	}
	var list []*chat.Message
	for i, change := range changes {
		for _, sender := range []int64{2, c.me.ID} {
			m := c.plain(int64(2*i)+100+sender, "I’m in")
			m.SenderID = sender
			change(m)
			list = append(list, m)
		}
	}
	return list
}

// reactions returns the reactions of the two users; "" is none.
func (c examples) reactions(theirs, mine string) []chat.Reaction {
	list := []chat.Reaction{{UserID: 2, Emoji: theirs, ReactedAt: c.now}}
	if mine != "" {
		list = append(list, chat.Reaction{UserID: c.me.ID, Emoji: mine, ReactedAt: c.now})
	}
	return list
}

// lifeRows returns conversations whose last messages are those of life that the sidebar shows in their own way.
func (c examples) lifeRows() []chat.Entry {
	var list []chat.Entry
	for _, m := range c.life() {
		if m.Gone() || m.Notice != "" || m.Forwarded {
			e := c.with(chat.InContact)
			e.ConversationID, e.Seq, e.LastReadSeq, e.Last = 200+m.Seq, m.Seq, m.Seq, m
			list = append(list, e)
		}
	}
	return list
}

// modes returns composers that answer and edit, and those whose message was refused.
func (c examples) modes() []Unsent {
	theirs, mine := c.plain(1, "That ridge on Saturday?"), c.plain(2, "I’m in")
	mine.SenderID = c.me.ID
	return []Unsent{
		{Mode: Mode{Reply: theirs}},
		{Body: mine.Body, Mode: Mode{Edit: mine}},
		{Body: "I’m out", Why: "This message was edited elsewhere meanwhile.", Mode: Mode{Edit: mine}},
		{Why: "This message was deleted, so there is nothing to reply to."},
	}
}

// timed returns a conversation whose messages disappear.
func (c examples) timed() chat.Entry {
	e := c.with(chat.InContact)
	e.Timer = week
	return e
}

// messagePages returns pages of the viewer's own message, of another person's, and of a deleted one.
func (c examples) messagePages() []MessagePage {
	own, deleted := c.plain(3, "I’m in"), c.plain(4, "")
	own.SenderID, own.EditedAt, own.ExpiresAt, own.Reactions = c.me.ID, c.now, c.now.Add(week), c.reactions("👍", "❤️")
	deleted.DeletedAt = c.now
	e := c.timed()
	e = e.WithReceipts(chat.Receipts{Delivered: 3, Read: 3})
	others := []*account.User{c.with(chat.Stranger).Other, c.with(chat.Asked).Other}
	list := []MessagePage{
		{Message: own, MayEdit: true, Edits: []chat.Version{{Body: "I’m inn", WrittenAt: c.now}}, Forward: ForwardForm{Contacts: others, Key: "example"}},
		{Message: c.plain(1, "That ridge on Saturday?"), Forward: ForwardForm{Contacts: others, Key: "example", Why: "Choose at least one contact."}},
		{Message: deleted},
	}
	for i := range list {
		list[i].Viewer, list[i].Entry = c.me, e
	}
	return list
}

// hits returns messages of two conversations.
func (c examples) hits() chat.Hits {
	mine := c.plain(2, "Here’s the route: https://example.org/ridge")
	mine.SenderID, mine.Saved = c.me.ID, true
	return chat.Hits{Next: "example", List: []chat.Hit{
		{Message: *c.plain(1, "That ridge on Saturday?"), Other: c.with(chat.InContact).Other},
		{Message: *mine, Other: c.with(chat.Asked).Other},
	}}
}
