package picture

import (
	"encoding/binary"
	"image"
	"io"

	"golang.org/x/image/webp"
)

// maxChunks is how many a WebP may have: an animation has one for each frame.
const maxChunks = 10_000

// What the first chunk of an extended WebP says of the others.
const (
	webpXMP  = 1 << 2
	webpExif = 1 << 3
)

// walkWebP counts by the kinds of data in it. What is lossless may begin with many small trees.
func walkWebP(w *walk) error {
	w.left = maxChunks
	start, err := w.read(12)
	if err != nil {
		return broken("no head")
	}
	end := int64(binary.LittleEndian.Uint32(start[4:])) + 8
	if end > w.size { // a decoder makes room for all it is promised
		return io.ErrUnexpectedEOF
	}
	w.put(start) // with the size that it gets
	for w.at+8 <= end {
		if err := w.webpChunk(end); err != nil {
			w.kept = nil
			return err
		}
	}
	if w.perPixel == 0 {
		w.kept = nil
		return broken("no picture")
	}
	if w.orientation != 1 {
		w.put(riffPart("EXIF", exifOrientation(w.orientation)))
	}
	w.webpHead()
	return nil
}

func (w *walk) webpChunk(end int64) error {
	start := w.at
	head, name, length, err := w.riffHead()
	if err != nil {
		return err
	}
	next := min(start+8+length+length%2, end)
	switch name {
	case "VP8X":
		data, err := w.upTo(10, length)
		if err != nil {
			return err
		}
		w.put(append(head, data...))
		w.keep(w.at, next)
	case "EXIF":
		exif, err := w.upTo(maxExif, min(length, next-w.at))
		if err != nil {
			return err
		}
		w.turn(exif)
	case "ICCP":
		w.keep(start, next)
		if w.profile, err = w.upTo(maxProfile, min(length, next-w.at)); err != nil {
			return err
		}
	case "ANMF":
		w.keep(start, next)
		if w.frames++; w.frames == 1 {
			if err := w.webpFrame(next, length); err != nil {
				return err
			}
		}
	case "VP8 ", "VP8L", "ALPH", "ANIM":
		w.count(name, length)
		w.keep(start, next)
	}
	return w.skip(next - w.at)
}

// riffHead reads the head of the next chunk of a RIFF file.
func (w *walk) riffHead() (head []byte, name string, length int64, err error) {
	if err := w.part(); err != nil {
		return nil, "", 0, err
	}
	if head, err = w.read(8); err != nil {
		return nil, "", 0, ended(err)
	}
	return head, string(head[:4]), int64(binary.LittleEndian.Uint32(head[4:])), nil
}

// count adds what decoding a chunk takes.
func (w *walk) count(name string, length int64) {
	switch name {
	case "VP8 ":
		w.perPixel += 2
	case "ALPH":
		w.perPixel += 9
		w.cost += trees(length)
	case "VP8L":
		w.perPixel += 8
		w.cost += trees(length)
	}
}

// webpHead says in the head what is left.
func (w *walk) webpHead() {
	var size int64
	for _, s := range w.kept {
		size += s.length
	}
	binary.LittleEndian.PutUint32(w.kept[0].literal[4:], uint32(size-8))
	if len(w.kept) > 1 && len(w.kept[1].literal) > 8 && string(w.kept[1].literal[:4]) == "VP8X" {
		flags := &w.kept[1].literal[8]
		*flags &^= webpXMP | webpExif
		if w.orientation != 1 {
			*flags |= webpExif
		}
	}
}

func riffPart(name string, data []byte) []byte {
	b := append([]byte(name), 0, 0, 0, 0)
	binary.LittleEndian.PutUint32(b[4:], uint32(len(data)))
	b = append(b, data...)
	return append(b, make([]byte, len(data)%2)...)
}

// trees is the most that the trees of so many bytes can take: the decoder allows 2,600 groups of them.
func trees(length int64) int64 { return min(350*length, 140<<20) }

// webpFrame makes a picture of its own of the first frame of an animation, from where its head begins.
func (w *walk) webpFrame(end, length int64) error {
	head, err := w.read(16)
	if err != nil {
		return ended(err)
	}
	x, y := 2*uint24(head), 2*uint24(head[3:])
	width, height := uint24(head[6:])+1, uint24(head[9:])+1
	w.first = &webpFirst{x: x, y: y, width: width, height: height}
	body := riffPart("VP8X", []byte{1 << 4, 0, 0, 0, head[6], head[7], head[8], head[9], head[10], head[11]})
	if start := w.at; min(end, start-16+length) > start {
		w.first.kept = []span{
			{literal: append([]byte("RIFF\x00\x00\x00\x00WEBP"), body...)},
			{start: start, length: min(end, start-16+length) - start},
		}
		size := int64(len(w.first.kept[0].literal)) - 8 + w.first.kept[1].length
		binary.LittleEndian.PutUint32(w.first.kept[0].literal[4:], uint32(size))
	}
	return w.webpFrameCost(min(end, w.at-16+length))
}

// webpFrameCost counts what is in the frame.
func (w *walk) webpFrameCost(end int64) error {
	for w.at+8 <= end {
		if err := w.part(); err != nil {
			return err
		}
		head, err := w.read(8)
		if err != nil {
			return ended(err)
		}
		w.count(string(head[:4]), int64(binary.LittleEndian.Uint32(head[4:])))
		length := int64(binary.LittleEndian.Uint32(head[4:]))
		if err := w.skip(min(length+length%2, end-w.at)); err != nil {
			return err
		}
	}
	return nil
}

func uint24(p []byte) int { return int(p[0]) | int(p[1])<<8 | int(p[2])<<16 }

// webpFirst is the first frame of an animation, and its place on the canvas.
type webpFirst struct {
	x, y, width, height int
	kept                []span
}

// decodeWebP moves the first frame of an animation to its place.
func decodeWebP(h *head, r io.Reader) (image.Image, error) {
	m, err := webp.Decode(r)
	if err != nil || h.first == nil {
		return m, err
	}
	at := image.Pt(h.first.x, h.first.y)
	switch m := m.(type) {
	case *image.YCbCr:
		m.Rect = m.Rect.Add(at)
	case *image.NYCbCrA:
		m.Rect = m.Rect.Add(at)
	case *image.NRGBA:
		m.Rect = m.Rect.Add(at)
	case *image.RGBA:
		m.Rect = m.Rect.Add(at)
	}
	return m, nil
}
