package bench

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/gobwas/ws"
)

const (
	dialTimeout      = 10 * time.Second
	handshakeTimeout = 30 * time.Second
)

// A statusError is the HTTP status of an answer that is not the expected one.
type statusError int

func (e statusError) Error() string { return fmt.Sprintf("the server answered %d", int(e)) }

// dial opens the socket of person i. A refused upgrade is a statusError.
func (t *target) dial(ctx context.Context, i int) (*socket, error) {
	// No TCP keep-alive: the server's own pings are what is to be measured.
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
	s, err := t.upgrade(conn, t.person(i))
	if err != nil {
		cut(conn)
		return nil, err
	}
	return s, nil
}

func (t *target) upgrade(conn net.Conn, p person) (*socket, error) {
	if err := conn.SetDeadline(time.Now().Add(handshakeTimeout)); err != nil {
		return nil, err
	}
	dialer := ws.Dialer{Header: ws.HandshakeHeaderHTTP(http.Header{
		"Origin": {t.origin}, "Cookie": {p.cookie}, "User-Agent": {agent},
	})}
	buffered, _, err := dialer.Upgrade(conn, &url.URL{Host: t.base.Host, Path: t.base.Path + "/ws"})
	var status ws.StatusError
	if errors.As(err, &status) {
		return nil, statusError(status)
	}
	if err != nil {
		return nil, err
	}
	frames := io.Reader(conn)
	if buffered != nil { // frames that came with the answer
		early, err := buffered.Peek(buffered.Buffered())
		if err != nil {
			return nil, err
		}
		frames = io.MultiReader(bytes.NewReader(bytes.Clone(early)), conn)
		ws.PutReader(buffered)
	}
	return newSocket(conn, frames), conn.SetDeadline(time.Time{})
}
