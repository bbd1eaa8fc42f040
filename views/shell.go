package views

import (
	"time"

	"github.com/a-h/templ"

	"dchat/app/chat"
	"dchat/app/text"
)

// ShellPage is a signed-in person's whole page.
type ShellPage struct {
	Me       Viewer
	Entries  []chat.Entry    // newest first
	Requests int             // how many chat requests wait
	Pane     templ.Component // an element with the id "pane"
	Cursor   string          // where the page's catching up starts
	Query    string          // what was searched for, "" if nothing was
	Results  []chat.Entry
	Now      time.Time
	Title    string
	With     int64 // the person whose conversation the pane shows, 0 if none
}

// maxRequests is how many chat requests a page shows; as they are answered, earlier ones move up.
const maxRequests = 50

func latestRequests(entries []chat.Entry) []chat.Entry {
	var list []chat.Entry
	for _, e := range entries {
		if e.Standing == chat.Asking && len(list) < maxRequests {
			list = append(list, e)
		}
	}
	return list
}

// at orders the sidebar: microseconds, of which all have the same number of digits.
func at(e chat.Entry) string { return number(e.ShownAt.UnixMicro()) }

// lastLine is what a row of the sidebar says about where the conversation stands.
func lastLine(viewer Viewer, e chat.Entry) string {
	switch {
	case e.Standing == chat.Asked:
		return "Request sent"
	case e.Last == nil:
		return "Say hello"
	case !e.Last.DeletedAt.IsZero():
		return "Message deleted"
	}
	line := excerpt(e.Last.Body)
	if e.Last.Body != "" && !text.Visible(line) {
		line = emptyText
	}
	if line == "" && e.Last.Files > 0 {
		line = filesLine(e.Last)
	}
	if ownLast(viewer, e) {
		line = youPrefix + line
	}
	return line
}

// youPrefix stands before the viewer's own words, which give the line its direction.
const youPrefix = "You: "

// ownLast reports whether the last line is the viewer's words.
func ownLast(viewer Viewer, e chat.Entry) bool {
	return e.Standing != chat.Asked && e.Last != nil && e.Last.DeletedAt.IsZero() && e.Last.SenderID == viewer.ID
}
