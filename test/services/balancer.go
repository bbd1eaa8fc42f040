package services

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
)

// Balancer is one address before several servers. Its WebSockets go to the servers in turn, other connections to the
// first; what a server refuses goes to the next.
type Balancer struct {
	URL string

	listener net.Listener
	servers  []string

	mu      sync.Mutex
	sockets int
	conns   []net.Conn
}

// NewBalancer starts a balancer for the servers of these URLs. The end of the test stops it.
func NewBalancer(tb testing.TB, servers ...string) *Balancer {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	b := &Balancer{listener: listener, URL: "http://" + listener.Addr().String()}
	for _, server := range servers {
		u, err := url.Parse(server)
		if err != nil {
			tb.Fatal(err)
		}
		b.servers = append(b.servers, u.Host)
	}
	go b.accept()
	tb.Cleanup(b.close)
	return b
}

func (b *Balancer) accept() {
	for {
		client, err := b.listener.Accept()
		if err != nil {
			return
		}
		go b.forward(client)
	}
}

func (b *Balancer) forward(client net.Conn) {
	defer client.Close()
	sent := bufio.NewReader(client)
	start, err := sent.Peek(len("GET /ws?"))
	if err != nil {
		return
	}
	server := b.dial(bytes.Equal(start, []byte("GET /ws?")))
	if server == nil {
		return
	}
	defer server.Close()
	b.mu.Lock()
	b.conns = append(b.conns, client, server)
	b.mu.Unlock()
	go func() {
		defer server.Close()
		_, _ = sent.WriteTo(server)
	}()
	_, _ = io.Copy(client, server)
}

func (b *Balancer) dial(socket bool) net.Conn {
	first := 0
	if socket {
		b.mu.Lock()
		first = b.sockets
		b.sockets++
		b.mu.Unlock()
	}
	for n := range b.servers {
		if conn, err := net.Dial("tcp", b.servers[(first+n)%len(b.servers)]); err == nil {
			return conn
		}
	}
	return nil
}

func (b *Balancer) close() {
	_ = b.listener.Close()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, conn := range b.conns {
		_ = conn.Close()
	}
}
