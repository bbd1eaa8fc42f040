package views

import (
	"strings"

	"dchat/app/chat"
)

// lists maps a prefix to the list that holds its elements. Without it, a browser compares each element of the page
// with a thousand ids, which takes a second.
var lists = map[string]string{"chat": "#chats > ", "archived": "#archived > ", "request": "#requests > ", "blocked": "#blocked > "}

// anyOf returns a selector of the elements of entries under a prefix: of chats and requests by the conversation, of
// others by the person.
func anyOf(prefix string, entries []chat.Entry) string {
	if len(entries) == 0 {
		return ""
	}
	ids := make([]string, len(entries))
	if prefix == "archived" {
		prefix = "chat"
	}
	for i, e := range entries {
		n := e.Other.ID
		if prefix == "chat" || prefix == "request" {
			n = e.ConversationID
		}
		ids[i] = "#" + id(prefix, n)
	}
	return ":is(" + strings.Join(ids, ",") + ")"
}

// withAny returns a selector of a pane that shows one of these people.
func withAny(entries []chat.Entry) string {
	people := make([]string, len(entries))
	for i, e := range entries {
		people[i] = `[data-with="` + number(e.Other.ID) + `"]`
	}
	return ":is(" + strings.Join(people, ",") + ")"
}

// not returns a selector of everything except the elements of another selector.
func not(selector string) string {
	if selector == "" {
		return ""
	}
	return ":not(" + selector + ")"
}

func listed(entries []chat.Entry) []chat.Entry {
	return filter(entries, func(e *chat.Entry) bool { return e.ConversationID != 0 && e.Listed() })
}

func unlisted(entries []chat.Entry) []chat.Entry {
	return filter(entries, func(e *chat.Entry) bool { return e.ConversationID != 0 && !e.Listed() })
}

func withConversation(entries []chat.Entry) []chat.Entry {
	return filter(entries, func(e *chat.Entry) bool { return e.ConversationID != 0 })
}

func withStanding(entries []chat.Entry, standing chat.Standing) []chat.Entry {
	return filter(entries, func(e *chat.Entry) bool { return e.Standing == standing })
}

func withoutStanding(entries []chat.Entry, standing chat.Standing) []chat.Entry {
	return filter(entries, func(e *chat.Entry) bool { return e.Standing != standing })
}

func filter(entries []chat.Entry, are func(*chat.Entry) bool) []chat.Entry {
	var list []chat.Entry
	for i := range entries {
		if are(&entries[i]) {
			list = append(list, entries[i])
		}
	}
	return list
}
