package files

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
)

const (
	maxChunks = 10_000  // are looked at, for an orientation
	maxExif   = 1 << 16 // bytes
)

var errManyChunks = errors.New("too many chunks")

// exifMark stands before EXIF data in a JPEG, and sometimes in a WebP.
var exifMark = []byte("Exif\x00\x00")

// inspectJPEG walks the segments before the pixels as the decoder does.
func inspectJPEG(h *head, file io.ReadSeeker) error {
	if _, err := file.Seek(2, io.SeekStart); err != nil {
		return err
	}
	r := bufio.NewReader(file)
	var frame []byte
	var progressive, rgb bool
	for {
		marker, data, err := segment(r)
		if err != nil {
			return err
		}
		switch marker {
		case 0xe1:
			if exif, ok := bytes.CutPrefix(data, exifMark); ok && h.orientation == 1 {
				h.orientation = orientation(exif)
			}
		case 0xee:
			rgb = rgb || len(data) >= 12 && data[11] == 0 && bytes.HasPrefix(data, []byte("Adobe"))
		case 0xc0, 0xc1, 0xc2:
			frame, progressive = data, marker == 0xc2
		case 0xda: // pixels begin
			if h.cost = jpegCost(frame, progressive, rgb); h.cost == 0 {
				return io.ErrUnexpectedEOF
			}
			return nil
		}
	}
}

// segment returns the next marker of a JPEG and what comes with it.
func segment(r *bufio.Reader) (marker byte, data []byte, err error) {
	var last byte
	for {
		if marker, err = r.ReadByte(); err != nil {
			return 0, nil, err
		}
		restart := marker >= 0xd0 && marker <= 0xd7
		if last == 0xff && marker != 0xff && marker != 0 && !restart {
			break
		}
		last = marker
	}
	var length [2]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return 0, nil, err
	}
	data = make([]byte, max(int(binary.BigEndian.Uint16(length[:]))-2, 0))
	_, err = io.ReadFull(r, data)
	return marker, data, err
}

// jpegCost is what a frame takes: the samples of each component in whole blocks; in a progressive
// one also their coefficients, of four bytes; and a second image where colours are converted. It is
// 0 for what is no frame.
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

// inspectPNG counts four bytes a pixel, eight of a deep one, and as much again for the passes of an
// interlaced one.
func inspectPNG(h *head, file io.ReadSeeker) error {
	start := make([]byte, 8+8+13)
	if !readAt(file, start, 0) {
		return io.ErrUnexpectedEOF
	}
	h.cost = 4 * h.pixels()
	if start[24] > 8 {
		h.cost *= 2
	}
	if start[28] != 0 {
		h.cost *= 2
	}
	at := int64(8)
	for range maxChunks {
		if !readAt(file, start[:8], at) { // the decoder will find out
			return nil
		}
		length := int64(binary.BigEndian.Uint32(start))
		if name := string(start[4:8]); name == "eXIf" {
			h.orientation = exifAt(file, at+8, length)
			return nil
		}
		at += 8 + length + 4
	}
	return nil
}

// inspectGIF counts the frame, and the frame in the order of its lines.
func inspectGIF(h *head, _ io.ReadSeeker) error {
	h.cost = 2 * h.pixels()
	return nil
}

// inspectWebP counts by the kinds of data in it. What is lossless may begin with many small trees.
func inspectWebP(h *head, file io.ReadSeeker) error {
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	start := make([]byte, 8)
	if !readAt(file, start, 0) {
		return io.ErrUnexpectedEOF
	}
	if int64(binary.LittleEndian.Uint32(start[4:]))+8 > size { // a decoder makes room for all it is promised
		return io.ErrUnexpectedEOF
	}
	at := int64(12)
	for range maxChunks {
		if !readAt(file, start, at) {
			return nil
		}
		length := int64(binary.LittleEndian.Uint32(start[4:]))
		switch string(start[:4]) {
		case "VP8 ":
			h.cost += 2 * h.pixels()
		case "ALPH":
			h.cost += 9*h.pixels() + trees(length)
		case "VP8L":
			h.cost += 8*h.pixels() + trees(length)
		case "EXIF":
			h.orientation = exifAt(file, at+8, length)
		}
		at += 8 + length + length%2
	}
	return errManyChunks // and what comes after them was not counted
}

// trees is the most that the trees of so many bytes can take: the decoder allows 2,600 groups of them.
func trees(length int64) int64 { return min(350*length, 140<<20) }

func exifAt(file io.ReadSeeker, at, length int64) int {
	data := make([]byte, min(length, maxExif))
	if !readAt(file, data, at) {
		return 1
	}
	return orientation(bytes.TrimPrefix(data, exifMark))
}

// readAt reports whether so much is there.
func readAt(file io.ReadSeeker, p []byte, at int64) bool {
	if _, err := file.Seek(at, io.SeekStart); err != nil {
		return false
	}
	_, err := io.ReadFull(file, p)
	return err == nil
}
