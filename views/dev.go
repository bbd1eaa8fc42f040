package views

import (
	"time"

	"dchat/app/account"
	"dchat/app/attachment"
	"dchat/app/chat"

	"github.com/google/uuid"
)

// examples makes example users in every standing to the viewer.
type examples struct {
	me  Viewer
	now time.Time
}

func newExamples(fileURL func(int64, string, string) string, now time.Time) examples {
	return examples{me: Viewer{User: &account.User{ID: 1, Username: "ines", DisplayName: "Ines Moreau", ShowRead: true, ShowOnline: true}, FileURL: fileURL}, now: now}
}

// all returns entries in every standing.
func (c examples) all() []chat.Entry {
	people := []struct {
		username, name, picture string
		standing                chat.Standing
	}{
		{"aiko", "Aiko Nakamura", "", chat.InContact},
		{"jonas.berg", "Jonas Berg", "picture", chat.Stranger},
		{"layla", "ليلى حداد", "", chat.Asked},
		{"tomas.o", "Tomás Ortega", "", chat.Asking},
		{"priya", "Priya K.", "", chat.Blocked},
		{"gone", "Deleted account", "", chat.Deleted},
	}
	list := make([]chat.Entry, len(people))
	for i, p := range people {
		n := int64(i + 2)
		list[i] = chat.Entry{
			ConversationID: n, Standing: p.standing, ShownAt: c.now.Add(-time.Duration(i*i) * 9 * time.Hour),
			Other: &account.User{ID: n, Username: p.username, DisplayName: p.name, Picture: p.picture, ShowRead: true, CreatedAt: c.now},
		}
	}
	return list
}

// with returns the first entry of a standing.
func (c examples) with(standing chat.Standing) chat.Entry {
	for _, e := range c.all() {
		if e.Standing == standing {
			return e
		}
	}
	return chat.Entry{}
}

// received returns a conversation of which the other has received more than they have read.
func (c examples) received() chat.Entry {
	return c.with(chat.InContact).WithReceipts(chat.Receipts{Delivered: 3, Read: 2})
}

// rows returns conversations: read, with few and many unread messages, and empty.
func (c examples) rows() []chat.Entry {
	list := c.all()[:4]
	for i, seq := range []int64{5, 3, 128} {
		list[i].Seq, list[i].Last = seq, &c.messages()[i]
	}
	list[0].LastReadSeq = 5
	return list
}

// messages returns messages of both users with different content.
func (c examples) messages() []chat.Message {
	said := []struct {
		mine bool
		body string
	}{
		{false, "That ridge on Saturday?"},
		{true, "I’m in 😍"},
		{true, "Here’s the route: https://example.org/ridge"},
		{false, "متى نلتقي غدًا؟"},
		{false, "A word without an end: " + "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"},
		{true, "Two lines,\none message"},
		{false, ""},
	}
	list := make([]chat.Message, len(said))
	for i, m := range said {
		list[i] = chat.Message{ConversationID: 2, Seq: int64(i + 1), Rev: int64(i + 1), SenderID: 2, Key: uuid.UUID{15: byte(i)}, Body: m.body, CreatedAt: c.now, PrevAt: c.now}
		if m.mine {
			list[i].SenderID = c.me.ID
		}
	}
	list[len(list)-1].DeletedAt = c.now
	return list
}

// find returns the page of a search, which only "the" finds anything in.
func (c examples) find(query string) FindPage {
	page := FindPage{Me: c.me, Query: query, Now: c.now}
	if query == "the" {
		other := c.with(chat.InContact).Other
		theirs := chat.Message{ConversationID: 90, Seq: 1, SenderID: other.ID, Body: "Here is the report, and the notes.", CreatedAt: c.now}
		mine := chat.Message{ConversationID: 90, Seq: 2, SenderID: c.me.ID, CreatedAt: c.now, Attachments: []attachment.Attachment{{Name: "The plan 2026.pdf"}}}
		page.Hits = chat.Hits{List: []chat.Hit{{Message: mine, Other: other}, {Message: theirs, Other: other}}, Next: "cursor"}
	}
	return page
}
