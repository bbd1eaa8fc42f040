package live

import (
	"io"
	"net"
	"time"
)

// fewBytes is all the buffer that an idle socket holds: a pong and the head of any frame fit.
const fewBytes = 16

// socket is one WebSocket from the server's side, on a connection that is its own.
//
// Input is read frame by frame (wire_read.go), by one goroutine. Output is
// whole frames (wire.go), by one goroutine at a time: one system call for many frames.
type socket struct {
	conn    net.Conn
	left    []byte         // has been read and not yet been taken
	few     [fewBytes]byte // where left lies, unless it came with the handshake
	message *[]byte        // borrowed from the pool; nil while no message is on its way
	kind    byte           // of a message whose last frame has not come, 0 if there is none
}

// pastDeadline ends a read or write that is under way.
var pastDeadline = time.Unix(1, 0)

// open takes the connection of a handshake that is over. Of one that an HTTP server hands to its
// hijack handler it keeps only what is beneath, and the bytes that the server has read too early:
// everything else can be freed then.
func (s *socket) open(conn net.Conn) {
	s.conn = conn
	hijacked, ok := conn.(interface{ UnsafeConn() net.Conn })
	if !ok {
		return
	}
	s.conn = hijacked.UnsafeConn()
	s.readBy(pastDeadline) // so that nothing is read but what is there already
	if early, _ := io.ReadAll(conn); len(early) > 0 {
		s.left = early
	}
	s.readBy(time.Time{})
}

// readByte takes the next byte.
func (s *socket) readByte() (byte, error) {
	for len(s.left) == 0 {
		if err := s.fill(); err != nil {
			return 0, err
		}
	}
	next := s.left[0]
	s.left = s.left[1:]
	return next, nil
}

// take fills p with the next bytes.
func (s *socket) take(p []byte) error {
	n := copy(p, s.left)
	s.left = s.left[n:]
	if n == len(p) {
		return nil
	}
	_, err := io.ReadFull(s.conn, p[n:])
	return err
}

// fill waits for more bytes.
func (s *socket) fill() error {
	s.left = nil // may be the last of the early bytes
	n, err := s.conn.Read(s.few[:])
	if n == 0 {
		return err
	}
	s.left = s.few[:n]
	return nil
}

// write takes whole frames. After an error the stream may be cut in the middle of one.
func (s *socket) write(frames []byte) error {
	_, err := s.conn.Write(frames)
	return err
}

// discard reads until there is nothing more. Unread data would turn the end of the
// connection into a reset, and the close code might be lost.
func (s *socket) discard() { _, _ = io.Copy(io.Discard, s.conn) }

// refuse sends a close frame and waits a moment for the answer.
func (s *socket) refuse(code int, reason string) {
	defer s.close()
	deadline := time.Now().Add(2 * closeWait)
	s.writeBy(deadline)
	s.readBy(deadline)
	err := s.write(appendClose(nil, code, reason))
	for op := byte(0); err == nil && op != opClose; {
		op, _, err = s.read()
	}
}

// close ends the connection. It is called once, by the goroutine that reads.
func (s *socket) close() {
	_ = s.conn.Close() // may be gone already
}

// readBy and writeBy also reach a read or write that is under way. (They fail only on a connection
// that is gone, where reading fails too.)
func (s *socket) readBy(deadline time.Time)  { _ = s.conn.SetReadDeadline(deadline) }
func (s *socket) writeBy(deadline time.Time) { _ = s.conn.SetWriteDeadline(deadline) }
