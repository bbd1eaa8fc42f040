package live

import (
	"encoding/binary"
	"sync"
)

// The frame types of RFC 6455. A server's frames are never masked, and ours are never split.
const (
	opContinuation byte = 0x0
	opText         byte = 0x1
	opBinary       byte = 0x2
	opClose        byte = 0x8
	opPing         byte = 0x9
	opPong         byte = 0xA
)

const (
	finalFrame = 0x80
	noStatus   = 1005 // stands for a close frame without a code, and is never sent itself
)

const (
	cursorHead = `<hx-partial hx-target="#cursor" hx-swap="innerHTML" data-ack="` + ackPrefix + `">`
	cursorTail = `</hx-partial>`
)

// appendPage writes one text message: HTML, of which there may be none, and the page's cursor after it.
func appendPage(dst []byte, cursor Cursor, html ...[]byte) []byte {
	var space [maxCursor]byte
	text := cursor.append(space[:0])
	length := len(cursorHead) + len(text) + len(cursorTail)
	for _, part := range html {
		length += len(part)
	}
	dst = appendHeader(dst, opText, length)
	for _, part := range html {
		dst = append(dst, part...)
	}
	dst = append(dst, cursorHead...)
	dst = append(dst, text...)
	return append(dst, cursorTail...)
}

func appendControl(dst []byte, op byte, payload string) []byte {
	return append(appendHeader(dst, op, len(payload)), payload...)
}

func appendClose(dst []byte, code int, reason string) []byte {
	if code == noStatus {
		return appendHeader(dst, opClose, 0)
	}
	dst = appendHeader(dst, opClose, 2+len(reason))
	return append(binary.BigEndian.AppendUint16(dst, uint16(code)), reason...)
}

func appendHeader(dst []byte, op byte, length int) []byte {
	dst = append(dst, finalFrame|op)
	switch {
	case length <= 125:
		return append(dst, byte(length))
	case length <= 0xFFFF:
		return binary.BigEndian.AppendUint16(append(dst, 126), uint16(length))
	default:
		return binary.BigEndian.AppendUint64(append(dst, 127), uint64(length))
	}
}

// Readers and writers borrow their buffers; one that a snapshot has enlarged is not kept.
const (
	bufferSize = 4 << 10
	bufferKeep = 64 << 10
)

var buffers = sync.Pool{New: func() any { b := make([]byte, 0, bufferSize); return &b }}

func returnBuffer(b *[]byte) {
	if cap(*b) <= bufferKeep {
		buffers.Put(b)
	}
}
