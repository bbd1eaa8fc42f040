package views

import (
	"time"

	"github.com/a-h/templ"

	"dchat/app/chat"
)

// ShellPage is a signed-in person's whole page.
type ShellPage struct {
	Me      *chat.User
	Entries []chat.Entry    // newest first
	Pane    templ.Component // an element with the id "pane"
	Cursor  string          // where the page's catching up starts
	Query   string          // what was searched for, "" if nothing was
	Results []chat.Entry
	Now     time.Time
	Title   string
	With    int64 // the person whose conversation the pane shows, 0 if none
}

// at orders the sidebar: microseconds, of which all have the same number of digits.
func at(e chat.Entry) string { return number(e.ShownAt.UnixMicro()) }

// lastLine is what a row of the sidebar says about where the conversation stands.
func lastLine(viewer *chat.User, e chat.Entry) string {
	switch {
	case e.Standing == chat.Asked:
		return "Request sent"
	case e.Last == nil:
		return "Say hello"
	case !e.Last.DeletedAt.IsZero():
		return "Message deleted"
	case e.Last.SenderID == viewer.ID:
		return "You: " + excerpt(e.Last.Body)
	default:
		return excerpt(e.Last.Body)
	}
}
