package views

import (
	"dchat/app/account"
	"dchat/app/chat"
	"dchat/app/text"

	"github.com/a-h/templ"
)

// deletedText stands in the place of a message that was deleted or has disappeared.
const deletedText = "Message deleted"

// rowClass returns what the stylesheet and the menu of actions have to know of a message.
func rowClass(viewer Viewer, m *chat.Message, here bool) string {
	classes := "msg"
	for _, c := range []struct {
		name string
		is   bool
	}{
		{"mine", m.SenderID == viewer.ID && m.Notice == ""},
		{"notice", m.Notice != ""},
		{"gone", !m.DeletedAt.IsZero()},
		{"saved", m.Saved},
		{"here", here},
		{"bare", bare(m) && len(m.Reactions) == 0 && m.DeletedAt.IsZero()},
	} {
		if c.is {
			classes += " " + c.name
		}
	}
	return classes
}

// rowAttributes returns the attributes of a message in a log. A sender's row has the key by which the outbox knows it,
// also when the message is deleted. data-source is the text as typed, if it is shown otherwise. Without a script, the
// browser scrolls to a row with autofocus.
func rowAttributes(viewer Viewer, m *chat.Message, here bool) templ.OrderedAttributes {
	list := templ.OrderedAttributes{
		{Key: "id", Value: id("message", m.ID())}, {Key: "data-seq", Value: number(m.Seq)}, {Key: "data-rev", Value: number(m.Rev)},
	}
	if m.SenderID == viewer.ID {
		list = append(list, templ.KeyValue[string, any]{Key: "data-key", Value: m.Key.String()})
	}
	if prev := prevAt(m); prev != nil && !m.Hidden {
		list = append(list, templ.KeyValue[string, any]{Key: "data-prev", Value: prev["data-prev"]})
	}
	if m.DeletedAt.IsZero() && !m.Hidden && !isShownAsTyped(m.Body) {
		list = append(list, templ.KeyValue[string, any]{Key: "data-source", Value: m.Body})
	}
	if expires(m) {
		list = append(list, templ.KeyValue[string, any]{Key: "data-expires", Value: true})
	}
	if here {
		list = append(list, templ.KeyValue[string, any]{Key: "tabindex", Value: "-1"}, templ.KeyValue[string, any]{Key: "autofocus", Value: true})
	}
	return list
}

// expires reports whether a message disappears: browsers keep it for no time without a connection.
func expires(m *chat.Message) bool { return m != nil && !m.ExpiresAt.IsZero() && !m.Gone() }

// messagePath returns the path of a message's page, or with more parts a path below it.
func messagePath(other *account.User, m *chat.Message, parts ...string) string {
	return chatPath(other, append([]string{"messages", number(m.ID())}, parts...)...)
}

func messageURL(other *account.User, m *chat.Message, parts ...string) templ.SafeURL {
	return templ.SafeURL(messagePath(other, m, parts...))
}

// messageID is the name of a message in the query of an address.
func messageID(m *chat.Message) templ.SafeURL { return templ.SafeURL(number(m.ID())) }

// atURL returns the address of the conversation around a message.
func atURL(other *account.User, seq int64) templ.SafeURL {
	return chatURL(other) + templ.SafeURL("?at="+number(seq))
}

// nameOf returns the display name of one of the two people of a conversation.
func nameOf(viewer Viewer, other *account.User, id int64) string {
	if id == viewer.ID {
		return viewer.DisplayName
	}
	return other.DisplayName
}

// summary describes a message in one line: its beginning, or its files.
func summary(m *chat.Message) string {
	if !m.DeletedAt.IsZero() {
		return deletedText
	}
	line := excerpt(m.Body)
	if m.Body != "" && !text.Visible(line) {
		return emptyText
	}
	if line == "" && m.Files > 0 {
		return filesLine(m)
	}
	return line
}

// quoted describes what a reply answers.
func quoted(q *chat.Quote) string {
	if q.Gone {
		return deletedText
	}
	return summary(&chat.Message{Body: q.Body, Files: q.Files, Images: q.Images})
}

// pill is a reaction with those who chose it.
type pill struct {
	Emoji string
	Names string
	Count int
	Own   bool
	Next  string // the viewer's reaction after a press
}

// pillsOf groups the reactions to a message, in the order in which their emoji were first chosen.
func pillsOf(viewer Viewer, other *account.User, m *chat.Message) []pill {
	var list []pill
	at := map[string]int{}
	for _, r := range m.Reactions {
		i, known := at[r.Emoji]
		if !known {
			i = len(list)
			at[r.Emoji] = i
			list = append(list, pill{Emoji: r.Emoji, Next: r.Emoji})
		}
		p, name := &list[i], other.DisplayName
		if r.UserID == viewer.ID {
			name, p.Own, p.Next = "You", true, ""
		}
		if p.Count++; p.Count > 1 {
			name = p.Names + ", " + name
		}
		p.Names = name
	}
	return list
}
