package live

import (
	"errors"
	"time"
	"unicode/utf8"
)

// begin starts the catch-up that every page begins with, and the reading.
func (c *client) begin() {
	c.hub.stats.CatchUps[Opened].Add(1)
	c.heard()
	c.mu.Lock()
	c.wake()
	c.mu.Unlock()
	go c.listen()
}

// listen serves the peer until its socket ends. It and what it calls stay shallow: while it waits
// it holds the smallest stack there is, and a stack that has once grown hardly ever shrinks back.
func (c *client) listen() {
	defer c.end()
	defer c.hub.rescue()
	for {
		op, payload, err := c.socket.read()
		if err != nil {
			c.broken(err)
			return
		}
		c.heard()
		if !c.take(op, payload) {
			return
		}
	}
}

// heard gives the peer time until its next sign of life. A closing socket gets no more of it.
func (c *client) heard() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ended && c.closeCode == 0 {
		c.socket.readBy(time.Now().Add(c.hub.patience))
	}
}

// take does what the peer asks for.
func (c *client) take(op byte, payload []byte) (more bool) {
	switch op {
	case opClose:
		c.peerCode = closeCodeOf(payload)
		return false
	case opPing:
		c.pinged(string(payload))
	case opPong:
		c.ponged(string(payload))
	case opText:
		c.told(payload)
	case opBinary:
		c.close(closeUnsupported, "text only")
	}
	return true
}

func (c *client) told(text []byte) {
	cursor, ok := ParseCursor(string(text))
	switch {
	case !utf8.Valid(text):
		c.close(closeInvalid, "not UTF-8")
	case !ok:
		c.close(closePolicy, "not a cursor")
	default:
		c.ask(cursor)
	}
}

// pinged keeps only the latest ping: it is the one that needs an answer.
func (c *client) pinged(payload string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pong = &payload
	c.wake()
}

// ask is the page telling where it stands. It is always answered, if only with a cursor: the latest
// of those that come before the answer.
func (c *client) ask(cursor Cursor) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.activeAt = time.Now()
	if c.cursors.next(cursorRate, c.activeAt) > 0 {
		c.closeLocked(CloseBusy, "too many cursors")
		return
	}
	if c.cursor.Epoch == cursor.Epoch {
		// The page may have lost what we sent, but cannot have what we did not send.
		cursor.Version = min(cursor.Version, c.cursor.Version)
	}
	c.cursor, c.caught = cursor, nil
	c.asked++
	c.fallBehind(Asked)
}

// broken tells a peer that has broken the protocol which rule it was, and gives it time to hear.
func (c *client) broken(err error) {
	if v := (*violation)(nil); errors.As(err, &v) {
		c.close(v.code, v.reason)
		c.socket.discard()
	}
}

// end ends the client once reading has ended.
func (c *client) end() {
	defer c.hub.sockets.Done()
	defer c.hub.rescue()
	defer c.socket.close()
	c.hub.leave(c)
	c.finish()
}

// finish waits for the writer, and answers a goodbye.
func (c *client) finish() {
	c.mu.Lock()
	cut := c.ended
	c.ended = true
	c.inbox, c.caught = nil, nil
	c.socket.writeBy(time.Now().Add(closeWait))
	c.mu.Unlock()
	c.writers.Wait()
	if c.peerCode != 0 && !c.closeSent && !cut {
		_ = c.socket.write(appendClose(nil, c.peerCode, "")) // the peer may be gone already
	}
}
