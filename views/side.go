package views

import (
	"strings"
	"time"

	"dchat/app/chat"
)

// MuteValue is how forms write a time for which a conversation is muted: "1h", "8h", "always", "off".
func MuteValue(length time.Duration) string {
	switch length {
	case 0:
		return "off"
	case chat.MuteAlways:
		return "always"
	}
	return number(int64(length/time.Hour)) + "h"
}

func muteLabel(length time.Duration) string {
	switch length {
	case chat.MuteAlways:
		return "Always"
	case time.Hour:
		return "For 1 hour"
	}
	return "For " + number(int64(length/time.Hour)) + " hours"
}

// turnValue is the value of a form that changes a state.
func turnValue(is bool) string {
	if is {
		return "off"
	}
	return "on"
}

// turnLabel names the button that changes a state.
func turnLabel(is bool, on, off string) string {
	if is {
		return off
	}
	return on
}

// flags says how the viewer keeps a conversation.
func flags(e chat.Entry, now time.Time) string {
	var words []string
	if e.Pinned {
		words = append(words, "Pinned")
	}
	if e.Muted(now) {
		words = append(words, "Muted")
	}
	return strings.Join(words, ", ")
}

// isUnread reports whether the row of a conversation has a badge.
func isUnread(e chat.Entry) bool { return e.Unread() > 0 || e.MarkedUnread }

// active and archived are those of the entries that each list of the sidebar shows.
func active(entries []chat.Entry) []chat.Entry {
	return filter(listed(entries), func(e *chat.Entry) bool { return !e.Archived })
}

func archived(entries []chat.Entry) []chat.Entry {
	return filter(listed(entries), func(e *chat.Entry) bool { return e.Archived })
}

// describedBy names what a screen reader says of a row beside its name.
func describedBy(e chat.Entry, now time.Time) string {
	last := id("last", e.ConversationID)
	if flags(e, now) == "" {
		return last
	}
	return last + " " + id("flags", e.ConversationID)
}
