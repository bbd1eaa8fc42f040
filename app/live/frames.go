package live

import (
	"slices"
	"time"
)

const maxPage = 64 << 10 // about as much HTML goes into one message

// pageRate is how often a page is sent something new. What comes faster is merged: a page processes many
// messages at once nearly as quickly as one, and stays responsive in between.
var pageRate = rate{5, 100 * time.Millisecond}

// composeCaught writes what a catch-up has read. The cursor moves with each fragment, so a page that
// loses the rest goes on from there.
func (c *client) composeCaught(out []byte) []byte {
	for len(c.caught) > 0 && len(out) < batchBytes && !c.isFull() {
		f := c.caught[0]
		c.caught[0], c.caught = Fragment{}, c.caught[1:]
		// The database decides, also where its version is lower than the page's.
		c.cursor.Epoch, c.cursor.Version = c.epoch, f.To
		for _, m := range f.Marks {
			if m.Conversation == c.cursor.Conversation {
				c.cursor.Rev = m.Rev
			}
		}
		out = c.appendFragments(out, &f)
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

// composeFragments applies the rule of versions: a fragment whose end the page has is dropped, one whose
// beginning it has is sent, any other waits for those before it. All that can be sent is one message.
func (c *client) composeFragments(out []byte) []byte {
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
		out = c.appendFragments(out, c.takeNext()...)
	}
	return out
}

func (c *client) dropKnown() {
	for len(c.inbox) > 0 && c.inbox[0].To <= c.cursor.Version {
		c.pop()
	}
}

// takeNext takes the fragments that follow on what the page has.
func (c *client) takeNext() (next []*Fragment) {
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

func (c *client) pop() *Fragment {
	f := c.inbox[0]
	c.inbox[0], c.inbox = nil, c.inbox[1:]
	c.bytes -= f.size()
	return f
}

func (c *client) reach(f *Fragment) {
	c.cursor.Version = f.To
	for _, m := range f.Marks {
		if m.Conversation == c.cursor.Conversation {
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

// appendFragments writes fragments as one message, and a probe when one is due.
func (c *client) appendFragments(out []byte, fragments ...*Fragment) []byte {
	before := len(out)
	out = appendPage(out, c.cursor, merge(fragments)...)
	if c.flow.write(len(out) - before) {
		out = appendControl(out, opPing, c.flow.probe())
	}
	return out
}

// merge is the HTML of fragments that follow each other: all their bodies, and those of their parts that
// no later part replaces.
func merge(fragments []*Fragment) [][]byte {
	var html [][]byte
	for _, f := range fragments {
		html = append(html, f.Body)
	}
	bodies := len(html)
	latest := make(map[string]bool)
	for _, f := range slices.Backward(fragments) {
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
