// Package listen accepts connections so that their number never ends the process: below the limit of descriptors,
// shared fairly between addresses; silent connections are closed for new ones.
package listen

import (
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Limits bound the connections of a Gate. Zero means unlimited.
type Limits struct {
	Total          int // open connections
	PerAddress     int // of one address, or one IPv6 network of 64 bits
	Kept           int // sockets, which stay; the rest is for requests, which pass
	KeptPerAddress int
	// Proxies are the addresses whose connections are those of many people.
	Proxies []netip.Prefix
}

// When there are many connections, one has to begin a request within headWithin; and one that has said
// nothing for silentFor gives way before one that has served its person.
const (
	headWithin = 5 * time.Second
	silentFor  = time.Second
)

// Gate counts the connections of one or more listeners.
type Gate struct {
	limits Limits
	log    *slog.Logger

	mu        sync.Mutex
	open      int
	busy      int // with a request whose answer is not written yet
	kept      int
	waiting   queue
	addresses map[netip.Prefix]*address
	warned    map[string]time.Time

	full, crowded, starved, evicted atomic.Int64
}

// address is where connections come from.
type address struct {
	open, kept int
	waiting    queue
}

// New makes a gate.
func New(limits Limits, log *slog.Logger) *Gate {
	return &Gate{
		limits: limits, log: log, waiting: newQueue(),
		addresses: map[netip.Prefix]*address{}, warned: map[string]time.Time{},
	}
}

// admit takes a connection in, or closes it. It may close others instead: those that have waited longest.
func (g *Gate) admit(raw net.Conn) *Conn {
	c := &Conn{Conn: raw, gate: g, from: g.source(raw)}
	g.mu.Lock()
	victims, admitted := g.makeRoom(c.from)
	if admitted {
		g.enter(c)
	}
	g.mu.Unlock()
	for _, v := range victims {
		v.evict()
	}
	if !admitted {
		_ = raw.Close()
		return nil
	}
	return c
}

// makeRoom chooses the connections to close for a new one from an address, if any.
func (g *Gate) makeRoom(from netip.Prefix) (victims []*Conn, ok bool) {
	if a := g.addresses[from]; a != nil && g.limits.PerAddress > 0 && a.open >= g.limits.PerAddress {
		if victims = g.takeLongest(a.waiting); victims == nil {
			g.crowded.Add(1)
			g.warn("one address has as many connections as it may; more are refused", "address", from.Addr().String(), "connections", a.open)
			return nil, false
		}
		return victims, true
	}
	if g.limits.Total == 0 {
		return nil, true
	}
	if g.open >= g.limits.Total {
		g.warn("there are as many connections as there may be; idle ones are closed", "connections", g.open)
		if victims = g.takeLongest(g.waiting); victims == nil {
			g.full.Add(1)
			return nil, false
		}
		return victims, true
	}
	if g.open >= g.limits.Total*3/4 {
		victims = g.takeExpired(2) // at every accept: their number shrinks faster than it grows
	}
	return victims, true
}

// takeLongest stops counting the connection that has waited longest and returns it, or nil if no connection waits.
func (g *Gate) takeLongest(q queue) []*Conn {
	c := q.longest()
	if c == nil {
		return nil
	}
	g.leave(c)
	return []*Conn{c}
}

func (g *Gate) takeExpired(most int) (taken []*Conn) {
	for c := g.waiting.longest(); c != nil && len(taken) < most && time.Since(c.since) > headWithin; c = g.waiting.longest() {
		g.leave(c)
		taken = append(taken, c)
	}
	return taken
}

func (g *Gate) enter(c *Conn) {
	g.open++
	if c.from.IsValid() {
		a := g.addresses[c.from]
		if a == nil {
			a = &address{waiting: newQueue()}
			g.addresses[c.from] = a
		}
		a.open++
		c.address = a
	}
	g.enqueue(c)
}

func (g *Gate) enqueue(c *Conn) {
	c.since = time.Now()
	c.silent.Store(true)
	c.place = g.waiting.of(c).PushBack(c)
	if c.address != nil {
		c.placeOfAddress = c.address.waiting.of(c).PushBack(c)
	}
	c.state = waiting
}

func (g *Gate) dequeue(c *Conn) {
	g.waiting.of(c).Remove(c.place)
	if c.address != nil {
		c.address.waiting.of(c).Remove(c.placeOfAddress)
	}
	c.place, c.placeOfAddress = nil, nil
}

// leave stops counting a connection.
func (g *Gate) leave(c *Conn) {
	switch c.state {
	case waiting:
		g.dequeue(c)
	case busy, answered:
		g.busy--
	case kept:
		g.kept--
		if c.address != nil {
			c.address.kept--
		}
	case closed:
		return
	}
	c.state = closed
	g.open--
	if c.address == nil {
		return
	}
	if c.address.open--; c.address.open == 0 {
		delete(g.addresses, c.from)
	}
}

// source is the address that a connection counts for; none for a proxy's.
func (g *Gate) source(raw net.Conn) netip.Prefix {
	tcp, ok := raw.RemoteAddr().(*net.TCPAddr)
	if !ok {
		return netip.Prefix{}
	}
	ip := tcp.AddrPort().Addr().Unmap().WithZone("")
	if slices.ContainsFunc(g.limits.Proxies, func(p netip.Prefix) bool { return p.Contains(ip) }) {
		return netip.Prefix{}
	}
	bits := ip.BitLen()
	if ip.Is6() {
		bits = 64
	}
	from, _ := ip.Prefix(bits)
	return from
}

// warn says the same thing once a minute at most. The gate is locked.
func (g *Gate) warn(what string, args ...any) {
	if time.Since(g.warned[what]) < time.Minute {
		return
	}
	g.warned[what] = time.Now()
	g.log.Warn(what, args...)
}
