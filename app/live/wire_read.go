package live

import (
	"encoding/binary"
	"slices"
	"unicode/utf8"
)

const (
	maxMessage = 4 << 10 // bytes a page may send in one message
	maxControl = 125     // bytes in a control frame
)

// A client's frames are masked, and no extension gives the reserved bits a meaning.
const (
	reservedBits = 0x70
	maskedFrame  = 0x80
)

// violation is how a peer has broken the protocol. What it sends afterwards cannot be parsed.
type violation struct {
	code   int
	reason string
}

func (v *violation) Error() string { return "live: " + v.reason }

var (
	errFrame  = &violation{closeProtocol, "no such frame"}
	errClose  = &violation{closeProtocol, "no such close frame"}
	errReason = &violation{closeInvalid, "not UTF-8"}
	errLong   = &violation{closeTooBig, "too long"}
)

// header is the beginning of a frame.
type header struct {
	op     byte
	final  bool
	length int
	mask   uint32
}

// read waits for the next message or control frame. (Control frames may come in the midst of a
// message.) The payload is valid until the next call. An error is final.
func (s *socket) read() (op byte, payload []byte, err error) {
	if s.kind == 0 {
		s.giveBack()
	}
	for {
		h, err := s.header()
		if err != nil {
			return 0, nil, err
		}
		payload, err := s.payload(h)
		switch {
		case err != nil:
			return 0, nil, err
		case h.op == opClose:
			return h.op, payload, checkClose(payload)
		case h.op > opClose:
			return h.op, payload, nil
		}
		if op, message, whole := s.gather(h, len(payload)); whole {
			return op, message, nil
		}
	}
}

func (s *socket) header() (h header, err error) {
	var first, second byte
	if first, err = s.readByte(); err != nil {
		return h, err
	}
	if second, err = s.readByte(); err != nil {
		return h, err
	}
	h.op, h.final = first&^(finalFrame|reservedBits), first&finalFrame != 0
	length := uint64(second &^ maskedFrame)
	control := h.op >= opClose
	switch {
	case first&reservedBits != 0, second&maskedFrame == 0, !s.expects(h.op):
		return h, errFrame
	case control && (!h.final || length > maxControl):
		return h, errFrame
	case length == 126:
		length, err = s.number(2)
	case length == 127:
		length, err = s.number(8)
	}
	if err != nil {
		return h, err
	}
	if !control && length > uint64(maxMessage-s.begun()) {
		return h, errLong
	}
	mask, err := s.number(4)
	h.length, h.mask = int(length), uint32(mask)
	return h, err
}

// expects reports whether a frame of this type may come now.
func (s *socket) expects(op byte) bool {
	switch op {
	case opText, opBinary:
		return s.kind == 0
	case opContinuation:
		return s.kind != 0
	}
	return op >= opClose && op <= opPong
}

// number takes an unsigned integer of so many bytes.
func (s *socket) number(size int) (n uint64, err error) {
	for range size {
		next, err := s.readByte()
		if err != nil {
			return 0, err
		}
		n = n<<8 | uint64(next)
	}
	return n, nil
}

// payload takes the payload of a frame. It lies behind what has come of a message so far.
func (s *socket) payload(h header) ([]byte, error) {
	if h.length == 0 {
		return nil, nil
	}
	if s.message == nil {
		s.message = buffers.Get().(*[]byte)
		*s.message = (*s.message)[:0]
	}
	begun := len(*s.message)
	*s.message = slices.Grow(*s.message, h.length)
	payload := (*s.message)[begun : begun+h.length]
	if err := s.take(payload); err != nil {
		return nil, err
	}
	for i := range payload {
		payload[i] ^= byte(h.mask >> (24 - i%4*8))
	}
	return payload, nil
}

// gather adds a payload to its message, and returns the message if this was its last part.
func (s *socket) gather(h header, length int) (kind byte, message []byte, whole bool) {
	if h.op != opContinuation {
		s.kind = h.op
	}
	if s.message != nil {
		*s.message = (*s.message)[:len(*s.message)+length]
		message = *s.message
	}
	if !h.final {
		return 0, nil, false
	}
	kind, s.kind = s.kind, 0
	return kind, message, true
}

// begun is how much of a message has come so far.
func (s *socket) begun() int {
	if s.message == nil {
		return 0
	}
	return len(*s.message)
}

func (s *socket) giveBack() {
	if s.message != nil {
		returnBuffer(s.message)
		s.message = nil
	}
}

// checkClose looks at what a close frame holds: nothing, or a code that may be sent, and a reason.
func checkClose(payload []byte) error {
	if len(payload) == 0 {
		return nil
	}
	code := closeCodeOf(payload)
	private := code >= 3000 && code <= 4999
	public := code >= 1000 && code <= 1003 || code >= 1007 && code <= 1014
	switch {
	case !private && !public:
		return errClose
	case !utf8.Valid(payload[2:]):
		return errReason
	}
	return nil
}

// closeCodeOf is the code in a close frame: noStatus if there is none, 0 if it is cut short.
func closeCodeOf(payload []byte) int {
	switch len(payload) {
	case 0:
		return noStatus
	case 1:
		return 0
	}
	return int(binary.BigEndian.Uint16(payload))
}
