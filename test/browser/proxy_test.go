package browser

import (
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// proxy stands between a page and its node. It can swallow what is said, without a sign to either side.
type proxy struct {
	URL string

	listener net.Listener

	mu     sync.Mutex
	target string
	lines  map[*line]bool
}

// line is one connection through the proxy.
type line struct {
	page, node net.Conn
	mu         sync.Mutex
	dead       bool
}

func startProxy(t *testing.T, url string) *proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &proxy{URL: "http://" + listener.Addr().String(), listener: listener, target: strings.TrimPrefix(url, "http://"), lines: map[*line]bool{}}
	go p.serve()
	t.Cleanup(p.close)
	return p
}

func (p *proxy) serve() {
	for {
		page, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		target := p.target
		p.mu.Unlock()
		node, err := net.Dial("tcp", target)
		if err != nil {
			page.Close()
			continue
		}
		l := &line{page: page, node: node}
		p.mu.Lock()
		p.lines[l] = true
		p.mu.Unlock()
		go l.copy(page, node)
		go l.copy(node, page)
	}
}

func (l *line) copy(to, from net.Conn) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		l.mu.Lock()
		dead := l.dead
		l.mu.Unlock()
		if dead {
			_, _ = io.Copy(io.Discard, from)
			return // and the other end never learns
		}
		if n > 0 {
			if _, err := to.Write(buffer[:n]); err != nil {
				break
			}
		}
		if err != nil {
			break
		}
	}
	to.Close()
	from.Close()
}

// Lead leads new lines to another node.
func (p *proxy) Lead(url string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.target = strings.TrimPrefix(url, "http://")
}

// Swallow kills every line there is: nothing goes through them any more, and none is closed. New ones work.
func (p *proxy) Swallow() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.lines {
		l.mu.Lock()
		l.dead = true
		l.mu.Unlock()
	}
}

func (p *proxy) close() {
	p.listener.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.lines {
		l.page.Close()
		l.node.Close()
	}
}
