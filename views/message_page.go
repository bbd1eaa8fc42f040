package views

import (
	"time"

	"dchat/app/account"
	"dchat/app/chat"
)

// MessagePage is the content of a message's own page.
type MessagePage struct {
	Viewer  Viewer
	Entry   chat.Entry // the conversation
	Message *chat.Message
	Edits   []chat.Version // the oldest first
	MayEdit bool
	ReadAt  time.Time // when the other user read the message; zero if the viewer may not know it
	Forward ForwardForm
}

// ForwardForm is the content of the form that forwards a message.
type ForwardForm struct {
	Contacts []*account.User // to whom the message can be forwarded
	Chosen   map[string]bool // by username
	Key      string          // makes a repeated submission harmless
	Why      string          // it was refused, or ""
}

// mayAct reports whether the message can be answered, reacted to and forwarded.
func (p MessagePage) mayAct() bool {
	return p.Entry.Standing == chat.InContact && !p.Message.Gone() && p.Message.Notice == ""
}

func (p MessagePage) mine() bool { return p.Message.SenderID == p.Viewer.ID }

// quickReactions are the emoji that the page offers for a reaction.
var quickReactions = []string{"👍", "❤️", "😂", "😮", "😢", "🙏"}

// reaction returns the viewer's reaction, or "".
func (p MessagePage) reaction() string {
	for _, r := range p.Message.Reactions {
		if r.UserID == p.Viewer.ID {
			return r.Emoji
		}
	}
	return ""
}
