// Package views turns the domain's types into HTML. It asks nobody anything: what a page shows is
// handed to it.
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

// htmxConfig: no injected stylesheet (the policy forbids it), a socket that stays open in hidden
// tabs and is back within four seconds.
const htmxConfig = `{"includeIndicatorCSS":false,"ws":{"pauseOnBackground":false,"reconnectDelay":300,"reconnectMaxDelay":4000}}`

// swapPane replaces the pane at once: a settle phase would leave the old one's attributes on it for a moment.
const swapPane = "outerHTML settle:0"

// swapResults shows what was found, however far down the list somebody had scrolled.
const swapResults = "innerHTML settle:0 scroll:top scrollTarget:.list"

func pageTitle(title string) string {
	if title == "" {
		return appName
	}
	return title + " · " + appName
}

// chatPath is the page of a conversation, or with more parts something below it.
func chatPath(u *account.User, parts ...string) string {
	return strings.Join(append([]string{"/chats/" + url.PathEscape(u.Username)}, parts...), "/")
}

func chatURL(u *account.User, parts ...string) templ.SafeURL {
	return templ.SafeURL(chatPath(u, parts...))
}

func personURL(u *account.User) templ.SafeURL {
	return templ.SafeURL("/people/" + url.PathEscape(u.Username))
}

// paneLink returns the attributes of a link that opens its page in the pane: in place where the script runs.
func paneLink[P ~string](path P) templ.Attributes {
	return templ.Attributes{
		"href": string(path), "hx-get": string(path), "hx-target": "#pane", "hx-swap": swapPane,
		"hx-push-url": "true", "hx-sync": "#pane:replace",
	}
}

func id(prefix string, n int64) string { return prefix + "-" + number(n) }

func number(n int64) string { return strconv.FormatInt(n, 10) }

// firstName is how one is spoken to in the composer.
func firstName(u *account.User) string {
	if words := strings.Fields(u.DisplayName); len(words) > 0 {
		return words[0]
	}
	return u.Username
}
