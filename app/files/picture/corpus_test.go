package picture

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"slices"
)

// quarters is a picture whose corners tell how it is turned: red, green; blue, white.
func quarters(w, h int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.NRGBA{0xff, 0, 0, 0xff}
			switch {
			case x >= w/2 && y >= h/2:
				c = color.NRGBA{0xff, 0xff, 0xff, 0xff}
			case x >= w/2:
				c = color.NRGBA{0, 0xff, 0, 0xff}
			case y >= h/2:
				c = color.NRGBA{0, 0, 0xff, 0xff}
			}
			m.SetNRGBA(x, y, c)
		}
	}
	return m
}

// turned is what a camera stores so that, turned by the orientation, it looks like m.
func turned(m image.Image, orientation int) image.Image {
	size := m.Bounds().Size()
	if orientation >= 5 {
		size.X, size.Y = size.Y, size.X
	}
	out := image.NewNRGBA(image.Rectangle{Max: size})
	for y := range m.Bounds().Dy() {
		for x := range m.Bounds().Dx() {
			right, bottom := m.Bounds().Dx()-1-x, m.Bounds().Dy()-1-y
			// As the specification words it: where the 0th row and the 0th column of what is stored are seen.
			at := []image.Point{1: {x, y}, 2: {right, y}, 3: {right, bottom}, 4: {x, bottom}, 5: {y, x}, 6: {y, right}, 7: {bottom, right}, 8: {bottom, x}}[orientation]
			out.Set(at.X, at.Y, m.At(x, y))
		}
	}
	return out
}

func pngOf(m image.Image) []byte {
	var b bytes.Buffer
	must(png.Encode(&b, m))
	return b.Bytes()
}

func jpegOf(m image.Image) []byte {
	var b bytes.Buffer
	must(jpeg.Encode(&b, m, &jpeg.Options{Quality: 95}))
	return b.Bytes()
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// secretPlace is in the metadata of pictures, and must be removed.
const secretPlace = "52.5200N 13.4050E"

// exif is a TIFF with an orientation, a place and a maker.
func exif(order binary.AppendByteOrder, orientation int) []byte {
	b := []byte("II*\x00")
	if order == binary.AppendByteOrder(binary.BigEndian) {
		b = []byte("MM\x00*")
	}
	field := func(tag, kind uint16, count, value uint32) {
		b = order.AppendUint16(b, tag)
		b = order.AppendUint16(b, kind)
		b = order.AppendUint32(b, count)
		if kind == 3 {
			b = order.AppendUint16(b, uint16(value))
			b = append(b, 0, 0)
			return
		}
		b = order.AppendUint32(b, value)
	}
	b = order.AppendUint32(b, 8)
	b = order.AppendUint16(b, 3)
	field(0x010f, 2, uint32(len(secretPlace)), 50)
	field(0x0112, 3, 1, uint32(orientation))
	field(0x8825, 4, 1, 50+uint32(len(secretPlace)))
	b = order.AppendUint32(b, 0)
	b = append(b, secretPlace...)
	b = order.AppendUint16(b, 1)
	field(0x0002, 5, 3, 8)
	return order.AppendUint32(b, 0)
}

// withSegment puts a segment behind the first two bytes of a JPEG.
func withSegment(file []byte, marker byte, data []byte) []byte {
	head := binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(data)+2))
	return slices.Concat(file[:2], head, data, file[2:])
}

// withExif is a JPEG as a camera writes it, with a small preview of itself inside.
func withExif(file []byte, order binary.AppendByteOrder, orientation int) []byte {
	data := slices.Concat([]byte("Exif\x00\x00"), exif(order, orientation), file[:min(len(file), 1000)])
	return withSegment(withSegment(file, 0xed, []byte("Photoshop 3.0\x00"+secretPlace)), 0xe1, data)
}

// chunk is a piece of a PNG.
func chunk(name string, data []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	b = append(append(b, name...), data...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

// withChunk puts a chunk behind the head of a PNG.
func withChunk(file []byte, name string, data []byte) []byte {
	const head = 8 + 25
	return slices.Concat(file[:head], chunk(name, data), file[head:])
}

// blankPNG is a PNG of any size, of zeros; it may inflate to more or less than it should.
func blankPNG(w, h int, depth, colour, interlace byte, inflated int64) []byte {
	var packed bytes.Buffer
	z, err := zlib.NewWriterLevel(&packed, zlib.BestSpeed)
	must(err)
	_, err = io.CopyN(z, zeros{}, inflated)
	must(err)
	must(z.Close())
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(w)), uint32(h))
	head = append(head, depth, colour, 0, 0, interlace)
	return slices.Concat([]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", head), chunk("IDAT", packed.Bytes()), chunk("IEND", nil))
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// flatJPEG is a JPEG of one colour by hand: what the encoder of the standard library cannot write.
type flatJPEG struct {
	w, h        int
	sampling    []byte // of each component, as in the frame header
	levels      []int  // of each component, -128 to 127
	progressive bool
	scans       int // of a progressive one, over and over
	adobe       int // transform, -1 for none
}

func (f flatJPEG) bytes() []byte {
	out := []byte{0xff, 0xd8}
	segment := func(marker byte, data ...byte) {
		out = binary.BigEndian.AppendUint16(append(out, 0xff, marker), uint16(len(data)+2))
		out = append(out, data...)
	}
	if f.adobe >= 0 {
		segment(0xee, append([]byte("Adobe\x00\x64\x00\x00\x00\x00"), byte(f.adobe))...)
	}
	segment(0xdb, append([]byte{0}, bytes.Repeat([]byte{1}, 64)...)...)
	sof := byte(0xc0)
	if f.progressive {
		sof = 0xc2
	}
	frame := []byte{8, byte(f.h >> 8), byte(f.h), byte(f.w >> 8), byte(f.w), byte(len(f.sampling))}
	for i, s := range f.sampling {
		frame = append(frame, byte(i+1), s, 0)
	}
	segment(sof, frame...)
	// Differences of up to 11 bits, in codes of four; no coefficients but these (0), or none for up to
	// 32767 blocks (10).
	segment(0xc4, 0x00, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
	segment(0xc4, 0x10, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x00, 0xe0)
	out = f.scan(out)
	for i := range f.scans {
		out = f.emptyScan(out, i)
	}
	return append(out, 0xff, 0xd9)
}

// scan is the one with the colour.
func (f flatJPEG) scan(out []byte) []byte {
	out = append(out, 0xff, 0xda, 0, byte(6+2*len(f.sampling)), byte(len(f.sampling)))
	for i := range f.sampling {
		out = append(out, byte(i+1), 0)
	}
	end := byte(63)
	if f.progressive {
		end = 0
	}
	out = append(out, 0, end, 0)
	sampling := f.sampling
	if len(sampling) == 1 {
		sampling = []byte{0x11}
	}
	wide, high := 8*int(sampling[0]>>4), 8*int(sampling[0]&15)
	units := ((f.w + wide - 1) / wide) * ((f.h + high - 1) / high)
	w := &bits{}
	for unit := range units {
		for i, s := range sampling {
			for block := range int(s>>4) * int(s&15) {
				difference := 0
				if unit == 0 && block == 0 {
					difference = 8 * f.levels[i]
				}
				w.difference(difference)
				if !f.progressive {
					w.put(0, 2)
				}
			}
		}
	}
	return append(out, w.end()...)
}

// emptyScan says of one coefficient of every block of the first component that it is nothing.
func (f flatJPEG) emptyScan(out []byte, i int) []byte {
	at := byte(1 + i%63)
	out = append(out, 0xff, 0xda, 0, 8, 1, 1, 0, at, at, 0)
	w := &bits{}
	for blocks := ((f.w + 7) / 8) * ((f.h + 7) / 8); blocks > 0; {
		run := min(blocks, 32767)
		if run < 1<<14 {
			run = 1
			w.put(0, 2)
		} else {
			w.put(1, 2)
			w.put(run-1<<14, 14)
		}
		blocks -= run
	}
	return append(out, w.end()...)
}

// bits are written from the highest on.
type bits struct {
	out  []byte
	have uint32
	n    int
}

func (b *bits) put(value, n int) {
	for n--; n >= 0; n-- {
		b.have = b.have<<1 | uint32(value>>n&1)
		if b.n++; b.n == 8 {
			b.out = append(b.out, byte(b.have))
			if byte(b.have) == 0xff {
				b.out = append(b.out, 0)
			}
			b.have, b.n = 0, 0
		}
	}
}

func (b *bits) difference(d int) {
	size := 0
	for abs := max(d, -d); abs > 0; abs >>= 1 {
		size++
	}
	b.put(size, 4)
	if d < 0 {
		d += 1<<size - 1
	}
	b.put(d, size)
}

func (b *bits) end() []byte {
	for b.n != 0 {
		b.put(1, 1)
	}
	return b.out
}

// animated is a GIF whose frames are smaller than its canvas, and not where that begins.
func animated(canvas image.Point, frames ...image.Rectangle) []byte {
	g := &gif.GIF{Config: image.Config{Width: canvas.X, Height: canvas.Y}}
	for i, r := range frames {
		colours := color.Palette{color.NRGBA{0xff, 0, 0, 0xff}, color.NRGBA{0, 0, 0xff, 0xff}}
		m := image.NewPaletted(r, colours)
		for k := range m.Pix {
			m.Pix[k] = byte(i % 2)
		}
		g.Image, g.Delay = append(g.Image, m), append(g.Delay, 10)
	}
	var b bytes.Buffer
	must(gif.EncodeAll(&b, g))
	return b.Bytes()
}

// The smallest WebPs: one pixel, with loss, without, and with loss but for its transparency.
var webps = map[string][]byte{
	"lossy":       base64Of("UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA"),
	"lossless":    base64Of("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA=="),
	"transparent": base64Of("UklGRkoAAABXRUJQVlA4WAoAAAAQAAAAAAAAAAAAQUxQSAwAAAARBxAR/Q9ERP8DAABWUDggGAAAABQBAJ0BKgEAAQAAAP4AAA3AAP7mtQAAAA=="),
}

func base64Of(text string) []byte {
	b, err := base64.StdEncoding.DecodeString(text)
	must(err)
	return b
}

// losslessWebP is one of any size, of one colour, with data of other kinds behind it.
func losslessWebP(w, h int, c color.NRGBA, more ...[]byte) []byte {
	b := &lowBits{}
	b.put(0x2f, 8)
	b.put(w-1, 14)
	b.put(h-1, 14)
	b.put(1, 1) // transparency
	b.put(0, 3) // version
	b.put(0, 1) // no transform
	b.put(0, 1) // no cache
	b.put(0, 1) // one group of trees
	for _, v := range []byte{c.G, c.R, c.B, c.A, 0} {
		b.put(1, 1) // simple
		b.put(0, 1) // one symbol
		b.put(1, 1) // of eight bits
		b.put(int(v), 8)
	}
	data := append(b.out, 0, 0)
	return riff(append([][]byte{riffChunk("VP8L", data)}, more...)...)
}

func riff(chunks ...[]byte) []byte {
	all := append([]byte("WEBP"), slices.Concat(chunks...)...)
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(all))), all...)
}

func riffChunk(name string, data []byte) []byte {
	b := append(binary.LittleEndian.AppendUint32([]byte(name), uint32(len(data))), data...)
	if len(data)%2 == 1 {
		b = append(b, 0)
	}
	return b
}

// lowBits are written from the lowest on.
type lowBits struct {
	out []byte
	n   int
}

func (b *lowBits) put(value, n int) {
	for i := range n {
		if b.n%8 == 0 {
			b.out = append(b.out, 0)
		}
		b.out[b.n/8] |= byte(value>>i&1) << (b.n % 8)
		b.n++
	}
}
