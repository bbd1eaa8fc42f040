package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
)

// maxScans is how often a progressive JPEG may go over its pixels. Cameras and editors take about ten.
const maxScans = 64

// A segment of this many bytes on the average is small for a JPEG, and so is a file of this many segments.
const (
	smallSegment = 16 << 10
	fewSegments  = 2000
)

// jpegWalk is what has been seen of a JPEG.
type jpegWalk struct {
	*walk
	frame            []byte
	progressive, rgb bool
	scans            int
	profile          []byte
}

// walkJPEG keeps what pixels and colours need. A small EXIF of nothing but the orientation stands in the place of
// the first one.
func walkJPEG(w *walk) error {
	w.left = fewSegments + int(w.size/smallSegment)
	j := &jpegWalk{walk: w}
	w.keep(0, 2)
	err := w.skip(2)
	for err == nil {
		err = j.segment()
	}
	w.profile = j.profile
	if w.cost == 0 {
		w.kept = nil
		return errors.Join(broken("no frame"), err)
	}
	return ended(err)
}

// segment passes over the next one, and garbage before it, as decoders do. io.EOF is the end of the picture.
func (j *jpegWalk) segment() error {
	if err := j.part(); err != nil {
		return err
	}
	var last, marker byte
	for last != 0xff || marker == 0xff || marker == 0 {
		last = marker
		var err error
		if marker, err = j.byte(); err != nil {
			return err
		}
	}
	start := j.at - 2
	switch {
	case marker == 0xd9: // the end; what cameras append are other pictures and films
		j.keep(start, j.at)
		return io.EOF
	case marker == 0xd8 || marker == 0x01 || marker >= 0xd0 && marker <= 0xd7:
		j.keep(start, j.at)
		return nil
	}
	length, err := j.read(2)
	if err != nil {
		return err
	}
	data, err := j.read(max(int(binary.BigEndian.Uint16(length))-2, 0))
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return err
	}
	if j.look(marker, data) {
		j.keep(start, j.at)
	}
	if err != nil || marker != 0xda {
		return err
	}
	return j.pixels()
}

// look takes what is to be known from a segment, and reports whether it stays.
func (j *jpegWalk) look(marker byte, data []byte) bool {
	switch marker {
	case 0xe0:
		return bytes.HasPrefix(data, []byte("JFIF\x00"))
	case 0xe1:
		exif, ok := bytes.CutPrefix(data, exifMark)
		if before := j.orientation; ok {
			if j.turn(exif); before == 1 && j.orientation != 1 {
				j.put(jpegOrientation(j.orientation))
			}
		}
		return false
	case 0xe2:
		return j.colours(data)
	case 0xee:
		adobe := len(data) >= 12 && bytes.HasPrefix(data, []byte("Adobe"))
		j.rgb = j.rgb || adobe && data[11] == 0
		return adobe
	case 0xc0, 0xc1, 0xc2:
		j.frame, j.progressive = data, marker == 0xc2
	}
	return marker < 0xe0 || marker == 0xf7 || marker == 0xf8 // no APP, no comment
}

// colours collects a profile, which comes in order, in as many segments as it needs.
func (j *jpegWalk) colours(data []byte) bool {
	const mark = "ICC_PROFILE\x00"
	if !bytes.HasPrefix(data, []byte(mark)) || len(data) < len(mark)+2 {
		return false
	}
	if len(j.profile)+len(data) <= maxProfile {
		j.profile = append(j.profile, data[len(mark)+2:]...)
	}
	return true
}

// pixels passes over what follows the head of a scan.
func (j *jpegWalk) pixels() error {
	if j.cost == 0 {
		if j.cost = jpegCost(j.frame, j.progressive, j.rgb); j.cost == 0 {
			return broken("no frame")
		}
	}
	if j.scans++; j.scans > maxScans {
		return errManyParts
	}
	start := j.at
	for {
		chunk, err := j.r.Peek(max(j.r.Buffered(), 2))
		if len(chunk) < 2 { // half a picture
			j.at += int64(len(chunk))
			_, _ = j.r.Discard(len(chunk))
			j.keep(start, j.at)
			if errors.Is(err, io.EOF) {
				return io.EOF
			}
			return err
		}
		n, found := nextMarker(chunk)
		_, _ = j.r.Discard(n) // they are there
		if j.at += int64(n); found {
			j.keep(start, j.at)
			return nil
		}
	}
}

// nextMarker is where a marker begins that ends a scan, or how many bytes come before one that may.
func nextMarker(p []byte) (n int, found bool) {
	for {
		i := bytes.IndexByte(p[n:], 0xff)
		switch {
		case i < 0:
			return len(p), false
		case n+i+1 == len(p):
			return max(n+i, 0), false
		}
		switch next := p[n+i+1]; {
		case next == 0 || next >= 0xd0 && next <= 0xd7:
			n += i + 2
		case next == 0xff:
			n += i + 1
		default:
			return n + i, true
		}
	}
}

// jpegOrientation is a segment that says how a picture is turned, and nothing else.
func jpegOrientation(orientation int) []byte {
	data := append(append([]byte{}, exifMark...), exifOrientation(orientation)...)
	head := []byte{0xff, 0xe1}
	return append(binary.BigEndian.AppendUint16(head, uint16(len(data)+2)), data...)
}

// jpegCost is what a frame takes: the samples of each component in whole blocks; in a progressive one also their
// coefficients, of four bytes; and a second image where colours are converted. It is 0 for another segment.
func jpegCost(frame []byte, progressive, rgb bool) int64 {
	if len(frame) < 9 || len(frame) != 6+3*int(frame[5]) {
		return 0
	}
	height, width := int64(binary.BigEndian.Uint16(frame[1:])), int64(binary.BigEndian.Uint16(frame[3:]))
	components := frame[6:]
	first := int64(components[1]>>4) * int64(components[1]&15)
	samples, names := int64(0), ""
	for ; len(components) > 0; components = components[3:] {
		samples += int64(components[1]>>4) * int64(components[1]&15)
		names += string(rune(components[0]))
	}
	if first == 0 {
		return 0
	}
	cost := (width + 32) * (height + 32) * samples / first
	if progressive {
		cost *= 5
	}
	if rgb || names == "RGB" || len(names) == 4 {
		cost += 4 * width * height
	}
	return cost
}
