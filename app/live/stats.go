package live

import "sync/atomic"

// Stats counts what a hub has done since it began.
type Stats struct {
	Frames    atomic.Int64 // frames that were written to sockets
	CatchUps  [Reasons]atomic.Int64
	Dropped   atomic.Int64 // sockets that were given up because they took nothing any more
	Lost      atomic.Int64 // packets that did not reach the other nodes
	BusErrors atomic.Int64 // times that the broker could not carry any
}

// Reason is why a page has to be read anew from the database.
type Reason int

// The reasons.
const (
	Opened  Reason = iota // it is new, or has reconnected
	Asked                 // it said where it is: another pane was opened, or it has been away
	Gap                   // a frame was lost on the way
	Overdue               // nobody had told it anything; the safety net has found it
	Slow                  // it takes less than there is to say
	Failed                // the last time did not succeed
	Reasons int    = iota
)

// String names the reason.
func (r Reason) String() string {
	return [Reasons]string{"opened", "asked", "gap", "overdue", "slow", "failed"}[r]
}

// Stats may be read at any time.
func (h *Hub) Stats() *Stats { return &h.stats }
