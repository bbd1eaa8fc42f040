package listen

import (
	"container/list"
	"time"
)

// queue holds the connections that are between requests, the longest-waiting first.
type queue struct {
	silent *list.List // have never asked anything
	idle   *list.List // have, and may again
}

func newQueue() queue { return queue{list.New(), list.New()} }

// of is the part of the queue where a connection waits.
func (q queue) of(c *Conn) *list.List {
	if c.served {
		return q.idle
	}
	return q.silent
}

// longest returns the connection to close first, or nil if the queue is empty.
func (q queue) longest() *Conn {
	silent, idle := front(q.silent), front(q.idle)
	switch {
	case silent == nil:
		return idle
	case idle == nil, time.Since(silent.since) > silentFor, time.Since(idle.since) < silentFor:
		return silent
	}
	return idle
}

func front(l *list.List) *Conn {
	if first := l.Front(); first != nil {
		return first.Value.(*Conn)
	}
	return nil
}
