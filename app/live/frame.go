package live

import (
	"encoding/binary"
	"errors"
	"math"
	"time"
)

// Mark says that a frame brings thread Thread up to revision Rev.
type Mark struct{ Thread, Rev int64 }

// Part is HTML that says how something is now: of two parts with one key the later is enough.
type Part struct {
	Key  string
	Body []byte
}

// Frame is HTML for one person's pages, which takes them from version From to version To: Body, and
// after it Parts. At is the moment of the commit that it tells of, and only measured by. A frame that
// was published is not changed any more: all pages share it.
type Frame struct {
	User     int64
	From, To int64
	Marks    []Mark
	Body     []byte
	Parts    []Part
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

// size is how many bytes of HTML a frame holds.
func (f *Frame) size() int {
	n := len(f.Body)
	for i := range f.Parts {
		n += len(f.Parts[i].Body)
	}
	return n
}

// 1 and 3 were frames without a moment, and without parts.
const (
	kindGone  byte = 2
	kindFrame byte = 4
)

// maxItems bounds what a broken packet can make us allocate for its marks and parts.
const maxItems = 1024

var errPacket = errors.New("live: packet is malformed")

func encodeFrame(f *Frame) []byte {
	dst := make([]byte, 0, f.size()+64+20*len(f.Marks)+32*len(f.Parts))
	dst = append(dst, kindFrame)
	dst = appendNumbers(dst, f.User, f.From, f.To, max(f.At.UnixMicro(), 0), int64(len(f.Marks)))
	for _, m := range f.Marks {
		dst = appendNumbers(dst, m.Thread, m.Rev)
	}
	dst = appendNumbers(dst, int64(len(f.Parts)))
	for _, p := range f.Parts {
		dst = appendBytes(appendBytes(dst, p.Key), p.Body)
	}
	return append(dst, f.Body...)
}

func appendBytes[T string | []byte](dst []byte, text T) []byte {
	return append(appendNumbers(dst, int64(len(text))), text...)
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
		f.Parts = r.parts()
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
	var marks []Mark
	for range r.count() {
		marks = append(marks, Mark{Thread: r.number(), Rev: r.number()})
	}
	return marks
}

func (r *reader) parts() []Part {
	var parts []Part
	for range r.count() {
		parts = append(parts, Part{Key: string(r.bytes()), Body: r.bytes()})
	}
	return parts
}

func (r *reader) count() int64 {
	count := r.number()
	if count > maxItems {
		r.rest, r.err = nil, errPacket
	}
	if r.err != nil {
		return 0
	}
	return count
}

// bytes are as many as the number before them says. They share the payload's memory.
func (r *reader) bytes() []byte {
	n := r.number()
	if n > int64(len(r.rest)) {
		r.rest, r.err = nil, errPacket
		return nil
	}
	taken := r.rest[:n:n]
	r.rest = r.rest[n:]
	return taken
}
