package services

import (
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
)

// Proxy stands between a client and a server, and can fall silent: what was connected stays open on both
// sides and nothing passes any more, as when a cable is cut.
type Proxy struct {
	URL string // that of the server, through the proxy

	tb       testing.TB
	listener net.Listener
	server   string

	mu      sync.Mutex
	streams []*stream
}

// NewProxy begins to pass on to the server of a URL. The end of the test ends it.
func NewProxy(tb testing.TB, server string) *Proxy {
	tb.Helper()
	u, err := url.Parse(server)
	if err != nil {
		tb.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	p := &Proxy{tb: tb, listener: listener, server: u.Host}
	u.Host = listener.Addr().String()
	p.URL = u.String()
	go p.accept()
	tb.Cleanup(p.close)
	return p
}

// Silence cuts all connections that there are, without a word to either side. New ones pass.
func (p *Proxy) Silence() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.streams {
		s.silence()
	}
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.server)
		if err != nil {
			_ = client.Close()
			continue
		}
		s := &stream{client: client, server: server}
		p.mu.Lock()
		p.streams = append(p.streams, s)
		p.mu.Unlock()
		go s.pass(client, server)
		go s.pass(server, client)
	}
}

func (p *Proxy) close() {
	_ = p.listener.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.streams {
		_ = s.client.Close()
		_ = s.server.Close()
	}
}

type stream struct {
	client, server net.Conn
	mu             sync.Mutex
	silent         bool
}

func (s *stream) silence() {
	s.mu.Lock()
	s.silent = true
	s.mu.Unlock()
}

func (s *stream) pass(to, from net.Conn) {
	_, _ = io.Copy(gate{s, to}, from)
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.silent {
		_ = to.Close()
	}
}

// gate swallows what comes once the stream is silent.
type gate struct {
	s  *stream
	to io.Writer
}

// Write is io.Writer's.
func (g gate) Write(b []byte) (int, error) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	if g.s.silent {
		return len(b), nil
	}
	return g.to.Write(b)
}
