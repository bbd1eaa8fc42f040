package live

import (
	"encoding/binary"
	"errors"
	"math"
	"time"
)

// Mark says that a frame brings thread Thread up to revision Rev.
type Mark struct{ Thread, Rev int64 }

// Frame is a piece of HTML for one person's pages, which takes them from version From to version
// To. At is the moment of the commit that it tells of, and only measured by. Whoever publishes one leaves Marks and Body alone from then on: all pages share them.
type Frame struct {
	User     int64
	From, To int64
	Marks    []Mark
	Body     []byte
	At       time.Time

	far bool // came from another node
}

// An envelope is what nodes send each other: a frame, or the word that sessions have ended.
type envelope struct {
	frame *Frame
	gone  *gone
}

// gone ends the sockets of one session of a user, or with session 0 of all sessions but one.
type gone struct{ user, session, except int64 }

// 1 were frames that did not say when.
const (
	kindGone  byte = 2
	kindFrame byte = 3
)

// maxMarks bounds what a broken packet can make us allocate.
const maxMarks = 1024

var errPacket = errors.New("live: packet is malformed")

func encodeFrame(f *Frame) []byte {
	dst := make([]byte, 0, len(f.Body)+64+20*len(f.Marks))
	dst = append(dst, kindFrame)
	dst = appendNumbers(dst, f.User, f.From, f.To, max(f.At.UnixMicro(), 0), int64(len(f.Marks)))
	for _, m := range f.Marks {
		dst = appendNumbers(dst, m.Thread, m.Rev)
	}
	return append(dst, f.Body...)
}

func encodeGone(g gone) []byte {
	return appendNumbers([]byte{kindGone}, g.user, g.session, g.except)
}

// decode trusts nothing. The body of the frame shares the payload's bytes.
func decode(payload []byte) (envelope, error) {
	if len(payload) == 0 {
		return envelope{}, errPacket
	}
	r := reader{rest: payload[1:]}
	switch payload[0] {
	case kindFrame:
		f := &Frame{User: r.number(), From: r.number(), To: r.number(), far: true}
		if at := r.number(); at > 0 {
			f.At = time.UnixMicro(at)
		}
		f.Marks = r.marks()
		f.Body = r.rest
		return envelope{frame: f}, r.err
	case kindGone:
		g := &gone{user: r.number(), session: r.number(), except: r.number()}
		if len(r.rest) > 0 {
			return envelope{}, errPacket
		}
		return envelope{gone: g}, r.err
	}
	return envelope{}, errPacket
}

func appendNumbers(dst []byte, numbers ...int64) []byte {
	for _, n := range numbers {
		dst = binary.AppendUvarint(dst, uint64(n))
	}
	return dst
}

// reader takes numbers off a payload and remembers that one was missing.
type reader struct {
	rest []byte
	err  error
}

func (r *reader) number() int64 {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 || n > math.MaxInt64 {
		r.rest, r.err = nil, errPacket
		return 0
	}
	r.rest = r.rest[size:]
	return int64(n)
}

func (r *reader) marks() []Mark {
	count := r.number()
	if count > maxMarks {
		r.err = errPacket
	}
	if count == 0 || r.err != nil {
		return nil
	}
	marks := make([]Mark, 0, count)
	for range count {
		marks = append(marks, Mark{Thread: r.number(), Rev: r.number()})
	}
	return marks
}
