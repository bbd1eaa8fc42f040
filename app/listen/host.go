package listen

import (
	"net"
	"net/netip"
	"strings"
)

// Name is the name or address in a Host header, without its port.
func Name(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
}

// IsLocal reports whether no other site can have pages at this Host: it is empty, localhost or a name below it, or an
// IP address.
func IsLocal(host string) bool {
	name := strings.ToLower(strings.TrimSuffix(Name(host), "."))
	if name == "" || name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return true
	}
	_, err := netip.ParseAddr(name)
	return err == nil
}
