// Package views renders the types of the domain as HTML. It reads no database: the callers pass all content.
package views

import (
	"net/url"
	"strconv"
	"strings"

	"dchat/app/account"

	"github.com/a-h/templ"
)

// appName ends every title.
const appName = "DChat"

// htmxConfig turns off the injected stylesheet, which the content security policy forbids. The socket stays open in
// hidden tabs and reconnects within four seconds.
const htmxConfig = `{"includeIndicatorCSS":false,"ws":{"pauseOnBackground":false,"reconnectDelay":300,"reconnectMaxDelay":4000}}`

// swapPane replaces the pane without a settle phase, during which it would keep attributes of the old pane.
const swapPane = "outerHTML settle:0"

// swapResults replaces the search results and scrolls the list to its top.
const swapResults = "innerHTML settle:0 scroll:top scrollTarget:.list"

func pageTitle(title string) string {
	if title == "" {
		return appName
	}
	return title + " · " + appName
}

// chatPath returns the path of a conversation, or with more parts a path below it.
func chatPath(u *account.User, parts ...string) string {
	return strings.Join(append([]string{"/chats/" + url.PathEscape(u.Username)}, parts...), "/")
}

func chatURL(u *account.User, parts ...string) templ.SafeURL {
	return templ.SafeURL(chatPath(u, parts...))
}

func personURL(u *account.User) templ.SafeURL {
	return templ.SafeURL("/people/" + url.PathEscape(u.Username))
}

// paneLink returns the attributes of a link that opens in the pane, or as a page if no script runs.
func paneLink[P ~string](path P) templ.Attributes {
	return templ.Attributes{
		"href": string(path), "hx-get": string(path), "hx-target": "#pane", "hx-swap": swapPane,
		"hx-push-url": "true", "hx-sync": "#pane:replace",
	}
}

func id(prefix string, n int64) string { return prefix + "-" + number(n) }

func number(n int64) string { return strconv.FormatInt(n, 10) }

// firstName returns the first word of the display name, or the username.
func firstName(u *account.User) string {
	if words := strings.Fields(u.DisplayName); len(words) > 0 {
		return words[0]
	}
	return u.Username
}
