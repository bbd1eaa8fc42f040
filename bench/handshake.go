package bench

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha1"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

const (
	dialTimeout      = 10 * time.Second
	handshakeTimeout = 30 * time.Second
	maxHead          = 16 << 10
)

// A statusError is an HTTP status where another was hoped for.
type statusError int

func (e statusError) Error() string { return fmt.Sprintf("the server answered %d", int(e)) }

// dial opens the socket of person i. A refused upgrade is a statusError.
func (t *target) dial(ctx context.Context, i int) (*socket, error) {
	// No keep-alive of ours: the server's own pings are what is to be measured.
	dialer := net.Dialer{Timeout: dialTimeout, KeepAlive: -1, LocalAddr: t.source(i)}
	conn, err := dialer.DialContext(ctx, "tcp", t.address())
	if err != nil {
		return nil, err
	}
	if t.secure() {
		conn = tls.Client(conn, &tls.Config{ServerName: t.base.Hostname(), MinVersion: tls.VersionTLS12})
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	s := newSocket(conn)
	if err := s.upgrade(t, t.person(i)); err != nil {
		s.drop()
		return nil, err
	}
	return s, nil
}

func (s *socket) upgrade(t *target, p person) error {
	if err := s.conn.SetDeadline(time.Now().Add(handshakeTimeout)); err != nil {
		return err
	}
	nonce := make([]byte, 16)
	_, _ = rand.Read(nonce) // never fails
	key := base64.StdEncoding.EncodeToString(nonce)
	_, err := fmt.Fprintf(s.conn, "GET %s/ws HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\nOrigin: %s\r\nCookie: %s\r\nUser-Agent: %s\r\n\r\n",
		t.base.EscapedPath(), t.base.Host, key, t.origin, p.cookie, agent)
	if err != nil {
		return err
	}
	head, err := s.head()
	if err != nil {
		return err
	}
	answer, err := http.ReadResponse(bufio.NewReaderSize(bytes.NewReader(head), len(head)), nil)
	if err != nil {
		return err
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusSwitchingProtocols {
		return statusError(answer.StatusCode)
	}
	if answer.Header.Get("Sec-WebSocket-Accept") != acceptFor(key) {
		return errors.New("the server's Sec-WebSocket-Accept does not fit the key")
	}
	return s.conn.SetDeadline(time.Time{})
}

// head reads up to the empty line that ends the answer's head; frames may follow at once.
func (s *socket) head() ([]byte, error) {
	for n := 1; ; n = s.end - s.start + 1 {
		if n > maxHead {
			return nil, errors.New("the server's answer to the upgrade is too long")
		}
		if err := s.need(n); err != nil {
			return nil, err
		}
		if at := bytes.Index(s.buf[s.start:s.end], []byte("\r\n\r\n")); at >= 0 {
			return s.take(at + 4), nil
		}
	}
}

func acceptFor(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:])
}
