package live

import (
	"bytes"
	"time"
)

// ackPrefix is before the cursor in an acknowledgement: the page has everything up to it. It starts no catch-up. The part
// of the page that has the cursor names it, so that no page sends an acknowledgement to a release that would not know it.
const ackPrefix = "ack."

func parseAck(text []byte) (Cursor, bool) {
	rest, ok := bytes.CutPrefix(text, []byte(ackPrefix))
	if !ok {
		return Cursor{}, false
	}
	return ParseCursor(string(rest))
}

// acknowledge reports what the page has. It cannot have what was not sent. What comes too fast is left out: a later
// acknowledgement includes it.
func (c *client) acknowledge(at Cursor) {
	c.mu.Lock()
	after, upTo := c.acked, min(at.Version, c.cursor.Version)
	report := at.Epoch == c.cursor.Epoch && upTo > after && !c.isClosing() && c.hub.options.Acknowledged != nil
	if report && c.acks.next(ackRate, time.Now()) > 0 {
		report = false
	}
	if report {
		c.acked = upTo
	}
	c.mu.Unlock()
	if report {
		c.hub.options.Acknowledged(c.user, after, upTo)
	}
}
