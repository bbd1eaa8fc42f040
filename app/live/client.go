package live

import (
	"errors"
	"net"
	"os"
	"slices"
	"sync"
	"time"
)

const (
	maxWaiting      = 128       // fragments a client may have waiting
	maxWaitingBytes = 256 << 10 // and the bytes in them
	batchBytes      = 16 << 10  // about as much goes into one write
	gapWait         = 50 * time.Millisecond
	fragmentWait    = 500 * time.Millisecond
	closeWait       = time.Second // for the close frame to leave, and again for its answer to come
)

// client is one open page: a socket, and how far the page behind it is.
//
// One goroutine reads (reader.go). What has to be written is stored under mu, and a writer is started
// if none runs; it writes until nothing is left, and ends. So an idle client is this struct
// and one goroutine, and its socket never has two writers.
type client struct {
	hub           *Hub
	socket        socket
	user, session int64
	writers       sync.WaitGroup // at most one

	mu     sync.Mutex
	cursor Cursor      // what the page has once everything written has arrived
	inbox  []*Fragment // by From; those that fit are sent, the others wait for a gap to close
	bytes  int         // in the inbox
	pong   *string     // payload of a ping that waits for its answer

	caught   []Fragment // what a catch-up has read and is not yet written
	epoch    string     // of the database that it was read from
	resyncs  uint32     // how often the page has sent its cursor: the answer to an older one is discarded
	failures uint8      // catch-ups that failed in a row
	flow     flow

	passing   []*Fragment // see pass
	visibleAt time.Time   // when the page last said that it is visible; zero once it is hidden
	signs     meter       // how many signs it sends
	typing    meter       // and how many of them say that one types

	acked    int64     // the version up to which the page has last said that it has everything
	activeAt time.Time // when the page last sent its cursor
	cursors  meter     // how many cursors it sends
	acks     meter     // how many acknowledgements it sends
	catchUps meter     // how often it has to catch up
	pages    meter     // how often it is sent something new

	closeCode   int // 0 while the socket is open
	closeReason string
	peerCode    int // what the peer's close frame said, 0 if none came

	writing   bool // a writer runs
	behind    bool // only the database knows what the page misses; fragments are not kept meanwhile
	catching  bool // a catch-up is queued, runs, or waits for a retry
	gapped    bool // a timer watches a gap
	paced     bool // a timer waits until the page may be sent more
	beating   bool // a heartbeat is due
	closeSent bool
	ended     bool // nothing more may be written
}

func newClient(h *Hub, conn net.Conn, user, session int64, cursor Cursor) *client {
	c := &client{hub: h, user: user, session: session, cursor: cursor, behind: true, activeAt: time.Now()}
	c.socket.open(conn)
	return c
}

// offer takes a published fragment. It never blocks: what does not fit is dropped together with all
// that waits, since one catch-up brings the same and more.
func (c *client) offer(f *Fragment) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended || c.behind || c.closeCode != 0 || f.To <= c.cursor.Version {
		return
	}
	if len(c.inbox) >= maxWaiting || c.bytes+f.size() > maxWaitingBytes {
		c.fallBehind(Slow)
		return
	}
	at := len(c.inbox)
	for at > 0 && c.inbox[at-1].From > f.From {
		at--
	}
	c.inbox = slices.Insert(c.inbox, at, f)
	c.bytes += f.size()
	if !c.catching {
		c.wake()
	}
}

// compare checks whether the page is at the database's version. A recent commit may still be on its way as
// a fragment, so it gets the time to arrive. It returns the version that the page has reached, 0 while a
// catch-up is under way.
func (c *client) compare(epoch string, version int64) (reached int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.isCatchingUp():
		return 0
	case c.cursor.Epoch != epoch:
		c.fallBehind(Overdue)
		return 0
	case c.cursor.Version < version:
		time.AfterFunc(fragmentWait, func() { c.requireVersion(version) })
	}
	return c.cursor.Version
}

// requireOlder makes the page catch up with a database that is behind it.
func (c *client) requireOlder() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ended && !c.isCatchingUp() {
		c.fallBehind(Overdue)
	}
}

// requireVersion makes the page catch up if it has not reached the version by now.
func (c *client) requireVersion(version int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ended && !c.isCatchingUp() && c.cursor.Version < version {
		c.fallBehind(Overdue)
	}
}

// isClosing reports whether the socket has ended or is about to. The caller holds mu.
func (c *client) isClosing() bool { return c.ended || c.closeCode != 0 }

// isCatchingUp reports whether a catch-up is due or under way. The caller holds mu.
func (c *client) isCatchingUp() bool { return c.behind || c.catching || len(c.caught) > 0 }

// queueHeartbeat makes the client write a ping and its cursor.
func (c *client) queueHeartbeat() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.beating = true
	c.wake()
}

// close sends a close frame, and gives up on a peer that does not answer.
func (c *client) close(code int, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closeLocked(code, reason)
}

func (c *client) closeLocked(code int, reason string) {
	if c.isClosing() {
		return
	}
	c.closeCode, c.closeReason = code, reason
	c.inbox, c.caught, c.passing, c.bytes = nil, nil, nil, 0
	now := time.Now()
	c.socket.writeBy(now.Add(closeWait)) // also ends a write that is stuck
	c.socket.readBy(now.Add(2 * closeWait))
	c.wake()
}

// fallBehind requests a catch-up. It includes all fragments published so far, since they were published
// after their commit: none needs to be kept. The caller holds mu.
func (c *client) fallBehind(why Reason) {
	c.hub.stats.CatchUps[why].Add(1)
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

// write runs until there is nothing more to write.
func (c *client) write() {
	defer c.hub.recoverPanic()
	done := false
	defer func() {
		if !done {
			c.abandon()
		}
	}()
	buffer := buffers.Get().(*[]byte)
	defer returnBuffer(buffer)
	for {
		frames := c.compose((*buffer)[:0])
		if len(frames) == 0 {
			done = true
			return
		}
		*buffer = frames
		if err := c.socket.write(frames); err != nil {
			c.unwritten(err)
			return
		}
	}
}

// unwritten counts a write that ran out of time, and no other end.
func (c *client) unwritten(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if errors.Is(err, os.ErrDeadlineExceeded) && !c.ended && c.closeCode == 0 {
		c.hub.stats.Dropped.Add(1)
	}
}

// compose takes as much of what waits as fits into one write. If it takes nothing, the writer has
// ended: under the same lock, so that whatever is stored next starts another.
func (c *client) compose(out []byte) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	wait := c.hub.writeWait
	switch {
	case c.ended || c.closeSent:
	case c.closeCode != 0:
		out = appendClose(out, c.closeCode, c.closeReason)
		c.closeSent, wait = true, closeWait
	default:
		out = c.composeOpen(out)
	}
	if len(out) == 0 {
		c.writing = false
		return nil
	}
	c.socket.writeBy(time.Now().Add(wait))
	return out
}

func (c *client) composeOpen(out []byte) []byte {
	if c.pong != nil {
		out = appendControl(out, opPong, *c.pong)
		c.pong = nil
	}
	if c.beating {
		out = appendControl(out, opPing, "")
	}
	before := len(out)
	out = c.composeCaught(out)
	out = c.composeFragments(out)
	out = c.composePassing(out)
	// JavaScript cannot see pings, so a page gets its cursor as well.
	if c.beating && len(out) == before {
		out = appendPage(out, c.cursor)
	}
	c.beating = false
	return out
}

// watchGap gives a fragment that was overtaken a moment to arrive.
func (c *client) watchGap() {
	if c.gapped {
		return
	}
	c.gapped = true
	time.AfterFunc(gapWait, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.gapped = false
		if len(c.inbox) > 0 && !c.isCatchingUp() && c.inbox[0].From > c.cursor.Version {
			c.fallBehind(Gap)
		}
	})
}

// abandon gives up a peer that reads nothing any more. A frame may be half written, so there is no
// close frame; the reader wakes up and ends the client.
func (c *client) abandon() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.abandonLocked()
}

func (c *client) abandonLocked() {
	if c.ended {
		return
	}
	c.ended = true
	c.inbox, c.caught = nil, nil
	c.socket.writeBy(pastDeadline)
	c.socket.readBy(pastDeadline)
}
