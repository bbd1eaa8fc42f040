package live

import (
	"context"
	"time"
)

// heartbeatTicks is how many parts a period has.
const heartbeatTicks = 64

// heartbeat sends every client its heartbeats. Each period goes through all buckets, some at a tick: so the
// heartbeats are spread, and no socket has a timer.
func (h *Hub) heartbeat(ctx context.Context) {
	const share = Buckets / heartbeatTicks
	ticker := time.NewTicker(h.options.Heartbeat / heartbeatTicks)
	defer ticker.Stop()
	for n := 0; ; n = (n + share) % Buckets {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		for i := range share {
			h.eachIn(n+i, (*client).queueHeartbeat)
		}
	}
}
