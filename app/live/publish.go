package live

import (
	"context"
	"time"
)

const (
	packetsAtOnce = 256
	sendTimeout   = 2 * time.Second
)

// Publish brings frames to their people: those on this node at once, the others by way of the
// broker. It never waits. (Frames that find no room are made up for by the safety net.)
func (h *Hub) Publish(_ context.Context, frames ...Frame) {
	for _, f := range frames {
		h.each(f.User, func(c *client) { c.offer(&f) })
		h.enqueue(Packet{bucketOf(f.User), encodeFrame(&f)})
	}
}

// CloseSession closes the sockets of a session with CloseSignedOut, on every node. Session 0 stands
// for all of the user's.
func (h *Hub) CloseSession(session, user int64) {
	h.closeEverywhere(gone{user: user, session: session})
}

// CloseSessions closes the sockets of all sessions of a user but one, on every node.
func (h *Hub) CloseSessions(user, except int64) {
	h.closeEverywhere(gone{user: user, except: except})
}

func (h *Hub) closeEverywhere(g gone) {
	h.closeHere(g)
	h.enqueue(Packet{bucketOf(g.user), encodeGone(g)})
}

func (h *Hub) closeHere(g gone) {
	h.each(g.user, func(c *client) {
		named := g.session == c.session
		all := g.session == 0 && (g.except == 0 || g.except != c.session)
		if named || all {
			c.close(CloseSignedOut, "signed out")
		}
	})
}

// delivered notes that a frame is written to a socket.
func (h *Hub) delivered(f *Frame) {
	h.stats.Frames.Add(1)
	if h.options.Delivered != nil && !f.At.IsZero() {
		h.options.Delivered(time.Since(f.At), f.far)
	}
}

func (h *Hub) enqueue(p Packet) {
	select {
	case h.outgoing <- p:
	default:
		h.stats.Lost.Add(1)
	}
}

// send hands packets to the broker. What was said before the end is still said.
func (h *Hub) send(ctx context.Context) {
	for {
		select {
		case p := <-h.outgoing:
			h.sendFrom(p)
		case <-ctx.Done():
			for len(h.outgoing) > 0 {
				h.sendFrom(<-h.outgoing)
			}
			return
		}
	}
}

// sendFrom takes along what else waits: one round trip for all.
func (h *Hub) sendFrom(first Packet) {
	batch := []Packet{first}
	for len(batch) < packetsAtOnce && len(h.outgoing) > 0 {
		batch = append(batch, <-h.outgoing)
	}
	ctx, cancel := context.WithTimeout(context.Background(), sendTimeout)
	defer cancel()
	if err := h.broker.Publish(ctx, batch...); err != nil {
		h.stats.BusErrors.Add(1)
		h.stats.Lost.Add(int64(len(batch)))
	}
}

// arrived is called by the broker and only enqueues.
func (h *Hub) arrived(payload []byte) {
	select {
	case h.incoming <- payload:
	default:
		signal(h.missed)
	}
}

func (h *Hub) receive(ctx context.Context) {
	for {
		select {
		case payload := <-h.incoming:
			h.open(payload)
		case <-ctx.Done():
			return
		}
	}
}

func (h *Hub) open(payload []byte) {
	letter, err := decode(payload)
	switch {
	case err != nil:
		h.options.Logger.Warn("live: a packet from another node cannot be read", "bytes", len(payload))
	case letter.frame != nil:
		h.each(letter.frame.User, func(c *client) { c.offer(letter.frame) })
	case letter.gone != nil:
		h.closeHere(*letter.gone)
	}
}
