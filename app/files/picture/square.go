package picture

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"

	"golang.org/x/image/draw"
)

// largest is the side of the largest square, in pixels. What is kept before the last scaling has less
// than twice as much.
const largest = 512

// paper is behind what is transparent.
var paper = image.NewUniform(color.RGBA{0xfa, 0xfa, 0xf8, 0xff})

// square is the middle of a picture on paper, made smaller by whole blocks of pixels: a strip of them
// at a time, so that it takes next to no memory whatever the picture's size.
func square(whole image.Image, bounds image.Rectangle) *image.RGBA {
	side := min(bounds.Dx(), bounds.Dy())
	block := max(side/largest, 1)
	n := side / block
	corner := bounds.Min.Add(image.Pt((bounds.Dx()-n*block)/2, (bounds.Dy()-n*block)/2))
	out := image.NewRGBA(image.Rect(0, 0, n, n))
	strip := image.NewRGBA(image.Rect(0, 0, n*block, block))
	for y := range n {
		clear(strip.Pix) // the picture may not reach everywhere
		draw.Draw(strip, strip.Rect, whole, corner.Add(image.Pt(0, y*block)), draw.Src)
		average(out.Pix[y*out.Stride:][:4*n], strip, block)
	}
	return onPaper(out)
}

// onPaper is a picture through which nothing is seen but paper.
func onPaper(m *image.RGBA) *image.RGBA {
	if m.Opaque() {
		return m
	}
	flat := image.NewRGBA(m.Rect)
	draw.Draw(flat, flat.Rect, paper, image.Point{}, draw.Src)
	draw.Draw(flat, flat.Rect, m, image.Point{}, draw.Over)
	return flat
}

// average fills a row with the means of the blocks of a strip.
func average(row []byte, strip *image.RGBA, block int) {
	count := uint32(block * block)
	for x := 0; x < len(row); x += 4 {
		var sum [4]uint32
		for y := range block {
			line := strip.Pix[y*strip.Stride+x*block:][:4*block]
			for i := 0; i < len(line); i += 4 {
				sum[0] += uint32(line[i])
				sum[1] += uint32(line[i+1])
				sum[2] += uint32(line[i+2])
				sum[3] += uint32(line[i+3])
			}
		}
		for i := range sum {
			row[x+i] = byte((sum[i] + count/2) / count)
		}
	}
}

// Which orientations take the columns, or the rows, from the end; those from 5 on also swap the two.
var (
	mirrored = [9]bool{2: true, 3: true, 7: true, 8: true}
	flipped  = [9]bool{3: true, 4: true, 6: true, 7: true}
)

// upright turns a picture as an EXIF orientation says.
func upright(m *image.RGBA, orientation int) *image.RGBA {
	if orientation == 1 {
		return m
	}
	right, bottom := m.Rect.Dx()-1, m.Rect.Dy()-1
	size := m.Rect
	if orientation >= 5 {
		size = image.Rect(0, 0, m.Rect.Dy(), m.Rect.Dx())
	}
	turned := image.NewRGBA(size)
	for y := range size.Dy() {
		for x := range size.Dx() {
			fx, fy := x, y
			if orientation >= 5 {
				fx, fy = y, x
			}
			if mirrored[orientation] {
				fx = right - fx
			}
			if flipped[orientation] {
				fy = bottom - fy
			}
			copy(turned.Pix[turned.PixOffset(x, y):][:4], m.Pix[m.PixOffset(fx, fy):][:4])
		}
	}
	return turned
}

// newSquares makes all sizes. What is small stays so, but for what would be tiny everywhere.
func newSquares(m *image.RGBA) (*Squares, error) {
	p := &Squares{}
	for _, size := range SquareSizes {
		side := min(size, max(m.Rect.Dx(), SquareSizes[0]))
		scaled := m
		if side != m.Rect.Dx() {
			scaled = image.NewRGBA(image.Rect(0, 0, side, side))
			draw.CatmullRom.Scale(scaled, scaled.Rect, m, m.Rect, draw.Src, nil)
		}
		var b bytes.Buffer
		if err := jpeg.Encode(&b, scaled, &jpeg.Options{Quality: 85}); err != nil {
			return nil, err
		}
		p.squares = append(p.squares, b.Bytes())
	}
	return p, nil
}
