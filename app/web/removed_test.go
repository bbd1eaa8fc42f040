//go:build !race

// One client asks for one thing after the other: there is no race to detect, and it takes five times as long with the
// detector. infra/test.sh runs such files without it.

package web_test

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"dchat/test/harness"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
)

// A block is indistinguishable from a removal: the blocked user gets the same bytes.
func TestBlockedLooksLikeRemoved(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		n := b.Start(t)
		views := map[string][]string{}
		for i, ending := range []string{"block", "remove"} {
			name := func(who string) *person { return n.SignUp(t, fmt.Sprint(who, i)) }
			anna, bert, carl := name("anna"), name("bert"), name("carl")
			harness.Connect(t, anna, carl)
			views[ending] = endingSeenBy(t, anna, bert, carl, ending)
		}
		require.Empty(t, cmp.Diff(views["remove"], views["block"]))
	})
}

// endingSeenBy returns every response and frame that anna receives, from the contact to after its end.
func endingSeenBy(t *testing.T, anna, bert, carl *person, ending string) (views []string) {
	t.Helper()
	harness.Connect(t, anna, bert)
	wrote(t, anna, bert.Username, "hello")
	wrote(t, bert, anna.Username, "hello yourself")
	before := anna.Socket(t, "")
	wrote(t, carl, anna.Username, "hello from above") // now first in the list
	before.AwaitText(t, "hello from above")           // it is not under way any more
	socket := anna.Socket(t, "")
	did(t, bert, "/chats/"+anna.Username+"/"+ending)
	socket.AwaitText(t, `data-state=&#34;stranger&#34;`) // by the stream, or by catching up

	note := func(what string, a *answer) {
		views = append(views, fmt.Sprintf("%s: %d %s %s\n%s", what, a.Status, a.Header.Get("Location"), a.Header.Get("Hx-Reswap"), a.Body))
	}
	look := func(when string) {
		for _, path := range []string{"/", "/profile", "/people/" + bert.Username, "/search?q=" + bert.Username, "/chats/" + bert.Username, "/chats/" + bert.Username + "/messages?since=0", "/chats/" + bert.Username + "/messages?before=2"} {
			note(when, anna.Get(path, path != "/"))
		}
	}
	message := strings.TrimPrefix(anna.Get("/chats/"+bert.Username, true).Doc().Find("article[data-key]").AttrOr("id", ""), "message-")
	look("after the end")
	note("the page of a message", anna.Get("/chats/"+bert.Username+"/messages/"+message, false))
	form := url.Values{"body": {"are you there?"}, "emoji": {"👍"}, "to": {carl.Username}, "after": {"1d"}, "saved": {"on"}}
	for _, verb := range append([]string{"timer"}, messageVerbs...) {
		path := "/chats/" + bert.Username + "/" + verb
		if verb != "timer" {
			path = "/chats/" + bert.Username + "/messages/" + message + "/" + verb
		}
		for _, hx := range []bool{true, false} {
			note(verb, anna.Post(path, form, hx))
			caughtUp(t, anna, socket)
		}
		look("after " + verb)
	}
	note("the whole page", anna.Get("/chats/"+bert.Username, false))
	for _, verb := range []string{"messages", "read", "accept", "reject", "cancel", "remove", "request", "request", "messages", "cancel", "request", "unblock", "block", "unblock"} {
		for _, hx := range []bool{true, false} {
			note(verb, anna.Post("/chats/"+bert.Username+"/"+verb, url.Values{"body": {"are you there?"}, "seq": {"2"}}, hx))
			caughtUp(t, anna, socket)
		}
		look("after " + verb)
	}
	wrote(t, carl, anna.Username, "the sentinel")
	socket.AwaitText(t, "the sentinel")
	frames, _, _ := strings.Cut(socket.All(), "the sentinel")
	views = append(views, frames)
	for i, view := range views {
		views[i] = normal(view, anna, bert, carl)
	}
	return views
}

// caughtUp waits until a socket has received what a new page shows. Faster changes are merged, depending on timing.
func caughtUp(t *testing.T, p *person, socket *harness.Socket) {
	t.Helper()
	cursor := pageCursor.FindStringSubmatch(p.Get("/", false).Body)
	require.NotNil(t, cursor)
	socket.Await(t, func(all string) bool {
		return strings.Contains(all, ">"+cursor[1]+"<") || strings.Contains(all, ">"+cursor[1]+".")
	})
}

var (
	uuids    = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	times    = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z|\b\d\d:\d\d\b|data-at="\d+"`)
	ids      = regexp.MustCompile(`\b(chat|last|request|asks|result|found|relation|person|portrait|blocked|messages|message|older|newer|new|day|saved|presence|typing|flags|delivered|read)-\d+|messages/\d+|(reply|edit)=\d+|(data-with|data-me|data-conversation)=("|&#34;)\d+|hue-\d+`)
	idNumber = regexp.MustCompile(`\d+$`)
)

var cursors = regexp.MustCompile(`<hx-partial hx-target="#(cursor|hears)"[^>]*>[^<]*</hx-partial>`)

// normal removes what differs between two sets of users.
func normal(text string, people ...*person) string {
	for i, p := range people {
		text = strings.ReplaceAll(text, p.Username, fmt.Sprint("PERSON", i))
	}
	text = cursors.ReplaceAllString(text, "") // a heartbeat may have come in between
	text = times.ReplaceAllString(uuids.ReplaceAllString(text, "KEY"), "TIME")
	return ids.ReplaceAllStringFunc(text, func(id string) string { return idNumber.ReplaceAllString(id, "ID") })
}
