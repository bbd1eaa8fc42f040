package live

import (
	"errors"
	"slices"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/fasthttp/websocket"
)

const (
	maxWaiting      = 64        // frames a client may have waiting
	maxWaitingBytes = 256 << 10 // and the bytes in them
	batchBytes      = 16 << 10  // about as much goes into one write
	gapWait         = 50 * time.Millisecond
	closeWait       = time.Second // for the close frame to leave, and again for its answer to come
)

// client is one open page: a socket, and how far the page behind it is.
//
// The handler's goroutine reads. Whatever shall be written is noted under mu, and a writer is
// started if none runs; it writes until nothing is left and ends. So an idle client is this struct
// and one goroutine, and its socket never has two writers.
type client struct {
	hub           *Hub
	socket        socket
	user, session int64
	writers       sync.WaitGroup // at most one

	mu     sync.Mutex
	cursor Cursor   // what the page has once everything written has arrived
	inbox  []*Frame // by From; those that fit are sent, the others wait for a gap to close
	bytes  int      // in the inbox
	pong   *string  // payload of a ping that waits for its answer

	caught   *Frame // a catch-up that has been read and not yet written
	asked    uint32 // how often the page has sent its cursor: an answer to an older one is void
	failures uint8  // catch-ups that failed in a row

	closeCode   int // 0 while the socket is open
	closeReason string
	peerCode    int // what the peer's close frame said, 0 if none came

	writing   bool // a writer runs
	behind    bool // only the database knows what the page misses; the inbox is empty
	catching  bool // a catch-up is queued, runs, or waits to be tried again
	gapped    bool // a timer watches a gap
	beating   bool // a heartbeat is due
	closeSent bool
	ended     bool // nothing more may be written
}

func newClient(h *Hub, conn *websocket.Conn, user, session int64, cursor Cursor) *client {
	return &client{
		hub: h, socket: newSocket(conn), user: user, session: session, cursor: cursor, behind: true,
	}
}

// offer takes a frame that has been published. It never blocks: what does not fit is thrown away
// together with all that waits, for one catch-up brings the same and more.
func (c *client) offer(f *Frame) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended || c.behind || c.closeCode != 0 || f.To <= c.cursor.Version {
		return
	}
	if len(c.inbox) >= maxWaiting || c.bytes+len(f.Body) > maxWaitingBytes {
		c.fallBehind()
		return
	}
	at := len(c.inbox)
	for at > 0 && c.inbox[at-1].From > f.From {
		at--
	}
	c.inbox = slices.Insert(c.inbox, at, f)
	c.bytes += len(f.Body)
	if !c.catching {
		c.wake()
	}
}

// compare is the safety net's question: is the page at this version?
func (c *client) compare(epoch string, version int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	onTheWay := c.behind || c.catching || c.caught != nil
	if !onTheWay && (c.cursor.Epoch != epoch || c.cursor.Version < version) {
		c.fallBehind()
	}
}

// beat makes the client write a ping and its cursor.
func (c *client) beat() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.beating = true
	c.wake()
}

// close says goodbye with a code, and gives up on a peer that does not answer.
func (c *client) close(code int, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended || c.closeCode != 0 {
		return
	}
	c.closeCode, c.closeReason = code, reason
	c.inbox, c.caught, c.bytes = nil, nil, 0
	now := time.Now()
	c.socket.writeBy(now.Add(closeWait)) // also ends a write that is stuck
	c.socket.readBy(now.Add(2 * closeWait))
	c.wake()
}

// read serves the peer until its socket ends.
func (c *client) read() {
	c.socket.onControl(c.pinged, c.heard)
	c.heard()
	c.begin()
	for {
		message, isText, err := c.socket.read()
		if err != nil {
			if bye := (*websocket.CloseError)(nil); errors.As(err, &bye) {
				c.peerCode = bye.Code
			}
			return
		}
		c.heard()
		cursor, ok := ParseCursor(string(message))
		switch {
		case !isText:
			c.close(closeUnsupported, "text only")
		case !utf8.Valid(message):
			c.close(closeInvalid, "not UTF-8")
		case !ok:
			c.close(closePolicy, "not a cursor")
		default:
			c.ask(cursor)
		}
	}
}

// begin starts the catch-up that every page begins with.
func (c *client) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wake()
}

// heard gives the peer time until its next sign of life. A closing socket gets no more of it.
func (c *client) heard() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ended && c.closeCode == 0 {
		c.socket.readBy(time.Now().Add(c.hub.patience))
	}
}

// pinged keeps only the latest ping: it is the one that needs an answer.
func (c *client) pinged(payload string) {
	c.heard()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pong = &payload
	c.wake()
}

// ask is the page telling where it stands. It is always answered, if only with a cursor.
func (c *client) ask(cursor Cursor) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cursor.Epoch == cursor.Epoch {
		// The page may have lost what we sent, but cannot have what we did not send.
		cursor.Version = min(cursor.Version, c.cursor.Version)
	}
	c.cursor, c.caught = cursor, nil
	c.asked++
	c.fallBehind()
}

// finish ends the client once reading has ended: nobody touches its socket afterwards.
func (c *client) finish() {
	c.mu.Lock()
	broken := c.ended
	c.ended = true
	c.inbox, c.caught = nil, nil
	c.socket.writeBy(time.Now().Add(closeWait))
	c.mu.Unlock()
	c.writers.Wait()
	if c.peerCode != 0 && !c.closeSent && !broken {
		_ = c.socket.write(appendClose(nil, c.peerCode, "")) // the peer may be gone already
	}
}

// fallBehind asks for a catch-up. It brings all frames there are by now, as they were published
// after their commit: none needs to be kept. The caller holds mu.
func (c *client) fallBehind() {
	c.behind = true
	c.inbox, c.bytes = nil, 0
	c.wake()
}

// wake starts a writer if none runs. The caller holds mu.
func (c *client) wake() {
	if !c.writing && !c.ended {
		c.writing = true
		c.writers.Go(c.write)
	}
}
