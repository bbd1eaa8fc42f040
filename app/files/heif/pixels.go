package heif

import (
	"encoding/binary"
	"fmt"
	"image"
	"image/color"

	"github.com/tetratelabs/wazero/api"
)

// How the decoder of HEIC calls what it writes.
const (
	inPlanes = 0
	inRGBA   = 1
	inGrey   = 2
)

var samplings = map[uint32]image.YCbCrSubsampleRatio{
	1: image.YCbCrSubsampleRatio420,
	2: image.YCbCrSubsampleRatio422,
	3: image.YCbCrSubsampleRatio444,
}

// planes says how a HEIC comes out of its decoder, and how many bytes that takes. Lines are multiples of 16 bytes.
func planes(width, height, space, chroma uint32, colours Colours) (pixels, uint64, error) {
	w, h := int(width), int(height)
	rect := image.Rect(0, 0, w, h)
	switch space {
	case inGrey:
		m := &image.Gray{Stride: wide(w), Rect: rect}
		return func(memory api.Memory, out uint32) (image.Image, error) {
			return m, view(memory, out, m.Stride*h, &m.Pix)
		}, uint64(m.Stride) * uint64(h), nil
	case inRGBA:
		m := &image.NRGBA{Stride: wide(4 * w), Rect: rect}
		return func(memory api.Memory, out uint32) (image.Image, error) {
			return m, view(memory, out, m.Stride*h, &m.Pix)
		}, uint64(m.Stride) * uint64(h), nil
	}
	sampling, ok := samplings[chroma]
	if space != inPlanes || !ok {
		return nil, 0, fmt.Errorf("%w of these colours: %d, %d", errDecode, space, chroma)
	}
	m := &image.YCbCr{SubsampleRatio: sampling, YStride: wide(w), CStride: wide(w), Rect: rect}
	across := h
	if sampling != image.YCbCrSubsampleRatio444 {
		m.CStride = wide((w + 1) / 2)
	}
	if sampling == image.YCbCrSubsampleRatio420 {
		across = (h + 1) / 2
	}
	light, colour := m.YStride*h, m.CStride*across
	return func(memory api.Memory, out uint32) (image.Image, error) {
		var all []byte
		err := view(memory, out, light+2*colour, &all)
		if err == nil {
			m.Y, m.Cb, m.Cr = all[:light], all[light:light+colour], all[light+colour:]
		}
		return colours.of(m), err
	}, uint64(light) + 2*uint64(colour), nil
}

func wide(bytes int) int { return (bytes + 15) &^ 15 }

// premultiplied says how an AVIF comes out of its decoder, and how many bytes that takes.
func premultiplied(width, height uint32, deep bool) (pixels, uint64) {
	w, h := int(width), int(height)
	rect := image.Rect(0, 0, w, h)
	if deep {
		m := &deepImage{stride: 8 * w, rect: rect}
		return func(memory api.Memory, out uint32) (image.Image, error) {
			return m, view(memory, out, m.stride*h, &m.pix)
		}, uint64(m.stride) * uint64(h)
	}
	m := &image.RGBA{Stride: 4 * w, Rect: rect}
	return func(memory api.Memory, out uint32) (image.Image, error) {
		return m, view(memory, out, m.Stride*h, &m.Pix)
	}, uint64(m.Stride) * uint64(h)
}

// view looks into a decoder's memory.
func view(memory api.Memory, at uint32, size int, pix *[]byte) error {
	var ok bool
	if *pix, ok = memory.Read(at, uint32(size)); !ok {
		return errDecode
	}
	return nil
}

// deepImage has two bytes for a colour, the lower one first.
type deepImage struct {
	pix    []byte
	stride int
	rect   image.Rectangle
}

// ColorModel is an image.Image's.
func (m *deepImage) ColorModel() color.Model { return color.RGBA64Model }

// Bounds is an image.Image's.
func (m *deepImage) Bounds() image.Rectangle { return m.rect }

// At is an image.Image's.
func (m *deepImage) At(x, y int) color.Color { return m.RGBA64At(x, y) }

// RGBA64At is an image.RGBA64Image's.
func (m *deepImage) RGBA64At(x, y int) color.RGBA64 {
	p := m.pix[y*m.stride+8*x:]
	return color.RGBA64{
		R: binary.LittleEndian.Uint16(p), G: binary.LittleEndian.Uint16(p[2:]),
		B: binary.LittleEndian.Uint16(p[4:]), A: binary.LittleEndian.Uint16(p[6:]),
	}
}
