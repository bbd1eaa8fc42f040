package live

import (
	"context"
	"time"
)

const wheelSpokes = 64

// turnWheel gives every client its heartbeat. The wheel is the buckets themselves: each turn goes
// through all of them, some at a tick, so the beats are spread and no socket has a timer.
func (h *Hub) turnWheel(ctx context.Context) {
	const share = Buckets / wheelSpokes
	ticker := time.NewTicker(h.options.Heartbeat / wheelSpokes)
	defer ticker.Stop()
	for n := 0; ; n = (n + share) % Buckets {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		for i := range share {
			h.eachIn(n+i, (*client).beat)
		}
	}
}
