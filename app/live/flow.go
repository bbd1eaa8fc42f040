package live

import (
	"strconv"
	"time"
)

const (
	askEvery    = 16 << 10 // bytes between two pings that ask how far the peer has read
	maxOnItsWay = 64 << 10 // bytes of which it is not known that the peer has read them
)

// flow is how far the peer has read. Among what is written stand pings which say how much was written
// before them, and the peer's pongs repeat that. So a slow line is not filled with more than it carries
// in a moment: heartbeats and goodbyes get through, and what is not yet written can still be put together.
type flow struct {
	written, asked, read int64
	watched              bool
}

// write counts bytes, and reports whether it is time to ask.
func (f *flow) write(bytes int) bool {
	f.written += int64(bytes)
	return f.written-f.asked >= askEvery
}

func (f *flow) question() string {
	f.asked = f.written
	return strconv.FormatInt(f.written, 10)
}

// answer takes a pong's payload; those that answer no question of ours count for nothing.
func (f *flow) answer(payload string) {
	if n, ok := parseNumber(payload); ok && n <= f.asked {
		f.read = max(f.read, n)
	}
}

func (f *flow) isFull() bool { return f.written-f.read >= maxOnItsWay }

// isFull reports whether the peer has to read before it is sent more. The caller holds mu.
func (c *client) isFull() bool {
	if !c.flow.isFull() {
		return false
	}
	if !c.flow.watched {
		c.flow.watched = true
		c.watchReading()
	}
	return true
}

// watchReading gives up a peer that reads nothing for as long as a write may take. The caller holds mu.
func (c *client) watchReading() {
	read := c.flow.read
	time.AfterFunc(c.hub.writeWait, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		switch {
		case c.isClosing() || !c.flow.isFull():
			c.flow.watched = false
		case c.flow.read == read:
			c.hub.stats.Dropped.Add(1)
			c.abandonLocked()
		default:
			c.watchReading()
		}
	})
}

// ponged notes how far the peer has read.
func (c *client) ponged(payload string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.flow.answer(payload)
	c.wake()
}
