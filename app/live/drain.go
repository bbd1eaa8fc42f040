package live

import (
	"context"
	"math/rand/v2"
	"time"
)

// Drain refuses new sockets, closes all with CloseRestart, in batches so that the other nodes are not
// overrun, and returns when they have ended. When ctx ends first, the sockets that are left
// are cut off.
func (h *Hub) Drain(ctx context.Context) {
	h.gate.Lock()
	h.draining = true
	h.gate.Unlock()

	clients := h.allClients()
	rand.Shuffle(len(clients), func(i, j int) { clients[i], clients[j] = clients[j], clients[i] })
	batch := max(50, len(clients)/20)
	for i, c := range clients {
		if i > 0 && i%batch == 0 {
			sleep(ctx, 50*time.Millisecond+rand.N(100*time.Millisecond))
		}
		c.close(CloseRestart, "restarting")
	}

	done := make(chan struct{})
	go func() {
		h.sockets.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
		for _, c := range clients {
			c.abandon()
		}
		<-done
	}
}

func (h *Hub) allClients() []*client {
	var clients []*client
	for n := range h.buckets {
		h.eachIn(n, func(c *client) { clients = append(clients, c) })
	}
	return clients
}
