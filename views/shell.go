package views

import (
	"time"

	"github.com/a-h/templ"

	"dchat/app/chat"
	"dchat/static"
)

// ShellPage is the whole page of a signed-in user.
type ShellPage struct {
	Me       Viewer
	Entries  []chat.Entry    // newest first
	Requests int             // the number of chat requests
	Pane     templ.Component // an element with the id "pane"
	Cursor   string          // where the page's catch-up starts
	Query    string          // of the search, or ""
	Results  []chat.Entry
	Now      time.Time
	Title    string
	PushKey  string // of the server, "" if browsers get no notifications
	With     int64  // the person whose conversation the pane shows, 0 if none
}

// keepScript is the script that keeps pages for the time without a connection. In development pages change too often.
func keepScript() string {
	if static.Watched() {
		return ""
	}
	return static.URL("keep.js")
}

// maxRequests is the most chat requests on a page. The next ones appear as these are answered.
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

// pinned is added to the sort key of a pinned conversation. It is more than the microseconds of every time that a
// message can have, and both together fit into a number of JavaScript.
const pinned = 1 << 52

// sortKey returns the sort key of an entry in the sidebar: microseconds, which all have the same number of digits.
func sortKey(e chat.Entry) string {
	at := e.ShownAt.UnixMicro()
	if e.Pinned {
		at += pinned
	}
	return number(at)
}

// lastLine returns the last line of an entry in the sidebar: the latest message or the state of the request.
func lastLine(viewer Viewer, e chat.Entry) string {
	switch {
	case e.Standing == chat.Asked:
		return "Request sent"
	case e.Last == nil:
		return "Say hello"
	case e.Last.Hidden:
		return ""
	}
	line := summary(e.Last)
	if ownLast(viewer, e) {
		line = youPrefix + line
	}
	return line
}

// youPrefix precedes the viewer's own text, whose direction the line keeps.
const youPrefix = "You: "

// ownLast reports whether the last line is the viewer's own text.
func ownLast(viewer Viewer, e chat.Entry) bool {
	last := e.Last
	return e.Standing != chat.Asked && last != nil && !last.Gone() && last.Notice == "" && last.SenderID == viewer.ID
}
