package rehearsal

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/fasthttp/websocket"
)

// silence is the time without a frame after which a page gives up its connection.
const silence = 35 * time.Second

// line is a page's connection. The page's lock guards it.
type line struct {
	changed *sync.Cond
	conn    *websocket.Conn // nil while disconnected
	left    bool
	since   time.Time     // when it was lost
	longest time.Duration // without a connection
	lost    int
}

// keepConnected reconnects whenever the socket ends.
func (p *page) keepConnected(ctx context.Context) {
	for attempt := 0; ctx.Err() == nil; attempt++ {
		if attempt > 0 {
			pause(ctx, backoff(attempt))
		}
		conn, answer, err := p.who.Dial(p.position(), http.Header{"Origin": {p.who.Origin()}})
		if err != nil {
			if answer != nil && answer.StatusCode < 500 {
				p.t.Errorf("the socket of %s was refused: %d", p.who.Username, answer.StatusCode)
			}
			continue
		}
		attempt = 0
		p.up(conn)
		p.down(p.listen(conn))
	}
}

func (p *page) listen(conn *websocket.Conn) error {
	defer conn.Close()
	for {
		_ = conn.SetReadDeadline(time.Now().Add(silence))
		_, frame, err := conn.ReadMessage()
		if err != nil {
			return err
		}
		p.take(string(frame))
	}
}

func (p *page) up(conn *websocket.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.line.left {
		conn.Close()
	}
	p.line.conn = conn
	if !p.line.since.IsZero() {
		p.line.longest = max(p.line.longest, time.Since(p.line.since))
	}
	p.line.changed.Broadcast()
	p.retry()
}

func (p *page) down(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.line.conn, p.line.since = nil, time.Now()
	if p.line.left {
		return
	}
	p.line.lost++
	var closed *websocket.CloseError
	if errors.As(err, &closed) && (closed.Code == websocket.CloseNormalClosure || closed.Code >= 4000) {
		p.t.Errorf("the server closed the socket of %s for good: %v", p.who.Username, err)
	}
}

// awaitConnected waits until the page is connected.
func (p *page) awaitConnected() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.line.conn == nil && !p.line.left {
		p.line.changed.Wait()
	}
}

func (p *page) disconnect() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.line.left = true
	p.line.changed.Broadcast()
	if p.line.conn != nil {
		p.line.conn.Close()
	}
}
