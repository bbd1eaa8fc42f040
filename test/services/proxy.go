package services

import (
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"
)

// Proxy forwards connections to a server, and can stop forwarding as if a cable were cut: the connections
// stay open on both sides, and no more data passes.
type Proxy struct {
	URL string // the server's URL with the address of the proxy

	listener net.Listener

	mu      sync.Mutex
	server  string
	broken  bool
	delay   func() time.Duration
	streams []*stream
}

// NewProxy starts a proxy for the server of a URL. The end of the test stops it.
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
	p := &Proxy{listener: listener, server: u.Host, delay: func() time.Duration { return 0 }}
	u.Host = listener.Addr().String()
	p.URL = u.String()
	go p.accept()
	tb.Cleanup(p.close)
	return p
}

// Delay lets each piece of data on new connections wait for as long as a function says. The order stays.
func (p *Proxy) Delay(delay func() time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay = delay
}

// Redirect connects new clients to another server, at host:port.
func (p *Proxy) Redirect(server string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.server = server
}

// Silence drops what is sent on the open connections, and closes none of them. New connections work.
func (p *Proxy) Silence() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.streams {
		s.silence()
	}
}

// Break ends all connections, and new ones as soon as they are open, until it is called with false.
func (p *Proxy) Break(broken bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.broken = broken
	if broken {
		p.closeStreams()
	}
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		address, delay, broken := p.server, p.delay, p.broken
		p.mu.Unlock()
		if broken {
			_ = client.Close()
			continue
		}
		server, err := net.Dial("tcp", address)
		if err != nil {
			_ = client.Close()
			continue
		}
		s := &stream{client: client, server: server, delay: delay}
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
	p.closeStreams()
}

func (p *Proxy) closeStreams() {
	for _, s := range p.streams {
		_ = s.client.Close()
		_ = s.server.Close()
	}
	p.streams = nil
}

type stream struct {
	client, server net.Conn
	delay          func() time.Duration
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

// gate discards what is written once the stream is silent.
type gate struct {
	s  *stream
	to io.Writer
}

// Write implements io.Writer.
func (g gate) Write(b []byte) (int, error) {
	time.Sleep(g.s.delay())
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	if g.s.silent {
		return len(b), nil
	}
	return g.to.Write(b)
}
