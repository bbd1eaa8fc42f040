package live

import "slices"

// A passing fragment shows what holds for a moment: that a person types, or is there. It belongs to no version, so it
// moves no cursor, waits in no inbox, and no catch-up repeats it. Where there is too much to do it is dropped first.
//
// On the bus it is a fragment to version 0, which nodes of the release before drop.

const (
	maxPassing   = 16   // of one page
	passingQueue = 1024 // of one hub, each way
)

func (f *Fragment) isPassing() bool { return f.To == 0 }

// isPassing reports whether a packet carries a passing fragment.
func isPassing(payload []byte) bool {
	if len(payload) == 0 || payload[0] != kindFragment {
		return false
	}
	r := packetReader{rest: payload[1:]}
	_, _, to := r.number(), r.number(), r.number()
	return r.err == nil && to == 0
}

// Pass offers passing fragments to the pages of their people on every node. It never waits.
func (h *Hub) Pass(fragments ...Fragment) {
	h.PassHere(fragments...)
	for i := range fragments {
		f := passing(fragments[i])
		select {
		case h.passing <- Packet{bucketOf(f.User), encodeFragment(f)}:
		default:
			h.stats.Passed.Add(1)
		}
	}
}

// PassHere does so on this node alone.
func (h *Hub) PassHere(fragments ...Fragment) {
	for i := range fragments {
		f := passing(fragments[i])
		h.each(f.User, func(c *client) { c.pass(f) })
	}
}

func passing(f Fragment) *Fragment { return &Fragment{User: f.User, Body: f.Body, Parts: f.Parts} }

// pass keeps a passing fragment until there is nothing else to write: of those that show the same, the last.
func (c *client) pass(f *Fragment) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.isClosing() {
		return
	}
	c.passing = slices.DeleteFunc(c.passing, func(old *Fragment) bool { return showsSame(old, f) })
	if len(c.passing) >= maxPassing {
		c.passing = slices.Delete(c.passing, 0, 1)
		c.hub.stats.Passed.Add(1)
	}
	c.passing = append(c.passing, f)
	c.wake()
}

func showsSame(a, b *Fragment) bool {
	return len(a.Parts) == 1 && len(b.Parts) == 1 && len(a.Body)+len(b.Body) == 0 && a.Parts[0].Key == b.Parts[0].Key
}

// composePassing writes what passes once the page has everything that stays. The caller holds mu.
func (c *client) composePassing(out []byte) []byte {
	switch {
	case len(c.passing) == 0 || c.isCatchingUp() || len(c.inbox) > 0:
	case len(out) >= batchBytes || c.isFull() || c.isPaced():
	default:
		out = c.appendFragments(out, c.passing...)
		c.passing = nil
	}
	return out
}
