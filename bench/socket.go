package bench

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"

	"github.com/gobwas/ws"
)

const (
	readBuffer = 512     // bytes: enough for a heartbeat; ten thousand of them are 5 MiB
	maxMessage = 8 << 20 // bytes: no page is sent a longer message
)

var errProtocol = errors.New("the server broke the websocket protocol")

// A closeError is a close frame of the server. Code 1005 means that the frame had no code.
type closeError struct {
	code   int
	reason string
}

func (e *closeError) Error() string { return fmt.Sprintf("closed %d %s", e.code, e.reason) }

// A socket is a websocket client with small buffers, so that one process can be ten thousand browsers. One goroutine
// calls next; another one may call drop or close.
type socket struct {
	conn    net.Conn
	r       *bufio.Reader
	message []byte // the last message; its memory is used again for the next one
}

// newSocket returns the socket of a connection whose upgrade is done. The frames come from r.
func newSocket(conn net.Conn, r io.Reader) *socket {
	return &socket{conn: conn, r: bufio.NewReaderSize(r, readBuffer)}
}

// next returns the next message, which is valid until the next call, and answers pings. After the server's close frame
// it returns a *closeError, after an invalid frame an errProtocol.
func (s *socket) next() ([]byte, error) {
	s.message = s.message[:0]
	state := ws.StateClientSide
	for {
		h, err := s.header(state)
		if err != nil {
			return nil, err
		}
		if h.OpCode.IsControl() {
			if err := s.control(h); err != nil {
				return nil, err
			}
			continue
		}
		if s.message, err = s.payload(s.message, h.Length); err != nil {
			return nil, err
		}
		if h.Fin {
			return s.message, nil
		}
		state = state.Set(ws.StateFragmented)
	}
}

func (s *socket) header(state ws.State) (ws.Header, error) {
	h, err := ws.ReadHeader(s.r)
	if errors.Is(err, ws.ErrHeaderLengthMSB) || errors.Is(err, ws.ErrHeaderLengthUnexpected) {
		return h, fmt.Errorf("%w: %w", errProtocol, err)
	}
	if err != nil {
		return h, err
	}
	if err := ws.CheckHeader(h, state); err != nil {
		return h, fmt.Errorf("%w: %w", errProtocol, err)
	}
	if h.Length > int64(maxMessage-len(s.message)) {
		return h, fmt.Errorf("%w: a message of more than %d bytes", errProtocol, maxMessage)
	}
	return h, nil
}

// payload appends n bytes of the connection to p.
func (s *socket) payload(p []byte, n int64) ([]byte, error) {
	start := len(p)
	p = slices.Grow(p, int(n))[:start+int(n)]
	_, err := io.ReadFull(s.r, p[start:])
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return p, err
}

func (s *socket) control(h ws.Header) error {
	payload, err := s.payload(nil, h.Length)
	if err != nil {
		return err
	}
	switch h.OpCode {
	case ws.OpPing:
		return s.write(ws.NewPongFrame(payload))
	case ws.OpClose:
		if len(payload) == 1 {
			return fmt.Errorf("%w: a close frame with half a code", errProtocol)
		}
		_ = s.write(ws.NewCloseFrame(payload)) // the server may have closed the connection already
		code, reason := ws.ParseCloseFrameData(payload)
		if code.Empty() {
			code = ws.StatusNoStatusRcvd
		}
		return &closeError{code: int(code), reason: reason}
	}
	return nil
}

// write sends one frame, masked as a client must.
func (s *socket) write(f ws.Frame) error {
	frame, err := ws.CompileFrame(ws.MaskFrame(f))
	if err != nil {
		return err
	}
	_, err = s.conn.Write(frame)
	return err
}

// close ends the connection as a closed tab does, with a close frame.
func (s *socket) close() {
	_ = s.write(ws.NewCloseFrame(ws.NewCloseFrameBody(ws.StatusNormalClosure, "")))
	s.conn.Close()
}

// drop cuts the connection without a close frame, as a lost network does once its resets arrive.
func (s *socket) drop() { cut(s.conn) }

func cut(conn net.Conn) {
	raw := conn
	if wrapped, ok := raw.(interface{ NetConn() net.Conn }); ok {
		raw = wrapped.NetConn()
	}
	if tcp, ok := raw.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	raw.Close()
}
