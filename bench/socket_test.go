package bench

import (
	"encoding/binary"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// newPipe returns a socket and the server's end of its connection.
func newPipe(t *testing.T) (*socket, net.Conn) {
	client, server := net.Pipe()
	t.Cleanup(func() { client.Close(); server.Close() })
	deadline := time.Now().Add(10 * time.Second)
	require.NoError(t, client.SetDeadline(deadline))
	require.NoError(t, server.SetDeadline(deadline))
	return newSocket(client, client), server
}

// feed writes in chunks from another goroutine, since a pipe has no buffer.
func feed(conn net.Conn, text string, size int) {
	go func() {
		for len(text) > 0 {
			n := min(size, len(text))
			if _, err := io.WriteString(conn, text[:n]); err != nil {
				return
			}
			text = text[n:]
		}
	}()
}

// readMasked reads one masked frame of a client.
func readMasked(t *testing.T, conn net.Conn) (op byte, payload string) {
	t.Helper()
	head := make([]byte, 6)
	_, err := io.ReadFull(conn, head)
	require.NoError(t, err)
	require.Equal(t, byte(0x80), head[0]&0xF0, "one whole frame")
	require.Equal(t, byte(0x80), head[1]&0x80, "masked")
	body := make([]byte, head[1]&0x7F)
	_, err = io.ReadFull(conn, body)
	require.NoError(t, err)
	for i := range body {
		body[i] ^= head[2+i%4]
	}
	return head[0] & 0x0F, string(body)
}

func TestSocketReadsFramesOfEverySize(t *testing.T) {
	sizes := []int{0, 1, 125, 126, 127, 505, 508, 509, 512, 4096, 65_535, 65_536, 200_000, 3}
	for _, size := range []int{1 << 20, 700, 7} {
		s, server := newPipe(t)
		var wire strings.Builder
		for i, size := range sizes {
			wire.WriteString(frameOf(0x80|opText, strings.Repeat(string(rune('a'+i)), size)))
		}
		feed(server, wire.String(), size)
		for i, size := range sizes {
			got, err := s.next()
			require.NoError(t, err)
			require.Equal(t, strings.Repeat(string(rune('a'+i)), size), string(got))
		}
	}
}

func TestSocketJoinsFragmentsAroundAPing(t *testing.T) {
	s, server := newPipe(t)
	feed(server, frameOf(opText, "one ")+frameOf(opContinuation, "two ")+frameOf(0x80|opPing, "still there?")+
		frameOf(0x80|opContinuation, "three")+frameOf(0x80|opPong, "")+frameOf(0x80|opText, "next"), 1<<20)
	joined := make(chan string, 1)
	go func() {
		got, _ := s.next()
		joined <- string(got)
	}()
	op, payload := readMasked(t, server)
	require.Equal(t, opPong, op)
	require.Equal(t, "still there?", payload)
	require.Equal(t, "one two three", <-joined)
	got, err := s.next()
	require.NoError(t, err)
	require.Equal(t, "next", string(got))
}

func TestSocketAnswersClose(t *testing.T) {
	s, server := newPipe(t)
	feed(server, frameOf(0x80|opClose, "\x11\x31session gone"), 1<<20)
	ended := make(chan error, 1)
	go func() {
		_, err := s.next()
		ended <- err
	}()
	op, payload := readMasked(t, server)
	require.Equal(t, opClose, op)
	require.Equal(t, uint16(4401), binary.BigEndian.Uint16([]byte(payload)))
	err := <-ended
	require.Equal(t, &closeError{4401, "session gone"}, err)
	require.Equal(t, "closed 4401", outcome(err))
}

func TestSocketRefusesInvalidFrames(t *testing.T) {
	for name, wire := range map[string]string{
		"compressed":             frameOf(0xC0|opText, "x"),
		"masked":                 "\x81\x81abcdx",
		"unknown opcode":         frameOf(0x80|0x3, ""),
		"unknown control":        frameOf(0x80|0xB, ""),
		"stray continuation":     frameOf(0x80|opContinuation, "x"),
		"text within a message":  frameOf(opText, "x") + frameOf(0x80|opText, "y"),
		"ping in pieces":         frameOf(opPing, "x"),
		"long ping":              frameOf(0x80|opPing, strings.Repeat("x", 126)),
		"close with half a code": frameOf(0x80|opClose, "x"),
		"endless":                "\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff",
	} {
		t.Run(name, func(t *testing.T) {
			s, server := newPipe(t)
			feed(server, wire, 1<<20)
			_, err := s.next()
			require.ErrorIs(t, err, errProtocol)
		})
	}
}

func TestSocketDistinguishesCutFromClose(t *testing.T) {
	s, server := newPipe(t)
	go func() {
		_, _ = io.WriteString(server, frameOf(0x80|opText, "whole")[:4])
		server.Close()
	}()
	_, err := s.next()
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)

	s, server = newPipe(t)
	server.Close()
	_, err = s.next()
	require.ErrorIs(t, err, io.EOF)
}

// The library allocates a few bytes for a header; the message itself reuses the buffer of the previous one.
func TestSocketReusesReadBuffer(t *testing.T) {
	s, server := newPipe(t)
	const headers = 1
	frame := []byte(frameOf(0x80|opText, strings.Repeat("x", 1500)))
	go func() {
		for {
			if _, err := server.Write(frame); err != nil {
				return
			}
		}
	}()
	_, err := s.next() // allocates the buffer
	require.NoError(t, err)
	require.LessOrEqual(t, testing.AllocsPerRun(100, func() { _, _ = s.next() }), float64(headers))
}
