package live

import (
	"strconv"
	"time"
)

const (
	probeEvery  = 16 << 10 // bytes between two pings that probe how far the peer has read
	maxInFlight = 64 << 10 // bytes that the peer may not have read yet
)

// flow is how far the peer has read. Pings among the written bytes carry how much was written before them,
// and the peer's pongs repeat it. So a slow connection is not filled with more than it transfers in a moment:
// heartbeats and close frames get through, and what is not yet written can still be merged.
type flow struct {
	written, probed, read int64
	watched               bool
}

// write counts bytes, and reports whether a probe is due.
func (f *flow) write(bytes int) bool {
	f.written += int64(bytes)
	return f.written-f.probed >= probeEvery
}

func (f *flow) probe() string {
	f.probed = f.written
	return strconv.FormatInt(f.written, 10)
}

// answer takes a pong's payload, and ignores one that answers no probe.
func (f *flow) answer(payload string) {
	if n, ok := parseNumber(payload); ok && n <= f.probed {
		f.read = max(f.read, n)
	}
}

func (f *flow) isFull() bool { return f.written-f.read >= maxInFlight }

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
