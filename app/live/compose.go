package live

import (
	"slices"
	"time"
)

const maxPage = 64 << 10 // about as much HTML goes into one message

// pageRate is how often a page is given something new. What comes faster is put together: a page
// takes many messages at once nearly as quickly as one, and stays free for its reader in between.
var pageRate = rate{5, 100 * time.Millisecond}

// composeCaught writes what a catch-up has read. The cursor moves with each frame, so a page that
// loses the rest goes on from there.
func (c *client) composeCaught(out []byte) []byte {
	for len(c.caught) > 0 && len(out) < batchBytes && !c.isFull() {
		f := c.caught[0]
		c.caught[0], c.caught = Frame{}, c.caught[1:]
		// The database's word, also where it is less than we thought.
		c.cursor.Epoch, c.cursor.Version = c.epoch, f.To
		for _, m := range f.Marks {
			if m.Thread == c.cursor.Thread {
				c.cursor.Rev = m.Rev
			}
		}
		out = c.appendFrames(out, &f)
	}
	if len(c.caught) > 0 {
		return out
	}
	c.caught = nil
	if c.behind && !c.catching {
		c.catching = true
		c.queueCatchUp()
	}
	return out
}

// composeFrames applies the rule of versions: a frame whose end the page has is dropped, one whose
// beginning it has is sent, any other waits for those before it. All that can be sent is one message.
func (c *client) composeFrames(out []byte) []byte {
	if c.catching || len(c.caught) > 0 {
		return out
	}
	c.dropKnown()
	switch {
	case len(c.inbox) == 0:
		c.inbox = nil
	case c.inbox[0].From > c.cursor.Version:
		c.watchGap()
	case len(out) >= batchBytes || c.isFull() || c.isPaced():
	default:
		out = c.appendFrames(out, c.takeNext()...)
	}
	return out
}

func (c *client) dropKnown() {
	for len(c.inbox) > 0 && c.inbox[0].To <= c.cursor.Version {
		c.pop()
	}
}

// takeNext takes the frames that follow on what the page has.
func (c *client) takeNext() (next []*Frame) {
	size := 0
	for len(c.inbox) > 0 && c.inbox[0].From <= c.cursor.Version && size < maxPage {
		f := c.pop()
		c.reach(f)
		c.hub.delivered(f)
		size += f.size()
		next = append(next, f)
		c.dropKnown()
	}
	return next
}

func (c *client) pop() *Frame {
	f := c.inbox[0]
	c.inbox[0], c.inbox = nil, c.inbox[1:]
	c.bytes -= f.size()
	return f
}

func (c *client) reach(f *Frame) {
	c.cursor.Version = f.To
	for _, m := range f.Marks {
		if m.Thread == c.cursor.Thread {
			c.cursor.Rev = max(c.cursor.Rev, m.Rev)
		}
	}
}

// isPaced reports whether it is too early for the next page, and wakes the writer when it is not.
func (c *client) isPaced() bool {
	if c.paced {
		return true
	}
	wait := c.pages.wait(pageRate, time.Now())
	if wait <= 0 {
		c.pages.next(pageRate, time.Now())
		return false
	}
	c.paced = true
	time.AfterFunc(wait, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.paced = false
		c.wake()
	})
	return true
}

// appendFrames writes frames as one message, and now and then asks how far the peer has read.
func (c *client) appendFrames(out []byte, frames ...*Frame) []byte {
	before := len(out)
	out = appendPage(out, c.cursor, merge(frames)...)
	if c.flow.write(len(out) - before) {
		out = appendControl(out, opPing, c.flow.question())
	}
	return out
}

// merge is the HTML of frames that follow each other: all their bodies, and of their parts those
// that no later one makes up for.
func merge(frames []*Frame) [][]byte {
	var html [][]byte
	for _, f := range frames {
		html = append(html, f.Body)
	}
	bodies := len(html)
	latest := make(map[string]bool)
	for _, f := range slices.Backward(frames) {
		for _, p := range slices.Backward(f.Parts) {
			if p.Key == "" || !latest[p.Key] {
				html = append(html, p.Body)
				latest[p.Key] = true
			}
		}
	}
	slices.Reverse(html[bodies:])
	return html
}
