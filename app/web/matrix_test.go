//go:build !race

// One client asks for one thing after the other: there is no race to detect, and it takes five times as long with the
// detector. infra/test.sh runs such files without it.

package web_test

import (
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"dchat/app/config"
	"dchat/app/web"
	"dchat/db"
	"dchat/static"
	"dchat/test/harness"

	"github.com/fasthttp/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// role is the relation of the requesting user to the user in the path.
type role string

const (
	signedOut  role = "signed out"
	self       role = "the same user"
	contact    role = "a contact"
	outsider   role = "an outsider"
	blocked    role = "blocked by the other"
	blocker    role = "has blocked the other"
	asker      role = "has sent a request"
	asked      role = "has received a request"
	unverified role = "a contact with an unverified address"
)

// The last one needs a server of its own.
var roles = []role{signedOut, self, contact, outsider, blocked, blocker, asker, asked, unverified}

// matrix says, for each route and in the order of roles, with which status it answers a page's
// script; "!" marks the answers that come with a change in the database, ">" those that send the page
// elsewhere.
var matrix = map[string]string{
	"GET /":                                      "200 200 200 200 200 200 200 200 200>",
	"GET /signup":                                "200 303 303 303 303 303 303 303 303",
	"POST /signup":                               "303! 303 303 303 303 303 303 303 303",
	"GET /login":                                 "200 303 303 303 303 303 303 303 303",
	"POST /login":                                "303! 303 303 303 303 303 303 303 303",
	"POST /logout":                               "401> 200>! 200>! 200>! 200>! 200>! 200>! 200>! 200>!",
	"GET /verify":                                "204 200> 200> 200> 200> 200> 200> 200> 204",
	"POST /verify":                               "200> 200> 200> 200> 200> 200> 200> 200> 200>",
	"GET /verify/:token":                         "404 404 404 404 404 404 404 404 404",
	"POST /verify/:token":                        "404 404 404 404 404 404 404 404 404",
	"GET /password/forgot":                       "200 200 200 200 200 200 200 200 200",
	"POST /password/forgot":                      "200 200 200 200 200 200 200 200 200",
	"GET /password/reset/:token":                 "404 404 404 404 404 404 404 404 404",
	"POST /password/reset/:token":                "404 404 404 404 404 404 404 404 404",
	"GET /email/confirm/:token":                  "404 404 404 404 404 404 404 404 404",
	"POST /email/confirm/:token":                 "404 404 404 404 404 404 404 404 404",
	"GET /email/unsubscribe/:token":              "404 404 404 404 404 404 404 404 404",
	"POST /email/unsubscribe/:token":             "404 404 404 404 404 404 404 404 404",
	"POST /push/subscribe":                       "401> 200! 200! 200! 200! 200! 200! 200! 403>",
	"POST /push/unsubscribe":                     "401> 200 200 200 200 200 200 200 403>",
	"GET /sw.js":                                 "200 200 200 200 200 200 200 200 200",
	"GET /search":                                "401> 200 200 200 200 200 200 200 403>",
	"GET /find":                                  "401> 404 200 200 200 200 200 200 403>",
	"GET /people/:username":                      "401> 200> 200 200 200 200 200 200 403>",
	"GET /profile":                               "401> 200 200 200 200 200 200 200 403>",
	"POST /profile":                              "401> 200! 200! 200! 200! 200! 200! 200! 403>",
	"GET /settings":                              "401> 200 200 200 200 200 200 200 403>",
	"POST /settings/password":                    "401> 200! 200! 200! 200! 200! 200! 200! 403>",
	"POST /settings/email":                       "401> 200! 200! 200! 200! 200! 200! 200! 200>!",
	"POST /settings/email/cancel":                "401> 200 200 200 200 200 200 200 200>",
	"POST /settings/preferences":                 "401> 200! 200! 200! 200! 200! 200! 200! 403>",
	"POST /settings/sessions/revoke":             "401> 200 200 200 200 200 200 200 403>",
	"POST /settings/sessions/:id/revoke":         "401> 200>! 404 404 404 404 404 404 403>",
	"POST /settings/export":                      "401> 200! 200! 200! 200! 200! 200! 200! 403>",
	"POST /settings/delete":                      "401> 200>! 200>! 200>! 200>! 200>! 200>! 200>! 200>!",
	"GET /chats/:username":                       "401> 200> 200 200 200 200 200 200 403>",
	"GET /chats/:username/messages":              "401> 404 200 200 200 200 200 200 403>",
	"POST /chats/:username/messages":             "401> 404 200! 403 403 403 403 403 403>",
	"GET /chats/:username/messages/:id":          "401> 404 200 404 200 200 404 404 403>",
	"POST /chats/:username/messages/:id/edit":    "401> 404 200! 404 403 403 404 404 403>",
	"POST /chats/:username/messages/:id/delete":  "401> 404 200! 404 403 403 404 404 403>",
	"POST /chats/:username/messages/:id/hide":    "401> 404 200! 404 200! 200! 404 404 403>",
	"POST /chats/:username/messages/:id/react":   "401> 404 200! 404 403 403 404 404 403>",
	"POST /chats/:username/messages/:id/save":    "401> 404 200! 404 200! 200! 404 404 403>",
	"POST /chats/:username/messages/:id/forward": "401> 404 200! 404 403 403 404 404 403>",
	"POST /chats/:username/timer":                "401> 404 200! 403 403 403 403 403 403>",
	"POST /chats/:username/mute":                 "401> 404 200! 200 200! 200! 200! 200! 403>",
	"POST /chats/:username/pin":                  "401> 404 200! 200 200! 200! 200! 200! 403>",
	"POST /chats/:username/archive":              "401> 404 200! 200 200! 200! 200! 200! 403>",
	"POST /chats/:username/unread":               "401> 404 200! 200 200! 200! 200! 200! 403>",
	"GET /saved":                                 "401> 200 200 200 200 200 200 200 403>",
	"GET /share":                                 "401> 200 200 200 200 200 200 200 403>",
	"POST /share":                                "401> 200 200 200 200 200 200 200 403>",
	"POST /chats/:username/read":                 "401> 404 200! 200 200! 200! 200 200 403>",
	"POST /chats/:username/request":              "401> 404 200 200! 200! 403 200 200! 403>",
	"POST /chats/:username/cancel":               "401> 404 403 200 200 200 200! 200 403>",
	"POST /chats/:username/accept":               "401> 404 200 403 403 403 403 200! 403>",
	"POST /chats/:username/reject":               "401> 404 403 403 403 403 403 200! 403>",
	"POST /chats/:username/remove":               "401> 404 200! 200 200 200 200 200 403>",
	"POST /chats/:username/block":                "401> 404 200! 200! 200! 200 200! 200! 403>",
	"POST /chats/:username/unblock":              "401> 404 200 200 200 200! 200 200 403>",
	"GET /dev/emails":                            "404 404 404 404 404 404 404 404 404",
	"GET /dev/emails/:name":                      "404 404 404 404 404 404 404 404 404",
	"GET /dev/letters":                           "404 404 404 404 404 404 404 404 404",
	"GET /dev/letters/:name":                     "404 404 404 404 404 404 404 404 404",
	"GET /dev/views":                             "404 404 404 404 404 404 404 404 404",
	"GET /dev/state":                             "404 404 404 404 404 404 404 404 404",
	"OPTIONS /uploads":                           "200 200 200 200 200 200 200 200 200",
	"POST /uploads":                              "401> 201! 201! 201! 201! 201! 201! 201! 403>",
	"HEAD /uploads/:id":                          "401> 404 404 404 404 404 404 404 403>",
	"PATCH /uploads/:id":                         "401> 404 404 404 404 404 404 404 403>",
	"DELETE /uploads/:id":                        "401> 404 404 404 404 404 404 404 403>",
	"GET /files/:id/:name":                       "401> 404 404 404 404 404 404 404 403>",
	"GET /files/auth":                            "401 403 403 403 403 403 403 403 403",
	"GET /ws":                                    "4401 101 101 101 101 101 101 101 4401",
	"GET /static/*":                              "200 200 200 200 200 200 200 200 200",
	"GET /healthz":                               "200 200 200 200 200 200 200 200 200",
	"GET /readyz":                                "200 200 200 200 200 200 200 200 200",
}

// elsewhere reports whether a route needs more than a username: an email, a signature, development.
func elsewhere(path string) bool {
	return strings.Contains(path, ":token") || strings.HasPrefix(path, "/dev/") || strings.HasPrefix(path, "/files/") || strings.HasPrefix(path, "/uploads/:id")
}

func TestAuthorisationMatrix(t *testing.T) {
	routes := bare(slog.New(slog.DiscardHandler)).Routes()
	require.Len(t, matrix, len(routes), "the matrix has rows for removed routes")
	for _, r := range routes {
		row := matrix[r.Method+" "+r.Path]
		require.Len(t, strings.Fields(row), len(roles), "%s %s: every route needs a row that says who may use it", r.Method, r.Path)
		if !elsewhere(r.Path) {
			require.Regexp(t, `\b(200|201|303|101)`, row, "no role may use %s: its refusals prove nothing", r.Path)
		}
	}
	harness.Backends(t, func(t *testing.T, b *backend) {
		n := b.Start(t)
		cast := &cast{node: n, database: b.Open(t), crowd: n.Crowd(t, 4*len(routes)*len(roles), 2)}
		last := len(roles) - 1
		cast.tryAll(t, routes, roles[:last], 0)
		n.Stop()
		cast.node = b.Start(t, func(c *config.Config) { c.EmailVerification = "required" })
		for _, p := range cast.crowd {
			*p = *p.On(cast.node)
		}
		cast.tryAll(t, routes, roles[last:], last)
	})
}

// cast holds users that no cell has used yet.
type cast struct {
	node     *harness.Node
	database *db.DB
	crowd    []*person
}

// tryAll lets some roles try every route; their cells begin at a column.
func (c *cast) tryAll(t *testing.T, routes []web.Route, roles []role, column int) {
	t.Helper()
	for _, r := range routes {
		cells := strings.Fields(matrix[r.Method+" "+r.Path])
		for i, role := range roles {
			c.try(t, r, role, cells[column+i])
		}
	}
}

func (c *cast) try(t *testing.T, r web.Route, role role, want string) {
	t.Helper()
	friend := c.crowd[3]
	actor, target := c.arrange(t, role)
	if role == contact && strings.HasSuffix(r.Path, "/forward") {
		harness.Connect(t, actor, friend)
	}
	names := []string{actor.Username, target.Username}
	before := truth(t, c.database, names...)
	got := c.request(t, r, actor, target.Username, friend.Username)
	if truth(t, c.database, names...) != before {
		got += "!"
	}
	assert.Equal(t, want, got, "%s %s by %s", r.Method, r.Path, role)
}

// arrange returns two people who stand to each other as the role says. Those who were contacts have
// messages, one of them unread.
func (c *cast) arrange(t *testing.T, role role) (actor, target *person) {
	t.Helper()
	actor, target = c.crowd[0], c.crowd[1]
	stranger := c.crowd[2]
	c.crowd = c.crowd[4:]
	switch role {
	case signedOut:
		return c.node.Stranger(), target
	case self:
		return actor, actor
	case outsider:
		return actor, stranger
	case asker:
		did(t, actor, "/chats/"+stranger.Username+"/request")
		return actor, stranger
	case asked:
		did(t, stranger, "/chats/"+actor.Username+"/request")
		return actor, stranger
	}
	wrote(t, target, actor.Username, "unread")
	switch role {
	case unverified:
		exec(t, c.database, "UPDATE users SET verified_at = NULL WHERE username = ?", actor.Username)
	case blocked:
		did(t, target, "/chats/"+actor.Username+"/block")
	case blocker:
		did(t, actor, "/chats/"+target.Username+"/block")
	}
	return actor, target
}

// request uses a route as a page's script would and returns the status, with a mark if the page is sent
// elsewhere, or for a socket that was closed at once its close code.
func (c *cast) request(t *testing.T, r web.Route, actor *person, target, friend string) string {
	t.Helper()
	var message int
	if strings.Contains(r.Path, "/messages/:id") {
		message = messageOf(t, c.database, target, actor.Username)
	}
	var session int
	if strings.Contains(r.Path, "/sessions/:id") {
		session = count(t, c.database, "SELECT s.id FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.username = ?", target)
	}
	path := strings.NewReplacer(":username", target, ":token", "nonsense", ":name", "name", "sessions/:id", "sessions/"+strconv.Itoa(session), "messages/:id", "messages/"+strconv.Itoa(message), ":id", "nothing").Replace(r.Path)
	switch {
	case path == "/ws":
		return strconv.Itoa(upgrade(t, actor))
	case path == "/static/*":
		path = static.URL("dchat.css")
	case path == "/search":
		path += "?q=" + target
	case path == "/find":
		path += "?q=unread&in=" + target
	case r.Method == http.MethodGet && strings.HasSuffix(path, "/messages"):
		path += "?before=0"
	}
	answer := c.ask(r.Method, actor, path, url.Values{
		"as":    {actor.Username},
		"sound": {"off"}, "endpoint": {"https://push.example.org/send"}, "p256dh": {pushKey}, "auth": {"AAAAAAAAAAAAAAAAAAAAAA"},
		"emoji": {"👍"}, "saved": {"on"}, "to": {friend}, "after": {"1d"}, "for": {"1h"}, "show_read": {"off"},
		"body": {"hello"}, "seq": {"3"}, "login": {target}, "username": {"new-" + target}, "email": {"new-" + target + "@example.org"},
		"password": {"another " + harness.Password}, "current_password": {harness.Password}, "display_name": {"New Name"},
	})
	if answer.Header.Get("HX-Redirect") != "" {
		return strconv.Itoa(answer.Status) + ">"
	}
	return strconv.Itoa(answer.Status)
}

func (c *cast) ask(method string, actor *person, path string, form url.Values) *answer {
	switch {
	case method == http.MethodGet:
		return actor.Get(path, true)
	case strings.HasPrefix(path, "/uploads"):
		a, _ := tryTus(actor, method, path, nil, "Upload-Length", "5", "Upload-Offset", "0")
		return a
	case path == "/login":
		form.Set("password", harness.Password)
	}
	return actor.Send(method, path, form, true)
}

func upgrade(t *testing.T, p *person) int {
	t.Helper()
	socket := p.Socket(t, "")
	defer socket.Conn.Close()
	if !socket.Open() {
		return socket.AwaitClose(t, 0)
	}
	require.NoError(t, socket.Conn.WriteControl(websocket.CloseMessage, nil, time.Now().Add(time.Second)))
	return http.StatusSwitchingProtocols
}

// Without a script, a signed-out user is redirected to sign-in, and from there back to the requested page.
func TestSignedOutRedirectsToSignIn(t *testing.T) {
	n := harness.SQLite(t).Start(t)
	n.SignUp(t, "bert")
	for _, r := range bare(slog.New(slog.DiscardHandler)).Routes() {
		if r.Access != web.SignedIn && r.Access != web.Member {
			continue
		}
		path := strings.ReplaceAll(r.Path, ":username", "bert")
		if r.Method != http.MethodGet {
			a := n.Stranger().Send(r.Method, path, nil, false)
			require.Equal(t, http.StatusSeeOther, a.Status, path)
			require.Equal(t, "/login", a.Header.Get("Location"), path)
			continue
		}
		a := n.Stranger().Get(path+"?q=x", false)
		require.Equal(t, http.StatusSeeOther, a.Status, path)
		require.Equal(t, "/login?next="+url.QueryEscape(path+"?q=x"), a.Header.Get("Location"))
		require.Empty(t, a.Body, path)
	}
}
