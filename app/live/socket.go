package live

import (
	"net"
	"time"

	"github.com/fasthttp/websocket"
)

// maxMessage is the longest message a page may send, in bytes.
const maxMessage = 4 << 10

// socket is one WebSocket. The conn belongs to the handler that was given it (its owner puts it
// back into a pool as soon as the handler returns), so nobody else may keep a socket.
//
// It reads through the websocket package and writes whole frames of its own (wire.go) straight to
// the connection: one system call for many frames, and no buffer that an idle socket would hold.
// The package itself writes in one case only, to say goodbye to a peer that breaks the protocol.
type socket struct {
	ws   *websocket.Conn
	conn net.Conn
}

func newSocket(ws *websocket.Conn) socket {
	ws.SetReadLimit(maxMessage)
	ws.SetCloseHandler(func(int, string) error { return nil }) // the writer answers, not the reader
	return socket{ws: ws, conn: ws.NetConn()}
}

// onControl is told of pings and pongs, by the goroutine that reads.
func (s socket) onControl(ping func(payload string), pong func()) {
	s.ws.SetPingHandler(func(payload string) error { ping(payload); return nil })
	s.ws.SetPongHandler(func(string) error { pong(); return nil })
}

// read waits for the next message. An error is final.
func (s socket) read() (message []byte, isText bool, err error) {
	kind, message, err := s.ws.ReadMessage()
	return message, kind == websocket.TextMessage, err
}

// write takes whole frames. After an error the stream may be cut in the middle of one.
func (s socket) write(frames []byte) error {
	_, err := s.conn.Write(frames)
	return err
}

// readBy and writeBy also reach a read or write that is under way; closing the connection would
// not, as the HTTP server keeps it open until the handler has returned. (They fail only on a
// connection that is gone, where reading fails too.)
func (s socket) readBy(deadline time.Time)  { _ = s.conn.SetReadDeadline(deadline) }
func (s socket) writeBy(deadline time.Time) { _ = s.conn.SetWriteDeadline(deadline) }
