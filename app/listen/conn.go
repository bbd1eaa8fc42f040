package listen

import (
	"container/list"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"
)

// state is what a connection is doing.
type state int

const (
	waiting  state = iota // for the head of a request
	busy                  // with a request
	answered              // until the server reads on, all of the answer being written
	kept                  // as a socket
	closed
)

// Conn is a connection that a Gate has let in.
type Conn struct {
	net.Conn
	gate    *Gate
	from    netip.Prefix // invalid if it counts for no address
	address *address
	evicted atomic.Bool
	reading atomic.Bool // the next Read is for a new request
	silent  atomic.Bool // it waits, and nothing has come since

	// Guarded by the gate's lock.
	state                 state
	since                 time.Time // it waits
	served                bool      // at least one request
	place, placeOfAddress *list.Element
}

// Of finds the connection beneath what a server has been given, nil if no gate has let it in.
func Of(conn net.Conn) *Conn {
	for conn != nil {
		switch c := conn.(type) {
		case *Conn:
			return c
		case interface{ NetConn() net.Conn }: // TLS
			conn = c.NetConn()
		default:
			return nil
		}
	}
	return nil
}

// Begin notes that the head of a request has come.
func (c *Conn) Begin() {
	if c == nil {
		return
	}
	c.gate.mu.Lock()
	defer c.gate.mu.Unlock()
	switch c.state {
	case waiting:
		c.gate.dequeue(c)
		c.gate.busy++
		c.state, c.served = busy, true
	case answered: // another request has come together with it
		c.state = busy
	}
	c.reading.Store(false)
}

// End notes that the request was handled. It is over when the server wants to read the next one.
func (c *Conn) End() {
	if c == nil {
		return
	}
	c.gate.mu.Lock()
	defer c.gate.mu.Unlock()
	if c.state == busy {
		c.state = answered
		c.reading.Store(true)
	}
}

// Keep notes that the connection stays, as a socket.
func (c *Conn) Keep() {
	if c == nil {
		return
	}
	c.gate.mu.Lock()
	defer c.gate.mu.Unlock()
	if c.state == busy {
		c.gate.busy--
		c.gate.kept++
		if c.address != nil {
			c.address.kept++
		}
		c.state = kept
	}
}

// MayStay reports whether there is room for one more socket.
func (c *Conn) MayStay() bool {
	if c == nil || c.gate.limits.Kept == 0 {
		return true
	}
	c.gate.mu.Lock()
	defer c.gate.mu.Unlock()
	limits := c.gate.limits
	if c.gate.kept < limits.Kept && (c.address == nil || limits.KeptPerAddress == 0 || c.address.kept < limits.KeptPerAddress) {
		return true
	}
	c.gate.full.Add(1)
	c.gate.warn("there are as many sockets as there may be; more are refused", "sockets", c.gate.kept)
	return false
}

// Read returns io.EOF once the connection had to give way.
func (c *Conn) Read(p []byte) (int, error) {
	if c.reading.Load() {
		c.wait()
	}
	n, err := c.Conn.Read(p)
	if n > 0 && c.silent.CompareAndSwap(true, false) {
		c.touch()
	}
	if err != nil && c.evicted.Load() {
		err = io.EOF
	}
	return n, err
}

// wait begins to wait for the next request.
func (c *Conn) wait() {
	c.gate.mu.Lock()
	defer c.gate.mu.Unlock()
	if c.state == answered {
		c.gate.busy--
		c.gate.enqueue(c)
	}
	c.reading.Store(false)
}

// touch keeps a connection whose request has just begun to come from giving way before it is handled.
func (c *Conn) touch() {
	c.gate.mu.Lock()
	defer c.gate.mu.Unlock()
	if c.state == waiting {
		c.gate.dequeue(c)
		c.gate.enqueue(c)
		c.silent.Store(false)
	}
}

// Close closes the connection. A second call does nothing.
func (c *Conn) Close() error {
	c.gate.mu.Lock()
	c.gate.leave(c)
	c.gate.mu.Unlock()
	err := c.Conn.Close()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// Abort closes the connection and discards unsent data.
func (c *Conn) Abort() {
	if tcp, ok := c.Conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	c.evicted.Store(true)
	_ = c.Close()
}

// evict closes a connection that the gate no longer counts.
func (c *Conn) evict() {
	c.gate.evicted.Add(1)
	c.evicted.Store(true)
	_ = c.Conn.Close()
}

// Watch is for the ConnState of a net/http server behind the gate.
func Watch(conn net.Conn, s http.ConnState) {
	switch s {
	case http.StateActive:
		Of(conn).Begin()
	case http.StateIdle:
		Of(conn).End()
	}
}
