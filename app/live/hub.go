// Package live delivers changes to the open pages. It carries opaque fragments of HTML and knows nothing
// of what they mean.
//
// A fragment is published for one person. The hub offers it to that person's clients on this node at
// once, and hands it to the broker for the other nodes. Every client knows at which version its
// page is, so it sends what comes next, drops what the page has, and waits a moment for what was
// overtaken on the way. Whatever goes wrong (a gap, a slow reader, a lost connection, a crashed node),
// the answer is always a catch-up from the database, which is the truth. Every few seconds all pages are
// reconciled with the database: that finds the pages that received nothing at all.
package live

import (
	"context"
	"log/slog"
	"net"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"dchat/app/guard"
)

// The close codes for pages. After a code from 4000 a page does not reconnect by itself.
const (
	CloseRestart   = 1012 // come back in a moment
	CloseBusy      = 1013 // the page wants too much; it may come back
	CloseSignedOut = 4401 // the session is gone
	CloseTooMany   = 4429 // the person has opened too many others; the page comes back when it is looked at

	closeProtocol    = 1002
	closeUnsupported = 1003
	closeInvalid     = 1007
	closePolicy      = 1008
	closeTooBig      = 1009
)

// Options is what a hub depends on. The functions must be safe for concurrent use.
type Options struct {
	// Epoch is the current epoch of the database.
	Epoch func() string

	// CatchUp returns what a person's page at cursor is missing, in one fragment or more, each of which
	// is one message to the page. Fragment.To is the version that the page reaches with it, and Marks
	// the revision of cursor.Conversation (if it is one of theirs): a page that got only the first of them
	// goes on from there. A cursor of another epoch is answered with a snapshot.
	CatchUp func(ctx context.Context, user int64, cursor Cursor) ([]Fragment, error)

	// Versions returns the current versions of up to 1,000 people.
	Versions func(ctx context.Context, users []int64) (map[int64]int64, error)

	// Alive returns which of up to 1,000 session ids still exist.
	Alive func(ctx context.Context, sessions []int64) (map[int64]bool, error)

	// Sign is called when a page says something of its reader. It must be quick, must not call the hub, and may be nil: then
	// pages say nothing.
	Sign func(user int64, sign Sign)
	// Still is after how long a page that stays visible says so again.
	Still time.Duration

	// Acknowledged is called when a person's page has all up to version upTo; of earlier calls for the page, the last said
	// so up to version after. It must be quick, and may be nil.
	Acknowledged func(user, after, upTo int64)

	// Delivered is called for every published fragment that is written to a socket: how long after its commit,
	// and whether it came from another node, whose clock may differ. It must be quick, and may be nil.
	Delivered func(after time.Duration, far bool)

	Heartbeat      time.Duration // between two heartbeats of a socket; 20 s if 0
	ReconcileEvery time.Duration // between two comparisons with the database, ± a third; 3 s if 0
	Logger         *slog.Logger  // slog.Default() if nil
}

// Hub holds the open pages of this node.
type Hub struct {
	broker    Broker
	options   Options
	patience  time.Duration // how long a peer may send nothing
	writeWait time.Duration // how long a write may take
	ctx       context.Context

	buckets  [Buckets]bucket
	catchUps catchUpPool
	clients  atomic.Int64

	outgoing chan Packet
	incoming chan []byte
	passing  chan Packet   // of passing fragments, which wait behind the others
	passed   chan []byte   // the same from other nodes
	missed   chan struct{} // holds one signal: packets may have been missed
	wasDown  time.Time     // when the broker was last seen down; only reconcileLoop uses it
	logState logState
	stats    Stats

	gate     sync.RWMutex // around the two below
	draining bool
	sockets  sync.WaitGroup
}

// bucket holds the people of one topic. Each has its own lock: fragments for different people seldom wait for
// each other.
type bucket struct {
	mu     sync.Mutex
	people map[int64][]*client // nil while empty, and then there is no subscription
}

// NewHub makes a hub that does nothing before Start.
func NewHub(broker Broker, options Options) *Hub {
	if options.Heartbeat == 0 {
		options.Heartbeat = 20 * time.Second
	}
	if options.ReconcileEvery == 0 {
		options.ReconcileEvery = 3 * time.Second
	}
	if options.Logger == nil {
		options.Logger = slog.Default()
	}
	return &Hub{
		broker:    broker,
		options:   options,
		patience:  options.Heartbeat + 10*time.Second,
		writeWait: 10 * time.Second,
		outgoing:  make(chan Packet, 4096),
		incoming:  make(chan []byte, 4096),
		passing:   make(chan Packet, passingQueue),
		passed:    make(chan []byte, passingQueue),
		missed:    make(chan struct{}, 1),
	}
}

// Start lets the hub work until ctx ends. It has to be called before everything else. It does not close the
// sockets: call Drain before ctx ends.
func (h *Hub) Start(ctx context.Context) {
	h.ctx = ctx
	for name, work := range map[string]func(context.Context){
		"live: publishing": h.send, "live: receiving": h.receive, "live: the heartbeat": h.heartbeat, "live: reconciling": h.reconcileLoop,
	} {
		go guard.Loop(h.options.Logger, name, func() { work(ctx) })
	}
	if err := h.broker.Start(h.arrived, func() { signal(h.missed) }); err != nil {
		h.options.Logger.Error("live: broker does not start, pages follow the database", "error", err)
	}
}

// Serve takes over a WebSocket whose handshake is over, and returns at once. If the conn is the one
// that an HTTP server hands to its hijack handler, the server must leave it open when the handler
// returns (fasthttp: KeepHijackedConns).
func (h *Hub) Serve(conn net.Conn, user, session int64, cursor Cursor) {
	c := newClient(h, conn, user, session, cursor)
	if !h.join(c) {
		go h.refuse(&c.socket, CloseRestart, "restarting")
		return
	}
	c.start()
}

// Now is the cursor of a page that wants what happens from now on. It has to be read before the
// handshake is answered: all that is committed after the answer is then after the cursor.
func (h *Hub) Now(ctx context.Context, user int64) (Cursor, error) {
	epoch := h.options.Epoch()
	versions, err := h.options.Versions(ctx, []int64{user})
	return Cursor{Epoch: epoch, Version: versions[user]}, err
}

// Refuse takes over a WebSocket like Serve, only to close it. (A refused handshake looks like a
// broken network to the page, which would retry for ever.)
func (h *Hub) Refuse(conn net.Conn, code int, reason string) {
	s := new(socket)
	s.open(conn)
	go h.refuse(s, code, reason)
}

func (h *Hub) refuse(s *socket, code int, reason string) {
	defer s.close()
	defer h.recoverPanic()
	s.refuse(code, reason)
}

// recoverPanic is deferred where a panic of one socket must not end the others.
func (h *Hub) recoverPanic() {
	if p := recover(); p != nil {
		h.options.Logger.Error("live: a socket panicked", "panic", p, "stack", string(debug.Stack()))
	}
}

// Here reports whether the person has a page open on this node.
func (h *Hub) Here(user int64) bool {
	b := &h.buckets[bucketOf(user)]
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.people[user]) > 0
}

// People is how many people have a page open on this node.
func (h *Hub) People() (count int) {
	for n := range h.buckets {
		b := &h.buckets[n]
		b.mu.Lock()
		count += len(b.people)
		b.mu.Unlock()
	}
	return count
}

// Count is how many sockets are open on this node.
func (h *Hub) Count() int { return int(h.clients.Load()) }

func (h *Hub) join(c *client) bool {
	h.gate.RLock()
	defer h.gate.RUnlock()
	if h.draining {
		return false
	}
	h.sockets.Add(1)
	h.clients.Add(1)

	n := bucketOf(c.user)
	b := &h.buckets[n]
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.people == nil {
		b.people = make(map[int64][]*client)
		h.broker.Subscribe(n)
	}
	makeRoom(b.people[c.user])
	b.people[c.user] = append(b.people[c.user], c)
	return true
}

// maxSockets is how many sockets one person may have on this node.
const maxSockets = 50

// makeRoom closes the socket whose page has been inactive for longest, if the person has maxSockets already.
func makeRoom(clients []*client) {
	var oldest *client
	var silent time.Time
	count := 0
	for _, c := range clients {
		c.mu.Lock()
		if !c.isClosing() {
			count++
			if oldest == nil || c.activeAt.Before(silent) {
				oldest, silent = c, c.activeAt
			}
		}
		c.mu.Unlock()
	}
	if count >= maxSockets {
		oldest.close(CloseTooMany, "too many pages")
	}
}

func (h *Hub) leave(c *client) {
	n := bucketOf(c.user)
	b := &h.buckets[n]
	b.mu.Lock()
	b.people[c.user] = without(b.people[c.user], c)
	if len(b.people[c.user]) == 0 {
		delete(b.people, c.user)
	}
	if len(b.people) == 0 {
		b.people = nil
		h.broker.Unsubscribe(n)
	}
	b.mu.Unlock()
	h.clients.Add(-1)
}

// without does not keep the order: all clients of a person are equal.
func without(clients []*client, leaving *client) []*client {
	for i, c := range clients {
		if c == leaving {
			last := len(clients) - 1
			clients[i], clients[last] = clients[last], nil
			return clients[:last]
		}
	}
	return clients
}

// each calls do for every client of a person. The bucket is locked meanwhile: do must be quick.
func (h *Hub) each(user int64, do func(*client)) {
	b := &h.buckets[bucketOf(user)]
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.people[user] {
		do(c)
	}
}

// eachIn does the same for all clients of a bucket.
func (h *Hub) eachIn(n int, do func(*client)) {
	b := &h.buckets[n]
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, clients := range b.people {
		for _, c := range clients {
			do(c)
		}
	}
}
