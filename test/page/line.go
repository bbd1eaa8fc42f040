package page

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"dchat/app/live"

	"github.com/fasthttp/websocket"
)

// silence is the time without a frame after which a page gives up its connection.
const silence = 35 * time.Second

// line is a page's connection.
type line struct {
	conn  *websocket.Conn // nil while disconnected
	reads chan struct{}   // closed when the last connection has ended

	acked   string    // what was acknowledged last on this connection
	ackedAt time.Time // and when
	late    *time.Timer

	left    bool
	since   time.Time // when the connection ended by itself; zero while there is one
	askedAt time.Time // when a cursor was sent of which the answer is missing
	record  Record
}

// Record is what happened to the connection of a page.
type Record struct {
	Lost         int           // how often it ended by itself
	Disconnected time.Duration // the longest time without it
	CatchUp      time.Duration // the longest time from a cursor to the answer
}

// Record returns what happened to the connection so far.
func (p *Page) Record() Record {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.line.record
}

// ResetRecord forgets what happened so far.
func (p *Page) ResetRecord() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.line.record = Record{}
}

// Connect opens the socket.
func (p *Page) Connect() error {
	p.mu.Lock()
	at, who, loading := p.where(), p.who, p.loading
	p.mu.Unlock()
	if loading {
		return errLoading
	}
	conn, answer, err := who.DialAs(at, who.Username, http.Header{"Origin": {who.Origin()}})
	if err != nil {
		if answer != nil && answer.StatusCode < 500 {
			err = fmt.Errorf("%w: %d", errRefused, answer.StatusCode)
		}
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	defer p.changed.Broadcast()
	if p.line.left || p.loading {
		conn.Close()
		return errLoading
	}
	p.line.conn, p.line.reads, p.line.acked = conn, make(chan struct{}), ""
	if !p.line.since.IsZero() {
		p.line.record.Disconnected = max(p.line.record.Disconnected, time.Since(p.line.since))
		p.line.since = time.Time{}
	}
	p.line.askedAt = time.Now()
	if p.where() != at { // another pane was opened meanwhile
		p.report()
	}
	go p.listen(conn, p.line.reads)
	return nil
}

// errLoading says that the document is about to be replaced.
var errLoading = errors.New("another document loads")

// errRefused says that the server refused a socket for a reason that no repetition changes.
var errRefused = errors.New("the socket was refused")

// Connected reports whether the socket is open.
func (p *Page) Connected() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.line.conn != nil
}

// Disconnect ends the connection as a lost network does, and returns when nothing more arrives.
func (p *Page) Disconnect() {
	p.mu.Lock()
	conn, reads := p.line.conn, p.line.reads
	p.line.conn = nil
	p.mu.Unlock()
	if conn != nil {
		conn.NetConn().Close()
		<-reads
	}
}

// Stay connects, and connects again whenever the connection ends, until Leave or the end of the context.
func (p *Page) Stay(ctx context.Context) {
	for attempt := 0; ctx.Err() == nil && !p.hasLeft(); attempt++ {
		if attempt > 0 {
			pause(ctx, backoff(attempt))
		}
		err := p.Connect()
		if errors.Is(err, errRefused) {
			p.mu.Lock()
			p.fail(err)
			p.mu.Unlock()
			return
		}
		if err != nil {
			continue
		}
		p.mu.Lock()
		reads := p.line.reads
		p.mu.Unlock()
		attempt = 0
		<-reads
	}
}

// Leave closes the page.
func (p *Page) Leave() {
	p.mu.Lock()
	p.line.left = true
	p.mu.Unlock()
	p.Disconnect()
}

func (p *Page) hasLeft() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.line.left
}

func (p *Page) listen(conn *websocket.Conn, reads chan struct{}) {
	defer close(reads)
	defer conn.Close()
	for {
		_ = conn.SetReadDeadline(time.Now().Add(silence))
		_, frame, err := conn.ReadMessage()
		if err != nil {
			p.down(conn, err)
			return
		}
		p.take(string(frame))
	}
}

func (p *Page) down(conn *websocket.Conn, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	defer p.changed.Broadcast()
	if p.line.conn != conn {
		return
	}
	p.line.conn, p.line.since = nil, time.Now()
	p.line.record.Lost++
	var closed *websocket.CloseError
	if errors.As(err, &closed) && (closed.Code == websocket.CloseNormalClosure || closed.Code >= 4000) {
		p.fail(fmt.Errorf("the server closed the socket of %s for good: %w", p.who.Username, err))
	}
}

// report tells the server where the page stands. The answer is what the page lacks.
func (p *Page) report() {
	if p.line.conn != nil {
		p.line.askedAt = time.Now()
		_ = p.line.conn.WriteMessage(websocket.TextMessage, []byte(p.where()))
	}
}

// ackEvery is the shortest time between two acknowledgements.
const ackEvery = time.Second

// acknowledge tells the server what the page has, at most once in ackEvery.
func (p *Page) acknowledge() {
	cursor, err := p.cursor()
	if err != nil || p.line.conn == nil {
		return
	}
	text := "ack." + live.Cursor{Epoch: cursor.Epoch, Version: cursor.Version}.String()
	if text == p.line.acked {
		return
	}
	if wait := ackEvery - time.Since(p.line.ackedAt); wait > 0 {
		if p.line.late == nil {
			p.line.late = time.AfterFunc(wait, func() {
				p.mu.Lock()
				defer p.mu.Unlock()
				p.line.late = nil
				p.acknowledge()
			})
		}
		return
	}
	p.line.acked, p.line.ackedAt = text, time.Now()
	_ = p.line.conn.WriteMessage(websocket.TextMessage, []byte(text))
}

// answered notices that a frame answers the cursor that was sent last.
func (l *line) answered() {
	if !l.askedAt.IsZero() {
		l.record.CatchUp = max(l.record.CatchUp, time.Since(l.askedAt))
		l.askedAt = time.Time{}
	}
}

// backoff returns the delay before an attempt to reconnect: 300 ms, doubling up to 4 s, with 30 % jitter.
func backoff(attempt int) time.Duration {
	delay := min(300*time.Millisecond<<min(attempt-1, 8), 4*time.Second)
	return time.Duration(float64(delay) * (0.7 + 0.6*rand.Float64()))
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
