package services

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"testing"
)

// FreePort returns a loopback port on which a server can listen, also after a restart.
func FreePort(tb testing.TB) int {
	tb.Helper()
	port, err := freePort()
	if err != nil {
		tb.Fatal(err)
	}
	return port
}

// freePort returns a loopback port below the ephemeral range, so that no outgoing connection can use it while
// its server is down.
func freePort() (int, error) {
	low := 32768
	if text, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range"); err == nil {
		_, _ = fmt.Sscan(string(text), &low)
	}
	const first = 10240
	if low <= first {
		return 0, fmt.Errorf("no ports between %d and the ephemeral ones at %d", first, low)
	}
	for range 100 {
		port := first + rand.IntN(low-first)
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			return port, l.Close()
		}
	}
	return 0, fmt.Errorf("found no free port between %d and %d", first, low)
}
