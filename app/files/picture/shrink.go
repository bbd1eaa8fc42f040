package picture

import (
	"image"

	"golang.org/x/image/draw"
)

// shrink makes a picture smaller until no side is longer than limit; a small one stays as it is. Each pixel is the
// mean of what lies beneath it, weighed by area. The picture is gone through once, a few lines at a time, so that
// this takes little memory for any size.
func shrink(whole image.Image, bounds image.Rectangle, limit int) *image.RGBA {
	width, height := bounds.Dx(), bounds.Dy()
	out := image.NewRGBA(image.Rect(0, 0, fit(width, width, height, limit), fit(height, width, height, limit)))
	mean := newMean(out, width, height)
	strip := image.NewRGBA(image.Rect(0, 0, width, min(height, 16)))
	for y := 0; y < height; y += strip.Rect.Dy() {
		clear(strip.Pix) // the picture may not reach everywhere
		draw.Draw(strip, strip.Rect, whole, bounds.Min.Add(image.Pt(0, y)), draw.Src)
		for line := range min(strip.Rect.Dy(), height-y) {
			mean.add(strip.Pix[line*strip.Stride:][:4*width])
		}
	}
	return out
}

// fit is how long a side becomes.
func fit(side, width, height, limit int) int {
	longest := max(width, height)
	if longest <= limit {
		return side
	}
	return max(1, (side*limit+longest/2)/longest)
}

// mean fills a picture line by line from those of a larger one. Areas are whole numbers: what a pixel
// of the larger one covers is as wide as the smaller picture has columns, and as high as it has rows;
// what one of the smaller one covers is as wide and as high as the larger picture.
type mean struct {
	out           *image.RGBA
	width, height int      // of the larger one
	line, sum     []uint64 // of a line of the larger one, of a line of the smaller one
	y, room       int      // the line being filled, and how much of its height is left
}

func newMean(out *image.RGBA, width, height int) *mean {
	n := 4 * out.Rect.Dx()
	return &mean{out: out, width: width, height: height, line: make([]uint64, n), sum: make([]uint64, n), room: height}
}

func (m *mean) add(pix []byte) {
	m.squeeze(pix)
	for left := m.out.Rect.Dy(); left > 0; {
		part := min(left, m.room)
		for i, v := range m.line {
			m.sum[i] += v * uint64(part)
		}
		left -= part
		if m.room -= part; m.room == 0 {
			m.flush()
		}
	}
}

// squeeze makes one line narrower.
func (m *mean) squeeze(pix []byte) {
	clear(m.line)
	columns, room, i := m.out.Rect.Dx(), m.width, 0
	for x := 0; x < len(pix); x += 4 {
		for left := columns; left > 0; {
			part := min(left, room)
			for channel := range 4 {
				m.line[i+channel] += uint64(pix[x+channel]) * uint64(part)
			}
			left -= part
			if room -= part; room == 0 {
				room, i = m.width, i+4
			}
		}
	}
}

func (m *mean) flush() {
	area := uint64(m.width) * uint64(m.height)
	row := m.out.Pix[m.y*m.out.Stride:]
	for i, v := range m.sum {
		row[i] = byte((v + area/2) / area)
	}
	clear(m.sum)
	m.y, m.room = m.y+1, m.height
}
