package live

import (
	"fmt"
	"strings"
	"time"
)

// Sign is what a page says of its reader beside its cursor.
type Sign struct {
	Kind         SignKind
	Conversation int64 // of Typing, Typed and Opened
}

// SignKind is the kind of a Sign.
type SignKind int

// The kinds.
const (
	Typing  SignKind = iota // the reader types
	Typed                   // … and has stopped: the box is empty
	Visible                 // the page is looked at, or could be
	Hidden                  // … and is no longer
	Open                    // the page shows a conversation; its cursor says so
)

var (
	signRate   = rate{20, time.Second}    // of one page; what comes faster is not heard
	typingRate = rate{4, 2 * time.Second} // its script says it every three seconds, and anew after each message
)

// greet tells a new page that signs are heard here, and after how many milliseconds a visible one says so again. A node
// of the release before would end the socket at a sign.
func (c *client) greet() {
	if c.hub.options.Sign != nil {
		body := fmt.Appendf(nil, `<hx-partial hx-target="#hears" hx-swap="innerHTML">%d</hx-partial>`, c.hub.options.Still.Milliseconds())
		c.pass(&Fragment{User: c.user, Parts: []Part{{"hears", body}}})
	}
}

// receiveSign reports whether a message is a sign.
func (c *client) receiveSign(text []byte) bool {
	sign, ok := parseSign(string(text))
	if !ok || c.hub.options.Sign == nil {
		return false
	}
	c.mu.Lock()
	now := time.Now()
	heard := c.allowsSign(sign, now)
	switch {
	case heard && sign.Kind == Visible:
		c.visibleAt = now
	case heard && sign.Kind == Hidden:
		c.visibleAt = time.Time{}
	}
	c.mu.Unlock()
	if heard {
		c.hub.options.Sign(c.user, sign)
	}
	return true
}

// allowsSign counts a sign, unless there are too many. The caller holds mu.
func (c *client) allowsSign(s Sign, now time.Time) bool {
	if c.signs.wait(signRate, now) > 0 || s.Kind == Typing && c.typing.wait(typingRate, now) > 0 {
		return false
	}
	c.signs.next(signRate, now)
	if s.Kind == Typing {
		c.typing.next(typingRate, now)
	}
	return true
}

func parseSign(text string) (Sign, bool) {
	switch text {
	case "visible":
		return Sign{Kind: Visible}, true
	case "hidden":
		return Sign{Kind: Hidden}, true
	}
	word, number, _ := strings.Cut(text, ".")
	conversation, ok := parseNumber(number)
	switch {
	case !ok || conversation == 0:
	case word == "typing":
		return Sign{Typing, conversation}, true
	case word == "typed":
		return Sign{Typed, conversation}, true
	}
	return Sign{}, false
}

// VisibleSince returns the people with a visible page on this node that has said so since a time, and when it last did.
func (h *Hub) VisibleSince(since time.Time) map[int64]time.Time {
	found := make(map[int64]time.Time)
	h.eachClient(func(c *client) {
		if c.visibleAt.After(since) && c.visibleAt.After(found[c.user]) {
			found[c.user] = c.visibleAt
		}
	})
	return found
}

// Visible reports whether the person has a visible page on this node that has said so since a time.
func (h *Hub) Visible(user int64, since time.Time) (is bool) {
	h.each(user, func(c *client) {
		c.mu.Lock()
		defer c.mu.Unlock()
		is = is || !c.isClosing() && c.visibleAt.After(since)
	})
	return is
}

// View is a conversation that a person has open.
type View struct{ User, Conversation int64 }

// Views returns the conversations that are open on this node, each once for a person.
func (h *Hub) Views() map[View]bool {
	found := make(map[View]bool)
	h.eachClient(func(c *client) {
		if c.cursor.Conversation != 0 {
			found[View{c.user, c.cursor.Conversation}] = true
		}
	})
	return found
}

// eachClient calls look for every open client, which is locked meanwhile.
func (h *Hub) eachClient(look func(*client)) {
	for n := range Buckets {
		h.eachIn(n, func(c *client) {
			c.mu.Lock()
			defer c.mu.Unlock()
			if !c.isClosing() {
				look(c)
			}
		})
	}
}

// opened says which conversation the page shows.
func (c *client) opened() {
	c.mu.Lock()
	conversation, closing := c.cursor.Conversation, c.isClosing()
	c.mu.Unlock()
	if conversation != 0 && !closing && c.hub.options.Sign != nil {
		c.hub.options.Sign(c.user, Sign{Open, conversation})
	}
}
