package live

import (
	"errors"
	"time"
	"unicode/utf8"
)

// start begins the catch-up that every page begins with, and the reading.
func (c *client) start() {
	c.hub.stats.CatchUps[Opened].Add(1)
	c.extendDeadline()
	c.mu.Lock()
	c.wake()
	c.mu.Unlock()
	c.greet()
	c.opened()
	go c.listen()
}

// listen serves the peer until its socket ends. It and what it calls stay shallow: while it waits
// it holds the smallest stack there is, and a stack that has once grown hardly ever shrinks back.
func (c *client) listen() {
	defer c.end()
	defer c.hub.recoverPanic()
	for {
		op, payload, err := c.socket.read()
		if err != nil {
			c.protocolError(err)
			return
		}
		c.extendDeadline()
		if !c.handle(op, payload) {
			return
		}
	}
}

// extendDeadline gives the peer time to send something. A closing socket gets no more of it.
func (c *client) extendDeadline() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ended && c.closeCode == 0 {
		c.socket.readBy(time.Now().Add(c.hub.patience))
	}
}

// handle processes a message or control frame of the peer.
func (c *client) handle(op byte, payload []byte) (more bool) {
	switch op {
	case opClose:
		c.peerCode = closeCodeOf(payload)
		return false
	case opPing:
		c.pinged(string(payload))
	case opPong:
		c.ponged(string(payload))
	case opText:
		if !c.receiveSign(payload) {
			c.receive(payload)
		}
	case opBinary:
		c.close(closeUnsupported, "text only")
	}
	return true
}

func (c *client) receive(text []byte) {
	ack, isAck := parseAck(text)
	cursor, ok := ParseCursor(string(text))
	switch {
	case !utf8.Valid(text):
		c.close(closeInvalid, "not UTF-8")
	case isAck:
		c.acknowledge(ack)
	case !ok:
		c.close(closePolicy, "not a cursor")
	default:
		c.resync(cursor)
	}
}

// pinged keeps only the latest ping: it is the one that needs an answer.
func (c *client) pinged(payload string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pong = &payload
	c.wake()
}

// resync continues from the cursor that the page has sent. It is always answered, if only with a cursor;
// of several that come before the answer, the latest.
func (c *client) resync(cursor Cursor) {
	defer c.opened()
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
	c.resyncs++
	c.fallBehind(Asked)
}

// protocolError tells a peer which rule of the protocol it broke, and gives it time to read that.
func (c *client) protocolError(err error) {
	if v := (*violation)(nil); errors.As(err, &v) {
		c.close(v.code, v.reason)
		c.socket.discard()
	}
}

// end ends the client once reading has ended.
func (c *client) end() {
	defer c.hub.sockets.Done()
	defer c.hub.recoverPanic()
	defer c.socket.close()
	c.hub.leave(c)
	c.finish()
}

// finish waits for the writer, and answers a close frame.
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
