package views

import (
	"dchat/app/account"
	"dchat/app/chat"

	"github.com/a-h/templ"
)

// Mode says what the composer does instead of writing a new message: it answers a message, or it edits one. At most
// one of the two is set.
type Mode struct {
	Reply, Edit *chat.Message
}

// action returns where the composer posts.
func (m Mode) action(other *account.User) templ.SafeURL {
	if m.Edit != nil {
		return messageURL(other, m.Edit, "edit")
	}
	return chatURL(other, "messages")
}
