package heif

import (
	"image"
	"image/color"
)

// weights are how much red and blue there is in the light of a picture, by the number of its matrix.
var weights = map[int][2]float64{1: {0.2126, 0.0722}, 9: {0.2627, 0.0593}, 10: {0.2627, 0.0593}}

// of is the picture with these colours. Go knows one way, that of JPEG.
func (c Colours) of(m *image.YCbCr) image.Image {
	w, other := weights[c.Matrix]
	if !other && !c.Limited {
		return m
	}
	if !other {
		w = [2]float64{0.299, 0.114}
	}
	const one = 1 << 16
	v := &filmImage{YCbCr: m, light: one, least: 0}
	spread := 1.0
	if c.Limited {
		v.least, v.light, spread = 16, one*255/219, 255.0/224
	}
	red, blue := w[0], w[1]
	green := 1 - red - blue
	v.red = int(2 * (1 - red) * spread * one)
	v.blue = int(2 * (1 - blue) * spread * one)
	v.greenBlue = int(2 * (1 - blue) * blue / green * spread * one)
	v.greenRed = int(2 * (1 - red) * red / green * spread * one)
	return v
}

// filmImage has the colours of a film: of another matrix, or of a range that leaves room at both ends.
type filmImage struct {
	*image.YCbCr
	least, light                   int
	red, blue, greenBlue, greenRed int
}

// ColorModel is an image.Image's.
func (m *filmImage) ColorModel() color.Model { return color.RGBA64Model }

// At is an image.Image's.
func (m *filmImage) At(x, y int) color.Color { return m.RGBA64At(x, y) }

// RGBA64At is an image.RGBA64Image's.
func (m *filmImage) RGBA64At(x, y int) color.RGBA64 {
	c := m.COffset(x, y)
	light := (int(m.Y[m.YOffset(x, y)]) - m.least) * m.light
	cb, cr := int(m.Cb[c])-128, int(m.Cr[c])-128
	return color.RGBA64{
		R: sixteen(light + m.red*cr), G: sixteen(light - m.greenBlue*cb - m.greenRed*cr), B: sixteen(light + m.blue*cb), A: 0xffff,
	}
}

// sixteen makes sixteen bits of eight with as many behind the point.
func sixteen(v int) uint16 {
	return uint16(min(max((v+1<<15)>>16, 0), 255) * 0x101)
}
