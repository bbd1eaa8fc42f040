package picture

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"

	"dchat/app/imagesize"

	"golang.org/x/image/draw"
)

// largest is the side of the largest square, in pixels. What is kept before the last scaling has less
// than twice as much.
const largest = 512

// paper is behind what is transparent.
var paper = image.NewUniform(color.RGBA{0xfa, 0xfa, 0xf8, 0xff})

// square returns the middle of a picture on paper, scaled down by whole blocks of pixels: the final sizes are scaled from
// it with a better filter.
func square(whole image.Image, bounds image.Rectangle) *image.RGBA {
	side := min(bounds.Dx(), bounds.Dy())
	block := max(side/largest, 1)
	n := side / block
	corner := bounds.Min.Add(image.Pt((bounds.Dx()-n*block)/2, (bounds.Dy()-n*block)/2))
	return onPaper(shrink(whole, image.Rectangle{Min: corner, Max: corner.Add(image.Pt(n*block, n*block))}, n))
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
	for _, size := range imagesize.Squares {
		side := min(size, max(m.Rect.Dx(), imagesize.Squares[0]))
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
