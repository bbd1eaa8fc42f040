package listen

import (
	"errors"
	"net"
	"syscall"
	"time"
)

// Listener gives a server the connections that the gate lets in.
func (g *Gate) Listener(l net.Listener) net.Listener { return &listener{l, g} }

type listener struct {
	net.Listener
	gate *Gate
}

// Pauses after an error of accept.
const (
	firstPause = 5 * time.Millisecond
	mostPause  = time.Second
)

// Accept ends only when the listener is closed or unusable. A server may take any other error for the
// end, though it passes: descriptors or memory ran out, or the network went down.
func (l *listener) Accept() (net.Conn, error) {
	pause := firstPause
	for {
		raw, err := l.Listener.Accept()
		switch {
		case err == nil:
			if c := l.gate.admit(raw); c != nil {
				return c, nil
			}
			pause = firstPause
		case unusable(err):
			return nil, err
		default:
			l.gate.starve(err)
			time.Sleep(pause)
			pause = min(2*pause, mostPause)
		}
	}
}

func unusable(err error) bool {
	for _, e := range []error{net.ErrClosed, syscall.EBADF, syscall.EINVAL, syscall.ENOTSOCK, syscall.EFAULT} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// starve closes a waiting connection to free its descriptor.
func (g *Gate) starve(err error) {
	g.starved.Add(1)
	g.mu.Lock()
	g.warn("a connection cannot be accepted; trying again", "error", err)
	victims := g.takeLongest(g.waiting)
	g.mu.Unlock()
	for _, v := range victims {
		v.evict()
	}
}
