package live

import (
	"errors"
	"os"
	"time"
)

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
