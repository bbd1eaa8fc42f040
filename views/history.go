package views

import (
	"slices"

	"dchat/app/chat"
)

// History is the part of a conversation that a pane shows.
type History struct {
	Messages []chat.Message // by Seq
	More     bool           // there are earlier messages
	Past     bool           // the latest messages are missing, so new ones must not be appended
	At       int64          // the Seq that the page was opened at, 0 for none
	NewAfter int64          // the viewer's read position before this page, -1 for no divider
	Unsent   Unsent
}

// Unsent is what the composer shows: a refused message with the reason, or what it begins with.
type Unsent struct {
	Body, Why string
	Read      int64 // the Seq up to which the page shows the conversation
	Mode      Mode
}

// before returns the Seq before which the next page of earlier messages ends, 0 if there are none.
func (h History) before() int64 {
	if !h.More || len(h.Messages) == 0 {
		return 0
	}
	return h.Messages[0].Seq
}

// after returns the Seq after which the next page of later messages begins, 0 if there are none.
func (h History) after() int64 {
	if !h.Past || len(h.Messages) == 0 {
		return 0
	}
	return h.Messages[len(h.Messages)-1].Seq
}

// firstNew returns the index of the message below the divider, -1 if there is no divider.
func (h History) firstNew() int {
	if h.NewAfter < 0 || h.newAbove() {
		return -1
	}
	return slices.IndexFunc(h.Messages, func(m chat.Message) bool { return m.Seq > h.NewAfter })
}

// newAbove reports whether the first new message is above the page. The divider is then on top, and moves to its place
// when earlier messages load.
func (h History) newAbove() bool {
	return h.NewAfter >= 0 && len(h.Messages) > 0 && h.Messages[0].Seq > h.NewAfter+1
}
