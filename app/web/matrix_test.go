package web_test

import (
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"dchat/app/apptest"
	"dchat/app/web"
	"dchat/db"
	"dchat/static"

	"github.com/fasthttp/websocket"
	"github.com/stretchr/testify/require"
)

// role is how the one who asks stands to the one whom the path names.
type role string

const (
	nobody   role = "somebody signed out"
	self     role = "oneself"
	contact  role = "a contact"
	outsider role = "an outsider"
	blocked  role = "somebody the other has blocked"
	blocker  role = "somebody who has blocked the other"
	asker    role = "somebody who has asked"
	asked    role = "somebody who was asked"
)

var roles = []role{nobody, self, contact, outsider, blocked, blocker, asker, asked}

// matrix says, for each route and in the order of roles, with which status it answers a page's
// script; "!" marks the answers that come with a change in the database.
var matrix = map[string]string{
	"GET /":                          "200 200 200 200 200 200 200 200",
	"GET /signup":                    "200 303 303 303 303 303 303 303",
	"POST /signup":                   "303! 303 303 303 303 303 303 303",
	"GET /login":                     "200 303 303 303 303 303 303 303",
	"POST /login":                    "303! 303 303 303 303 303 303 303",
	"POST /logout":                   "401 200! 200! 200! 200! 200! 200! 200!",
	"GET /search":                    "401 200 200 200 200 200 200 200",
	"GET /profile":                   "401 200 200 200 200 200 200 200",
	"GET /ws":                        "4401 101 101 101 101 101 101 101",
	"GET /static/*":                  "200 200 200 200 200 200 200 200",
	"GET /healthz":                   "200 200 200 200 200 200 200 200",
	"GET /readyz":                    "200 200 200 200 200 200 200 200",
	"GET /people/:username":          "401 200 200 200 200 200 200 200",
	"GET /chats/:username":           "401 200 200 200 200 200 200 200",
	"GET /chats/:username/messages":  "401 404 200 200 200 200 200 200",
	"POST /chats/:username/messages": "401 404 200! 403 403 403 403 403",
	"POST /chats/:username/read":     "401 404 200! 200 200! 200! 200 200",
	"POST /chats/:username/request":  "401 404 200 200! 200! 403 200 200!",
	"POST /chats/:username/cancel":   "401 404 403 200 200 200 200! 200",
	"POST /chats/:username/accept":   "401 404 200 403 403 403 403 200!",
	"POST /chats/:username/reject":   "401 404 403 403 403 403 403 200!",
	"POST /chats/:username/remove":   "401 404 200! 200 200 200 200 200",
	"POST /chats/:username/block":    "401 404 200! 200! 200! 200 200! 200!",
	"POST /chats/:username/unblock":  "401 404 200 200 200 200! 200 200",
}

func TestAuthorisationMatrix(t *testing.T) {
	routes := bare(slog.New(slog.DiscardHandler)).Routes()
	require.Len(t, matrix, len(routes), "the matrix has rows for routes that are gone")
	for _, r := range routes {
		require.Contains(t, matrix, r.Method+" "+r.Path, "every route needs a row that says who may use it")
	}
	apptest.Backends(t, func(t *testing.T, b *backend) {
		n := b.Start(t)
		cast := &cast{node: n, database: b.Open(t), crowd: n.Crowd(t, 4*len(routes)*len(roles), 2)}
		for _, r := range routes {
			cells := strings.Fields(matrix[r.Method+" "+r.Path])
			require.Len(t, cells, len(roles), r.Path)
			require.Regexp(t, `\b(200|303|101)`, matrix[r.Method+" "+r.Path], "nobody may use %s: what does its refusal prove?", r.Path)
			for i, role := range roles {
				cast.try(t, r, role, cells[i])
			}
		}
	})
}

// cast are people nobody has played with yet.
type cast struct {
	node     *apptest.Node
	database *db.DB
	crowd    []*person
}

func (c *cast) try(t *testing.T, r web.Route, role role, want string) {
	t.Helper()
	actor, target := c.arrange(t, role)
	names := []string{actor.Username, target.Username}
	before := truth(t, c.database, names...)
	got := strconv.Itoa(request(t, r, actor, target.Username))
	if truth(t, c.database, names...) != before {
		got += "!"
	}
	require.Equal(t, want, got, "%s %s by %s", r.Method, r.Path, role)
}

// arrange returns two people who stand to each other as the role says. Those who were contacts have
// messages, one of them unread.
func (c *cast) arrange(t *testing.T, role role) (actor, target *person) {
	t.Helper()
	actor, target = c.crowd[0], c.crowd[1]
	stranger := c.crowd[2]
	c.crowd = c.crowd[4:]
	switch role {
	case nobody:
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
	case blocked:
		did(t, target, "/chats/"+actor.Username+"/block")
	case blocker:
		did(t, actor, "/chats/"+target.Username+"/block")
	}
	return actor, target
}

// request uses a route as a page's script would and returns the status, or for a socket that was
// closed at once its close code.
func request(t *testing.T, r web.Route, actor *person, target string) int {
	t.Helper()
	path := strings.ReplaceAll(r.Path, ":username", target)
	switch {
	case path == "/ws":
		return upgrade(t, actor)
	case path == "/static/*":
		return actor.Get(static.URL("dchat.css"), true).Status
	case path == "/search":
		path += "?q=" + target
	case r.Method == http.MethodGet && strings.HasSuffix(path, "/messages"):
		path += "?before=0"
	}
	if r.Method == http.MethodGet {
		return actor.Get(path, true).Status
	}
	return actor.Post(path, url.Values{
		"body": {"hello"}, "seq": {"3"}, "login": {target}, "username": {"new-" + target}, "email": {"new-" + target + "@example.org"}, "password": {apptest.Password},
	}, true).Status
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

// Without a script, whoever is signed out is shown the way in, and back to where they wanted to go.
func TestSignedOutIsSentToSignIn(t *testing.T) {
	n := apptest.SQLite(t).Start(t)
	n.SignUp(t, "bert")
	for _, r := range bare(slog.New(slog.DiscardHandler)).Routes() {
		if r.Access != web.SignedIn {
			continue
		}
		path := strings.ReplaceAll(r.Path, ":username", "bert")
		if r.Method == http.MethodPost {
			a := n.Stranger().Post(path, nil, false)
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
