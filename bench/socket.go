package bench

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
)

// Opcodes of RFC 6455.
const (
	opContinuation = 0x0
	opText         = 0x1
	opBinary       = 0x2
	opClose        = 0x8
	opPing         = 0x9
	opPong         = 0xA
)

const (
	firstBuffer = 512     // enough for a heartbeat; ten thousand of them are 5 MiB
	maxFrame    = 8 << 20 // what no honest page is ever sent
)

var errProtocol = errors.New("the server broke the websocket protocol")

// A closeError is a close frame of the server. Code 1005 stands for none given.
type closeError struct {
	code   int
	reason string
}

func (e *closeError) Error() string { return fmt.Sprintf("closed %d %s", e.code, e.reason) }

// A socket is a websocket client that holds one small buffer and nothing else, so that one process
// can be ten thousand browsers. One goroutine reads; drop and close may come from another.
type socket struct {
	conn       net.Conn
	buf        []byte
	start, end int    // of what was read and not yet taken
	parts      []byte // of a message in several frames
}

func newSocket(conn net.Conn) *socket {
	return &socket{conn: conn, buf: make([]byte, firstBuffer)}
}

// next returns the next message; it is valid until the next call. Pings are answered on the way.
// After the server's close frame it returns a *closeError.
func (s *socket) next() ([]byte, error) {
	s.parts = s.parts[:0]
	begun := false
	for {
		op, final, payload, err := s.frame()
		if err != nil {
			return nil, err
		}
		switch {
		case op >= opClose:
			if err := s.control(op, final, payload); err != nil {
				return nil, err
			}
		case (op == opContinuation) != begun, len(s.parts)+len(payload) > maxFrame:
			return nil, errProtocol
		case final && !begun:
			return payload, nil
		default:
			begun = true
			s.parts = append(s.parts, payload...)
			if final {
				return s.parts, nil
			}
		}
	}
}

// frame reads one frame; its payload lies in the buffer.
func (s *socket) frame() (op byte, final bool, payload []byte, err error) {
	if err = s.need(2); err != nil {
		return 0, false, nil, err
	}
	first, second := s.buf[s.start], s.buf[s.start+1]
	op, final = first&0x0F, first&0x80 != 0
	unknown := op > opBinary && op < opClose || op > opPong
	// Extensions were not asked for, and servers do not mask.
	if first&0x70 != 0 || second&0x80 != 0 || unknown {
		return 0, false, nil, errProtocol
	}
	head, size := 2, uint64(second)
	if second >= 126 {
		if head = 4; second == 127 {
			head = 10
		}
		if err = s.need(head); err != nil {
			return 0, false, nil, err
		}
		size = length(s.buf[s.start+2 : s.start+head])
	}
	if size > maxFrame {
		return 0, false, nil, errProtocol
	}
	if err = s.need(head + int(size)); err != nil {
		return 0, false, nil, err
	}
	return op, final, s.take(head + int(size))[head:], nil
}

func length(b []byte) uint64 {
	if len(b) == 2 {
		return uint64(binary.BigEndian.Uint16(b))
	}
	return binary.BigEndian.Uint64(b)
}

func (s *socket) control(op byte, final bool, payload []byte) error {
	if !final || len(payload) > 125 || op == opClose && len(payload) == 1 {
		return errProtocol
	}
	switch op {
	case opPing:
		return s.write(opPong, payload)
	case opClose:
		_ = s.write(opClose, payload) // the server may be gone already
		if len(payload) == 0 {
			return &closeError{code: 1005}
		}
		return &closeError{code: int(binary.BigEndian.Uint16(payload)), reason: string(payload[2:])}
	}
	return nil
}

// write sends one masked frame of at most 125 bytes.
func (s *socket) write(op byte, payload []byte) error {
	frame := make([]byte, 6, 6+len(payload))
	frame[0], frame[1] = 0x80|op, 0x80|byte(len(payload))
	mask := frame[2:6]
	binary.BigEndian.PutUint32(mask, rand.Uint32())
	for i, b := range payload {
		frame = append(frame, b^mask[i%4])
	}
	_, err := s.conn.Write(frame)
	return err
}

// need reads until n bytes wait in the buffer.
func (s *socket) need(n int) error {
	if s.start+n > len(s.buf) {
		s.makeRoom(n)
	}
	for s.end-s.start < n {
		got, err := s.conn.Read(s.buf[s.end:])
		s.end += got
		if s.end-s.start < n && err != nil {
			if errors.Is(err, io.EOF) && s.end > s.start {
				return io.ErrUnexpectedEOF
			}
			return err
		}
	}
	return nil
}

func (s *socket) makeRoom(n int) {
	to := s.buf
	if n > len(to) {
		size := len(to)
		for size < n {
			size *= 2
		}
		to = make([]byte, size)
	}
	s.end = copy(to, s.buf[s.start:s.end])
	s.start, s.buf = 0, to
}

// take hands out the next n bytes, which need has made sure of. They are valid until the next read.
func (s *socket) take(n int) []byte {
	taken := s.buf[s.start : s.start+n]
	if s.start += n; s.start == s.end {
		s.start, s.end = 0, 0
	}
	return taken
}

// close says good-bye as a closed tab does.
func (s *socket) close() {
	_ = s.write(opClose, []byte{0x03, 0xE8}) // 1000
	s.conn.Close()
}

// drop cuts the connection without a word, as a lost network does once its resets arrive.
func (s *socket) drop() {
	raw := s.conn
	if wrapped, ok := raw.(interface{ NetConn() net.Conn }); ok {
		raw = wrapped.NetConn()
	}
	if tcp, ok := raw.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	raw.Close()
}
