package live

import "sync/atomic"

// Stats counts what a hub has done since it began.
type Stats struct {
	Fragments atomic.Int64 // fragments that were written to sockets
	CatchUps  [Reasons]atomic.Int64
	Dropped   atomic.Int64 // sockets that were given up because their peers read nothing
	Lost      atomic.Int64 // packets that did not reach the other nodes
	Passed    atomic.Int64 // passing fragments that were dropped
	BusErrors atomic.Int64 // failed attempts to publish
}

// Reason is why a page has to catch up from the database.
type Reason int

// The reasons.
const (
	Opened  Reason = iota // it is new, or has reconnected
	Asked                 // it sent its cursor: another pane was opened, or it has been away
	Gap                   // a fragment was lost on the way
	Overdue               // no fragment had come; found by reconciling
	Slow                  // it reads less than there is to send
	Failed                // the last catch-up did not succeed
	Reasons int    = iota
)

// String names the reason.
func (r Reason) String() string {
	return [Reasons]string{"opened", "asked", "gap", "overdue", "slow", "failed"}[r]
}

// Stats may be read at any time.
func (h *Hub) Stats() *Stats { return &h.stats }
