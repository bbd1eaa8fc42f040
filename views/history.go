package views

import (
	"slices"

	"dchat/app/chat"
)

// History is the part of a conversation that a pane shows.
type History struct {
	Messages []chat.Message // by Seq
	More     bool           // there are earlier ones
	Past     bool           // the end of the conversation is not among them, so nothing new may enter
	NewAfter int64          // what the viewer had seen until now, -1 for no divider
	Unsent   Unsent
}

// Unsent is a message that could not be sent, and why: it stands in the composer again.
type Unsent struct {
	Body, Why string
	Read      int64 // up to where the page shows the conversation
}

// before is the Seq that a page of earlier messages ends at.
func (h History) before() int64 {
	if !h.More || len(h.Messages) == 0 {
		return 0
	}
	return h.Messages[0].Seq
}

// firstNew is the index of the message that the divider stands before, -1 if there is none.
func (h History) firstNew() int {
	if h.NewAfter < 0 || h.newAbove() {
		return -1
	}
	return slices.IndexFunc(h.Messages, func(m chat.Message) bool { return m.Seq > h.NewAfter })
}

// newAbove reports whether what is new begins above the page. Its divider stands on top then, and finds its
// place when what is above is loaded.
func (h History) newAbove() bool {
	return h.NewAfter >= 0 && len(h.Messages) > 0 && h.Messages[0].Seq > h.NewAfter+1
}
