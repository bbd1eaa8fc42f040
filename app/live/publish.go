package live

import (
	"context"
	"time"
)

const (
	packetsAtOnce = 256
	sendTimeout   = 2 * time.Second
)

// Publish delivers fragments to their people: on this node at once, on the others through the broker.
// It never waits. (Reconciling makes up for fragments that find no room.)
func (h *Hub) Publish(_ context.Context, fragments ...Fragment) {
	for _, f := range fragments {
		h.each(f.User, func(c *client) { c.offer(&f) })
		h.enqueue(Packet{bucketOf(f.User), encodeFragment(&f)})
	}
}

// CloseSession closes the sockets of a session with CloseSignedOut, on every node. Session 0 stands
// for all of the user's.
func (h *Hub) CloseSession(session, user int64) {
	h.closeEverywhere(sessionEnded{user: user, session: session})
}

// CloseSessions closes the sockets of all sessions of a user but one, on every node.
func (h *Hub) CloseSessions(user, except int64) {
	h.closeEverywhere(sessionEnded{user: user, except: except})
}

func (h *Hub) closeEverywhere(e sessionEnded) {
	h.closeHere(e)
	h.enqueue(Packet{bucketOf(e.user), encodeSessionEnded(e)})
}

func (h *Hub) closeHere(e sessionEnded) {
	h.each(e.user, func(c *client) {
		named := e.session == c.session
		all := e.session == 0 && (e.except == 0 || e.except != c.session)
		if named || all {
			c.close(CloseSignedOut, "signed out")
		}
	})
}

// delivered counts a fragment that is written to a socket.
func (h *Hub) delivered(f *Fragment) {
	h.stats.Fragments.Add(1)
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

// send hands packets to the broker, at the end also those that are queued.
func (h *Hub) send(ctx context.Context) {
	for {
		select {
		case p := <-h.outgoing:
			h.sendFrom(p)
		case p := <-h.passing:
			h.sendFrom(p)
		case <-ctx.Done():
			for len(h.outgoing) > 0 {
				h.sendFrom(<-h.outgoing)
			}
			return
		}
	}
}

// sendFrom adds the packets that wait, for one round trip.
func (h *Hub) sendFrom(first Packet) {
	batch := []Packet{first}
	for len(batch) < packetsAtOnce && len(h.outgoing) > 0 {
		batch = append(batch, <-h.outgoing)
	}
	for len(batch) < packetsAtOnce && len(h.passing) > 0 {
		batch = append(batch, <-h.passing)
	}
	ctx, cancel := context.WithTimeout(context.Background(), sendTimeout)
	defer cancel()
	if err := h.broker.Publish(ctx, batch...); err != nil {
		h.stats.BusErrors.Add(1)
		for _, p := range batch {
			if isPassing(p.Payload) {
				h.stats.Passed.Add(1)
			} else {
				h.stats.Lost.Add(1)
			}
		}
	}
}

// arrived is called by the broker and only enqueues.
func (h *Hub) arrived(payload []byte) {
	if isPassing(payload) {
		select {
		case h.passed <- payload:
		default:
			h.stats.Passed.Add(1)
		}
		return
	}
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
		case payload := <-h.passed:
			h.open(payload)
		case <-ctx.Done():
			return
		}
	}
}

func (h *Hub) open(payload []byte) {
	message, err := decode(payload)
	switch {
	case err != nil:
		h.options.Logger.Warn("live: a packet from another node cannot be read", "bytes", len(payload))
	case message.fragment != nil && message.fragment.isPassing():
		h.PassHere(*message.fragment)
	case message.fragment != nil:
		h.each(message.fragment.User, func(c *client) { c.offer(message.fragment) })
	case message.ended != nil:
		h.closeHere(*message.ended)
	}
}
