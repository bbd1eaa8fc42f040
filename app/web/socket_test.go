package web_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"dchat/test/harness"

	"github.com/fasthttp/websocket"
	"github.com/stretchr/testify/require"
)

func TestSocketSignedOut(t *testing.T) {
	n := harness.SQLite(t).Start(t)
	socket := n.Stranger().Socket(t, "")
	require.Equal(t, 4401, socket.AwaitClose(t, 2*time.Second))
	require.Empty(t, socket.All())
	require.Equal(t, http.StatusUpgradeRequired, n.SignUp(t, "anna").Get("/ws", false).Status)
}

// "From now" means from the answer to the handshake on.
func TestSocketWithoutCursorGetsLaterChanges(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		n := b.Start(t)
		crowd := n.Crowd(t, 2, 1)
		anna, bert := crowd[0], crowd[1]
		for i := range 20 {
			conn, _, err := anna.Dial("", http.Header{"Origin": {n.Origin}})
			require.NoError(t, err)
			text := fmt.Sprintf("message %d.", i)
			wrote(t, bert, anna.Username, text)
			require.NoError(t, conn.SetReadDeadline(time.Now().Add(10*time.Second)))
			for all := ""; !strings.Contains(all, text); {
				_, frame, err := conn.ReadMessage()
				require.NoError(t, err, text)
				all += string(frame)
			}
			require.NoError(t, conn.Close())
		}
	})
}

// Invalid frames of a page close its own socket and no other.
func TestBrokenFramesEndOnlyTheirSocket(t *testing.T) {
	n := harness.SQLite(t).Start(t)
	crowd := n.Crowd(t, 2, 0)
	anna, bert := crowd[0], crowd[1]
	other, theirs := anna.Socket(t, ""), bert.Socket(t, "")
	header := func(length uint64) []byte { return binary.BigEndian.AppendUint64([]byte{0x81, 0xff}, length) }
	for name, frame := range map[string][]byte{
		"5 KiB":             append(append([]byte{0x81, 0xfe, 0x14, 0x00}, 0, 0, 0, 0), bytes.Repeat([]byte("x"), 5<<10)...),
		"128 MiB announced": append(header(128<<20), 0, 0, 0, 0, 'x'),
		"2^63 announced":    append(header(1<<63), 0, 0, 0, 0),
		"bad UTF-8":         {0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28},
		"not masked":        {0x81, 0x01, 'x'},
		"binary":            {0x82, 0x81, 0, 0, 0, 0, 1},
		"reserved bits":     {0xf1, 0x81, 0, 0, 0, 0, 'x'},
		"not a cursor":      {0x81, 0x81, 0, 0, 0, 0, 'x'},
		"no websocket":      []byte("GET / HTTP/1.1\r\n\r\n"),
	} {
		broken := anna.Socket(t, "")
		_, err := broken.Conn.NetConn().Write(frame)
		require.NoError(t, err, name)
		require.NotEqual(t, 4401, broken.AwaitClose(t, 3*time.Second), name)

		wrote(t, bert, anna.Username, "after "+name)
		other.AwaitText(t, "after "+name)
		theirs.AwaitText(t, "after "+name)
	}
	require.NotContains(t, n.Log(), "panic")
}

// A block and a removal reach open pages within a second, and end all that passes between the two.
func TestBlockAndRemovalReachOpenSockets(t *testing.T) {
	for _, ending := range []string{"block", "remove"} {
		t.Run(ending, func(t *testing.T) {
			harness.Backends(t, func(t *testing.T, b *backend) {
				first := b.Start(t)
				second := first
				if b.Redis() != nil {
					second = b.Start(t)
				}
				anna, bert, carl := first.SignUp(t, "anna"), first.SignUp(t, "bert"), first.SignUp(t, "carl")
				harness.Connect(t, anna, bert)
				harness.Connect(t, anna, carl)
				wrote(t, bert, "anna", "before the end")
				socket := anna.On(second).Socket(t, "")

				did(t, bert, "/chats/anna/"+ending)
				done := time.Now()
				socket.AwaitText(t, `data-state=&#34;stranger&#34;`) // by the stream, or by catching up
				require.Less(t, time.Since(done), time.Second)
				passed := len(socket.All())

				for _, a := range []*answer{
					write(bert, "anna", "one more thing"), write(anna.On(second), "bert", "wait"),
				} {
					require.Equal(t, http.StatusForbidden, a.Status, a.Body)
				}
				bert.Post("/chats/anna/read", nil, true)
				quiet(t, anna, bert)
				wrote(t, carl, "anna", "the sentinel")
				socket.AwaitText(t, "the sentinel")
				after := socket.All()[passed:]
				require.NotContains(t, after, "one more thing")
				require.NotContains(t, after, "before the end", "the pane was sent again")
				require.Contains(t, anna.Get("/chats/bert", false).Body, "before the end", "what was written stays readable")
			})
		})
	}
}

// quiet performs the actions that both users still can do and the other must not see.
func quiet(t *testing.T, anna, bert *person) {
	t.Helper()
	for _, path := range []string{"/chats/anna", "/people/anna", "/search?q=anna"} {
		require.Equal(t, http.StatusOK, bert.Get(path, true).Status)
	}
	require.Equal(t, http.StatusOK, anna.Get("/chats/bert", true).Status)
}

// A forged cursor only returns changes of its own user.
func TestForgedCursorShowsNothing(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		n := b.Start(t)
		crowd := n.Crowd(t, 4, 3)
		anna, bert, carl := crowd[0], crowd[1], crowd[2]
		wrote(t, bert, anna.Username, "for Anna alone")
		theirs := conversationOf(t, anna, bert)
		epoch, _, _ := strings.Cut(cursorOf(carl), ".")
		for _, cursor := range []string{
			fmt.Sprintf("%s.1.%s.0.1", epoch, theirs), fmt.Sprintf("%s.0.%s.1.1", epoch, theirs), fmt.Sprintf("0.0.%s.0.1", theirs),
		} {
			socket := carl.Socket(t, cursor)
			socket.AwaitText(t, theirs) // the cursor was processed
			require.NoError(t, socket.Conn.WriteMessage(websocket.TextMessage, []byte(strings.TrimSuffix(cursor, "1")+"2")))
			wrote(t, bert, anna.Username, "for Anna alone")
			wrote(t, crowd[3], carl.Username, "the sentinel")
			socket.AwaitText(t, "the sentinel")
			require.NotContains(t, socket.All(), "for Anna")
			require.NotContains(t, socket.All(), bert.Username)
		}
		socket := anna.Socket(t, fmt.Sprintf("%s.1.%s.0.1", epoch, theirs))
		socket.AwaitText(t, "for Anna alone") // the premise: it would have come
	})
}

// cursorOf is where a page of this person begins.
func cursorOf(p *person) string {
	return strings.TrimSpace(p.Get("/", false).Doc().Find("#cursor").Text())
}

// conversationOf is the id that the log of two people has on the page.
func conversationOf(t *testing.T, a, b *person) string {
	t.Helper()
	id, ok := a.Get("/chats/"+b.Username, false).Doc().Find("[role=log]").Attr("id")
	require.True(t, ok)
	return strings.TrimPrefix(id, "messages-")
}

// Twenty users write 200 messages each at the same time: every page receives only its own.
func TestFramesReachOnlyTheirUser(t *testing.T) {
	const people, each = 20, 200
	harness.Backends(t, func(t *testing.T, b *backend) {
		nodes := []*harness.Node{b.Start(t)}
		if b.Redis() != nil {
			nodes = append(nodes, b.Start(t))
		}
		crowd := nodes[0].Crowd(t, people, 0)
		sockets := make([]*harness.Socket, people)
		for i, p := range crowd {
			crowd[i] = p.On(nodes[i/2%len(nodes)])
			sockets[i] = p.On(nodes[i%len(nodes)]).Socket(t, fmt.Sprintf("%s.%s.0.1", cursorOf(p), conversationOf(t, p, crowd[i^1])))
		}
		var all sync.WaitGroup
		for i, p := range crowd {
			all.Go(func() {
				for k := range each {
					if a := write(p, crowd[i^1].Username, fmt.Sprintf("#%s %d#", p.Username, k)); a.Status != http.StatusOK {
						t.Errorf("%s: %d %s", p.Username, a.Status, a.Body)
						return
					}
				}
			})
		}
		all.Wait()
		mark := regexp.MustCompile(`#(person\d+) \d+#`)
		for i, socket := range sockets {
			own := map[string]bool{crowd[i].Username: true, crowd[i^1].Username: true}
			for name := range own {
				socket.AwaitText(t, fmt.Sprintf("#%s %d#", name, each-1))
			}
			for _, m := range mark.FindAllStringSubmatch(socket.All(), -1) {
				require.True(t, own[m[1]], "%s got %s", crowd[i].Username, m[0])
			}
		}
	})
}
