package live

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/stretchr/testify/require"
)

// tape is a connection that replays recorded input.
type tape struct{ input io.Reader }

func (t tape) Read(p []byte) (int, error)       { return t.input.Read(p) }
func (t tape) Write(p []byte) (int, error)      { return len(p), nil }
func (t tape) Close() error                     { return nil }
func (t tape) LocalAddr() net.Addr              { return nil }
func (t tape) RemoteAddr() net.Addr             { return nil }
func (t tape) SetDeadline(time.Time) error      { return nil }
func (t tape) SetReadDeadline(time.Time) error  { return nil }
func (t tape) SetWriteDeadline(time.Time) error { return nil }

// masked returns a frame as a page sends it; first is its first byte.
func masked(first byte, payload string) []byte {
	frame := append(appendHeader(nil, 0, len(payload)), 1, 2, 3, 4)
	frame[0], frame[1] = first, frame[1]|maskedFrame
	for i := range len(payload) {
		frame = append(frame, payload[i]^byte(i%4+1))
	}
	return frame
}

func closing(code int, reason string) []byte {
	return masked(finalFrame|opClose, string(binary.BigEndian.AppendUint16(nil, uint16(code)))+reason)
}

// readFrames reads a connection to its end: one line per message and control frame.
func readFrames(input io.Reader) (lines []string, err error) {
	s := &socket{conn: tape{input}}
	for {
		op, payload, err := s.read()
		if err != nil {
			return lines, err
		}
		if op == opClose {
			return append(lines, fmt.Sprint("close ", closeCodeOf(payload))), nil
		}
		lines = append(lines, fmt.Sprintf("%d %q", op, payload))
	}
}

const (
	textFrame = finalFrame | opText
	pingFrame = finalFrame | opPing
	lastFrame = finalFrame | opContinuation
)

func TestReaderAcceptsValidFrames(t *testing.T) {
	long := strings.Repeat("a", maxMessage)
	for name, c := range map[string]struct {
		input []byte
		want  []string
	}{
		"text":               {masked(textFrame, "hello"), []string{`1 "hello"`}},
		"empty":              {masked(textFrame, ""), []string{`1 ""`}},
		"binary":             {masked(finalFrame|opBinary, "\xff"), []string{`2 "\xff"`}},
		"medium":             {masked(textFrame, long[:126]), []string{`1 "` + long[:126] + `"`}},
		"longest":            {masked(textFrame, long), []string{`1 "` + long + `"`}},
		"three in a row":     {slices.Concat(masked(textFrame, "a"), masked(pingFrame, "b"), masked(textFrame, "c")), []string{`1 "a"`, `9 "b"`, `1 "c"`}},
		"pong":               {masked(finalFrame|opPong, ""), []string{`10 ""`}},
		"longest ping":       {masked(pingFrame, long[:maxControl]), []string{`9 "` + long[:maxControl] + `"`}},
		"in parts":           {slices.Concat(masked(opText, "he"), masked(opContinuation, ""), masked(opContinuation, "l"), masked(lastFrame, "lo")), []string{`1 "hello"`}},
		"ping between":       {slices.Concat(masked(opText, "he"), masked(pingFrame, "x"), masked(lastFrame, "llo")), []string{`9 "x"`, `1 "hello"`}},
		"ping before parts":  {slices.Concat(masked(opText, ""), masked(pingFrame, "x"), masked(lastFrame, "a")), []string{`9 "x"`, `1 "a"`}},
		"close":              {masked(finalFrame|opClose, ""), []string{"close 1005"}},
		"close with code":    {closing(1001, "gone"), []string{"close 1001"}},
		"private close code": {closing(4999, ""), []string{"close 4999"}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, input := range []io.Reader{
				bytes.NewReader(c.input), iotest.OneByteReader(bytes.NewReader(c.input)), iotest.DataErrReader(bytes.NewReader(c.input)),
			} {
				lines, err := readFrames(input)
				require.Equal(t, c.want, lines)
				if err != nil {
					require.ErrorIs(t, err, io.EOF)
				}
			}
		})
	}
}

func TestReaderRefusesInvalidFrames(t *testing.T) {
	announced := func(length uint64) []byte { return binary.BigEndian.AppendUint64([]byte{textFrame, 0xFF}, length) }
	for name, c := range map[string]struct {
		input []byte
		want  int
	}{
		"no mask":               {[]byte{textFrame, 1}, closeProtocol},
		"reserved bit":          {[]byte{textFrame | 0x40, 0x81}, closeProtocol},
		"unknown type":          {[]byte{finalFrame | 0x3, 0x81}, closeProtocol},
		"unknown control":       {[]byte{finalFrame | 0xB, 0x81}, closeProtocol},
		"long ping":             {[]byte{pingFrame, maskedFrame | 126}, closeProtocol},
		"ping in parts":         {[]byte{opPing, maskedFrame}, closeProtocol},
		"end without beginning": {[]byte{lastFrame, maskedFrame}, closeProtocol},
		"end after the end":     {slices.Concat(masked(opText, "a"), masked(lastFrame, "b"), masked(lastFrame, "c")), closeProtocol},
		"message in a message":  {slices.Concat(masked(opText, "a"), masked(textFrame, "b")), closeProtocol},
		"too long":              {binary.BigEndian.AppendUint16([]byte{textFrame, maskedFrame | 126}, maxMessage+1), closeTooBig},
		"far too long":          {announced(128 << 20), closeTooBig},
		"beyond 63 bits":        {announced(1 << 63), closeTooBig},
		"too long in parts":     {slices.Concat(masked(opText, strings.Repeat("a", maxMessage)), masked(lastFrame, "b")), closeTooBig},
		"half a close code":     {masked(finalFrame|opClose, "\x03"), closeProtocol},
		"close code 999":        {closing(999, ""), closeProtocol},
		"close code 1005":       {closing(1005, ""), closeProtocol},
		"close code 1006":       {closing(1006, ""), closeProtocol},
		"close code 1015":       {closing(1015, ""), closeProtocol},
		"close code 2999":       {closing(2999, ""), closeProtocol},
		"close code 5000":       {closing(5000, ""), closeProtocol},
		"close reason":          {closing(1000, "\xff"), closeInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			// A peer that waits for an answer sends nothing more, so the input so far must suffice.
			_, err := readFrames(io.MultiReader(bytes.NewReader(c.input), iotest.ErrReader(errors.New("read beyond the violation"))))
			var v *violation
			require.ErrorAs(t, err, &v)
			require.Equal(t, c.want, v.code)
		})
	}
}

type readFunc func([]byte) (int, error)

func (f readFunc) Read(p []byte) (int, error) { return f(p) }

func TestReaderFreesBufferBetweenMessages(t *testing.T) {
	frames := [][]byte{
		masked(textFrame, strings.Repeat("a", 1000)), masked(pingFrame, "b"), masked(finalFrame|opPong, ""),
		slices.Concat(masked(opText, "a"), masked(lastFrame, "b")),
	}
	s := &socket{left: slices.Concat(frames...)} // the same frames first as bytes read ahead
	var rest []byte
	s.conn = tape{readFunc(func(p []byte) (int, error) {
		if len(rest) == 0 {
			require.Nil(t, s.message)
			require.Zero(t, cap(s.left))
			if len(frames) == 0 {
				return 0, io.EOF
			}
			rest, frames = frames[0], frames[1:]
		}
		n := copy(p, rest)
		rest = rest[n:]
		return n, nil
	})}
	for range 8 {
		_, _, err := s.read()
		require.NoError(t, err)
	}
	_, _, err := s.read()
	require.ErrorIs(t, err, io.EOF)
}

// readWithLibrary is readFrames with another implementation of the protocol.
func readWithLibrary(t *testing.T, input io.Reader) (lines []string) {
	request := httptest.NewRequest(http.MethodGet, "/", nil)
	for name, value := range map[string]string{
		"Connection": "upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "MDEyMzQ1Njc4OTAxMjM0NQ==",
	} {
		request.Header.Set(name, value)
	}
	var upgrader websocket.Upgrader
	conn, err := upgrader.Upgrade(hijacker{httptest.NewRecorder(), tape{input}}, request, nil)
	require.NoError(t, err)
	conn.SetReadLimit(maxMessage)
	line := func(op int, payload string) error {
		lines = append(lines, fmt.Sprintf("%d %q", op, payload))
		return nil
	}
	conn.SetPingHandler(func(payload string) error { return line(websocket.PingMessage, payload) })
	conn.SetPongHandler(func(payload string) error { return line(websocket.PongMessage, payload) })
	conn.SetCloseHandler(func(code int, _ string) error {
		lines = append(lines, fmt.Sprint("close ", code))
		return nil
	})
	for {
		kind, message, err := conn.ReadMessage()
		if err != nil {
			return lines
		}
		_ = line(kind, string(message))
	}
}

// hijacker is a response writer whose connection can be hijacked.
type hijacker struct {
	http.ResponseWriter
	conn net.Conn
}

func (h hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return h.conn, bufio.NewReadWriter(bufio.NewReader(h.conn), bufio.NewWriter(h.conn)), nil
}

func FuzzReader(f *testing.F) {
	f.Add(masked(textFrame, "e1.0"), byte(1))
	f.Add(slices.Concat(masked(opText, "he"), masked(pingFrame, "x"), masked(lastFrame, "llo"), closing(1001, "gone")), byte(3))
	f.Add(slices.Concat(masked(finalFrame|opPong, ""), masked(finalFrame|opBinary, strings.Repeat("a", 300))), byte(20))
	f.Add(closing(1015, ""), byte(2))
	f.Fuzz(func(t *testing.T, input []byte, step byte) {
		lines, err := readFrames(inChunks(input, int(step)))
		if n := len(lines); n > 0 && lines[n-1] == "close 1014" {
			lines = lines[:n-1] // the library does not know this code
		}
		require.Equal(t, readWithLibrary(t, bytes.NewReader(input)), lines, "%v", err)
	})
}

// inChunks returns step bytes per read, or all at once if step is 0.
func inChunks(input []byte, step int) io.Reader {
	if step == 0 {
		return bytes.NewReader(input)
	}
	var parts []io.Reader
	for part := range slices.Chunk(input, step) {
		parts = append(parts, bytes.NewReader(part))
	}
	return io.MultiReader(parts...)
}
