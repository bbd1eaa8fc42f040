package picture

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// profileOf is an ICC profile of three primaries, seen by D50, with the curve of sRGB or a gamma.
func profileOf(primaries [3][3]float64, curve []byte) []byte {
	fix := func(v float64) []byte { return binary.BigEndian.AppendUint32(nil, uint32(int32(v*65536))) }
	var tags, data []byte
	add := func(name string, content []byte) {
		tags = append(tags, name...)
		tags = binary.BigEndian.AppendUint32(tags, uint32(132+12*6+len(data)))
		tags = binary.BigEndian.AppendUint32(tags, uint32(len(content)))
		data = append(data, content...)
	}
	for i, name := range []string{"r", "g", "b"} {
		add(name+"XYZ", slices.Concat([]byte("XYZ \x00\x00\x00\x00"), fix(primaries[i][0]), fix(primaries[i][1]), fix(primaries[i][2])))
		add(name+"TRC", curve)
	}
	head := make([]byte, 128)
	copy(head[16:], "RGB XYZ ")
	return slices.Concat(head, []byte{0, 0, 0, 6}, tags, data)
}

var (
	displayP3 = [3][3]float64{{0.51512, 0.2412, -0.00105}, {0.29198, 0.69225, 0.04189}, {0.1571, 0.06657, 0.78407}}
	adobeRGB  = [3][3]float64{{0.60974, 0.31111, 0.01947}, {0.20528, 0.62567, 0.06087}, {0.14919, 0.06322, 0.74457}}
	p3Curve   = []byte("para\x00\x00\x00\x00\x00\x03\x00\x00\x00\x02\x66\x66\x00\x00\xf2\xa7\x00\x00\x0d\x59\x00\x00\x13\xd0\x00\x00\x0a\x5b")
	gamma22   = []byte("curv\x00\x00\x00\x00\x00\x00\x00\x01\x02\x33")
)

// A colour of a phone or a camera looks the same in a preview and in the square of a profile.
func TestICCProfileColours(t *testing.T) {
	for name, c := range map[string]struct {
		primaries  [3][3]float64
		curve      []byte
		given, srg color.NRGBA
	}{
		"Display P3": {displayP3, p3Curve, color.NRGBA{200, 100, 50, 255}, color.NRGBA{214, 96, 34, 255}},
		"P3 white":   {displayP3, p3Curve, white, white},
		"P3 grey":    {displayP3, p3Curve, color.NRGBA{128, 128, 128, 255}, color.NRGBA{128, 128, 128, 255}},
		"Adobe RGB":  {adobeRGB, gamma22, color.NRGBA{150, 100, 100, 255}, color.NRGBA{167, 100, 101, 255}},
	} {
		m := image.NewNRGBA(image.Rect(0, 0, 64, 64))
		for i := 0; i < len(m.Pix); i += 4 {
			copy(m.Pix[i:], []byte{c.given.R, c.given.G, c.given.B, 255})
		}
		profile := profileOf(c.primaries, c.curve)
		for kind, file := range map[string][]byte{
			"JPEG": withSegment(jpegOf(m), 0xe2, append([]byte("ICC_PROFILE\x00\x01\x01"), profile...)),
			"PNG":  withChunk(pngOf(m), "iCCP", append([]byte("p\x00\x00"), deflated(profile)...)),
		} {
			small, _ := madePreviews(t, file)
			for _, got := range []image.Image{small, picture(t, file)} {
				pixel := color.NRGBAModel.Convert(got.At(32, 32)).(color.NRGBA)
				require.InDelta(t, c.srg.R, pixel.R, 4, "%s %s: %v", name, kind, pixel)
				require.InDelta(t, c.srg.G, pixel.G, 4, "%s %s: %v", name, kind, pixel)
				require.InDelta(t, c.srg.B, pixel.B, 4, "%s %s: %v", name, kind, pixel)
			}
		}
	}
}

// What is no profile, or of another kind, changes nothing.
func TestBrokenICCProfiles(t *testing.T) {
	whole := profileOf(displayP3, p3Curve)
	require.NotNil(t, readColours(whole))
	for end := range whole {
		readColours(whole[:end])
		require.Nil(t, readColours(whole[:min(end, 200)]))
	}
	for at := range whole {
		broken := bytes.Clone(whole)
		broken[at] = 0xff
		if c := readColours(broken); c != nil {
			c.convert(image.NewRGBA(image.Rect(0, 0, 2, 2)))
		}
	}
}
