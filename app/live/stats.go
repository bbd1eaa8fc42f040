package live

import "sync/atomic"

// Stats counts what a hub has done since it began.
type Stats struct {
	Frames   atomic.Int64 // frames that were written to sockets
	CatchUps atomic.Int64 // times that a page was read anew from the database
	Overdue  atomic.Int64 // pages of which only the safety net knew that they were behind
	Slow     atomic.Int64 // times that a socket's queue was full
	Lost     atomic.Int64 // packets that did not reach the other nodes
}

// Stats may be read at any time.
func (h *Hub) Stats() *Stats { return &h.stats }
