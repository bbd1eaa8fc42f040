package listen

import "net/netip"

// Stats are the numbers of a Gate.
type Stats struct {
	Open, Busy, Kept int
	Limit            int   // of open connections, 0 for none
	Full             int64 // connections and sockets refused because there were too many
	Crowded          int64 // connections refused because their address had too many
	Starved          int64 // failures to accept
	Evicted          int64 // idle connections closed to make room
}

// Stats reads the numbers.
func (g *Gate) Stats() Stats {
	g.mu.Lock()
	defer g.mu.Unlock()
	return Stats{
		Open: g.open, Busy: g.busy, Kept: g.kept, Limit: g.limits.Total,
		Full: g.full.Load(), Crowded: g.crowded.Load(), Starved: g.starved.Load(), Evicted: g.evicted.Load(),
	}
}

// mostConnections is more than one process serves.
const mostConnections = 250_000

// For divides the descriptors of a process: most for connections, of which three quarters may be one address's (a
// whole office may stand behind it), and seven eighths of both may be sockets. The rest is left to the database,
// files and logs. For a process without a limit it returns zero Limits: unlimited.
func For(descriptors int, proxies []netip.Prefix) Limits {
	if descriptors <= 0 {
		return Limits{Proxies: proxies}
	}
	total := min(max(descriptors-64-min(descriptors/8, 4096), 16), mostConnections)
	each := total * 3 / 4
	return Limits{Total: total, PerAddress: each, Kept: total * 7 / 8, KeptPerAddress: each * 7 / 8, Proxies: proxies}
}
