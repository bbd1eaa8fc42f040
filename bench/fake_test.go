package bench

import (
	"bufio"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/stretchr/testify/require"
)

// fake is a server with the part of DChat's protocol that the generator needs. Its cookie is "sid=" and the
// username.
type fake struct {
	*httptest.Server
	sessions string // the path of the sessions file

	mu      sync.Mutex
	pages   map[string]net.Conn // the newest of each username
	conns   []net.Conn
	refuse  []int // statuses for the next upgrades
	swallow int   // the number of messages to acknowledge and not deliver
	answer  int   // status of a POST, 200 unless set
	keys    map[string]bool
	said    []string // by pages, on their sockets
	queries []string // of searches
	faults  []string // requests that no browser would send
}

func newFake(t *testing.T, people int) *fake {
	f := &fake{pages: map[string]net.Conn{}, keys: map[string]bool{}, sessions: filepath.Join(t.TempDir(), "sessions")}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ws", f.socket)
	mux.HandleFunc("POST /chats/{partner}/messages", f.message)
	mux.HandleFunc("GET /chats/{partner}", f.page)
	mux.HandleFunc("GET /find", f.find)
	mux.HandleFunc("GET /static/", f.static)
	f.Server = httptest.NewServer(mux)
	t.Cleanup(f.Close)
	t.Cleanup(func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		for _, conn := range f.conns {
			conn.Close()
		}
		require.Empty(t, f.faults)
	})
	var lines strings.Builder
	for i := range people {
		fmt.Fprintf(&lines, "person%05d\tsid=person%05d\n", i, i)
	}
	require.NoError(t, os.WriteFile(f.sessions, []byte(lines.String()), 0o600))
	return f
}

func (f *fake) fault(r *http.Request, ok bool, what string) {
	if !ok {
		f.faults = append(f.faults, r.Method+" "+r.URL.Path+": "+what)
	}
}

func (f *fake) who(r *http.Request) string {
	cookie, err := r.Cookie("sid")
	f.fault(r, err == nil, "no cookie")
	f.fault(r, r.Method == http.MethodGet && r.URL.Path != "/ws" || r.Header.Get("Origin") == f.URL, "wrong Origin")
	if err != nil {
		return ""
	}
	return cookie.Value
}

func (f *fake) socket(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	name := f.who(r)
	f.fault(r, r.Header.Get("Upgrade") == "websocket" && r.Header.Get("Sec-WebSocket-Version") == "13", "no websocket")
	if len(f.refuse) > 0 {
		w.WriteHeader(f.refuse[0])
		f.refuse = f.refuse[1:]
		return
	}
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		f.fault(r, false, err.Error())
		return
	}
	// The first heartbeat comes in one packet with the answer.
	_, _ = fmt.Fprintf(buffered, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: %s\r\n\r\n%s",
		acceptFor(r.Header.Get("Sec-WebSocket-Key")), frameOf(0x80|opText, `<hx-partial hx-target="#cursor" data-ack="ack.">ab.5.0.0.0</hx-partial>`))
	_ = buffered.Flush()
	f.pages[name] = conn
	f.conns = append(f.conns, conn)
	go f.hear(name, buffered)
}

// hear takes what a page says, and tells its partner that it types.
func (f *fake) hear(name string, frames io.Reader) {
	for {
		frame, err := ws.ReadFrame(frames)
		if err != nil || frame.Header.OpCode == ws.OpClose {
			return
		}
		said := string(ws.UnmaskFrame(frame).Payload)
		f.mu.Lock()
		f.said = append(f.said, said)
		partner := name[:len(name)-1] + string(name[len(name)-1]^1)
		if conn := f.pages[partner]; conn != nil && said == "typing.7" {
			_, _ = fmt.Fprint(conn, frameOf(0x80|opText, name+" is typing"))
		}
		f.mu.Unlock()
	}
}

func (f *fake) message(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	key, partner := r.FormValue("key"), r.PathValue("partner")
	f.fault(r, f.who(r) != partner && r.Header.Get("HX-Request") == "true", "not from a page")
	f.fault(r, len(key) == 36 && !f.keys[key], "key "+key)
	f.keys[key] = true
	if f.answer != 0 {
		w.WriteHeader(f.answer)
		return
	}
	row := fmt.Sprintf(`<article id="message-%d" data-seq="%d">%s</article>`, len(f.keys), len(f.keys), html.EscapeString(r.FormValue("body")))
	if f.swallow > 0 {
		f.swallow--
	} else if conn := f.pages[partner]; conn != nil {
		_, _ = fmt.Fprint(conn, frameOf(0x80|opText, row))
	}
	_, _ = fmt.Fprint(w, row)
}

func (f *fake) page(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fault(r, f.who(r) != "", "no session")
	_, _ = fmt.Fprint(w, `<!doctype html><link rel="icon" href='/static/icon.svg'><link href=/static/a.css rel=stylesheet>
<!-- <script src="/static/gone.js"></script> --><link rel="canonical" href="/elsewhere">
<script defer src="/static/app.js?v=1&amp;w=2"></script><script src="/static/app.js?v=1&amp;w=2"></script><script>inline()</script><section id="messages-7" data-rev="3"><p dir="auto">one &amp; two</p></section>`)
}

// find has hits for everything but "one one".
func (f *fake) find(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fault(r, f.who(r) != "", "no session")
	f.fault(r, r.Header.Get("HX-Request") == "true", "no search by the script of a page")
	f.queries = append(f.queries, r.URL.Query().Get("q"))
	if r.URL.Query().Get("q") != "one one" {
		_, _ = fmt.Fprint(w, "<mark>one</mark>")
	}
}

func (f *fake) static(w http.ResponseWriter, r *http.Request) {
	if strings.Contains(r.Header.Get("Accept-Encoding"), "br") {
		w.Header().Set("Content-Encoding", "br")
		_, _ = fmt.Fprint(w, strings.Repeat("z", 10))
		return
	}
	_, _ = fmt.Fprint(w, strings.Repeat("plain", 20))
}

// Opcodes of RFC 6455.
const (
	opContinuation = byte(ws.OpContinuation)
	opText         = byte(ws.OpText)
	opClose        = byte(ws.OpClose)
	opPing         = byte(ws.OpPing)
	opPong         = byte(ws.OpPong)
)

func acceptFor(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// frameOf is a server's frame; first holds the opcode and the bits before it.
func frameOf(first byte, payload string) string {
	n := len(payload)
	switch {
	case n < 126:
		return string([]byte{first, byte(n)}) + payload
	case n < 1<<16:
		return string([]byte{first, 126, byte(n >> 8), byte(n)}) + payload
	}
	return string([]byte{first, 127, 0, 0, 0, 0, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}) + payload
}

// bench runs a command against the fake and reads its JSON.
func (f *fake) bench(t *testing.T, into any, args ...string) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var out strings.Builder
	err := Run(ctx, append(args, "--json", "--url", f.URL, "--sessions", f.sessions), &out)
	require.NoError(t, json.NewDecoder(bufio.NewReader(strings.NewReader(out.String()))).Decode(into), "%v", err)
	return err
}
