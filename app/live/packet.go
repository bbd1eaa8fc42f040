package live

import (
	"encoding/binary"
	"errors"
	"math"
	"time"
)

// envelope is what nodes send each other: a fragment, or the end of sessions.
type envelope struct {
	fragment *Fragment
	ended    *sessionEnded
}

// sessionEnded ends the sockets of one session of a user, or with session 0 of all sessions but one.
type sessionEnded struct{ user, session, except int64 }

// The kinds of packets. 1 and 3 were fragments without a time, and without parts.
const (
	kindSessionEnded byte = 2
	kindFragment     byte = 4
)

// maxItems bounds what a broken packet can make us allocate for its marks and parts.
const maxItems = 1024

var errPacket = errors.New("live: packet is malformed")

func encodeFragment(f *Fragment) []byte {
	dst := make([]byte, 0, f.size()+64+20*len(f.Marks)+32*len(f.Parts))
	dst = append(dst, kindFragment)
	dst = appendNumbers(dst, f.User, f.From, f.To, max(f.At.UnixMicro(), 0), int64(len(f.Marks)))
	for _, m := range f.Marks {
		dst = appendNumbers(dst, m.Conversation, m.Rev)
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

func encodeSessionEnded(e sessionEnded) []byte {
	return appendNumbers([]byte{kindSessionEnded}, e.user, e.session, e.except)
}

// decode validates everything. The body of the fragment shares the payload's bytes.
func decode(payload []byte) (envelope, error) {
	if len(payload) == 0 {
		return envelope{}, errPacket
	}
	r := packetReader{rest: payload[1:]}
	switch payload[0] {
	case kindFragment:
		f := &Fragment{User: r.number(), From: r.number(), To: r.number(), far: true}
		if at := r.number(); at > 0 {
			f.At = time.UnixMicro(at)
		}
		f.Marks = r.marks()
		f.Parts = r.parts()
		f.Body = r.rest
		return envelope{fragment: f}, r.err
	case kindSessionEnded:
		e := &sessionEnded{user: r.number(), session: r.number(), except: r.number()}
		if len(r.rest) > 0 {
			return envelope{}, errPacket
		}
		return envelope{ended: e}, r.err
	}
	return envelope{}, errPacket
}

func appendNumbers(dst []byte, numbers ...int64) []byte {
	for _, n := range numbers {
		dst = binary.AppendUvarint(dst, uint64(n))
	}
	return dst
}

// packetReader takes numbers off a payload and remembers that one was missing.
type packetReader struct {
	rest []byte
	err  error
}

func (r *packetReader) number() int64 {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 || n > math.MaxInt64 {
		r.rest, r.err = nil, errPacket
		return 0
	}
	r.rest = r.rest[size:]
	return int64(n)
}

func (r *packetReader) marks() []Mark {
	var marks []Mark
	for range r.count() {
		marks = append(marks, Mark{Conversation: r.number(), Rev: r.number()})
	}
	return marks
}

func (r *packetReader) parts() []Part {
	var parts []Part
	for range r.count() {
		parts = append(parts, Part{Key: string(r.bytes()), Body: r.bytes()})
	}
	return parts
}

func (r *packetReader) count() int64 {
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
func (r *packetReader) bytes() []byte {
	n := r.number()
	if n > int64(len(r.rest)) {
		r.rest, r.err = nil, errPacket
		return nil
	}
	taken := r.rest[:n:n]
	r.rest = r.rest[n:]
	return taken
}
