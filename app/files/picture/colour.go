package picture

import (
	"encoding/binary"
	"image"
	"math"
)

// colours converts pixels from an ICC profile of three primaries to sRGB.
type colours struct {
	linear [3][256]float64
	matrix [3][3]float64 // from the profile's primaries to those of sRGB, both linear
}

// fromD50 are the primaries of sRGB, seen by the light that profiles go by.
var fromD50 = [3][3]float64{
	{3.1341359, -1.6173863, -0.4906619},
	{-0.9787955, 1.9162543, 0.0334427},
	{0.0719554, -0.2289769, 1.4053860},
}

// readColours reads a profile, nil if it is of another kind.
func readColours(profile []byte) *colours {
	if len(profile) < 132 || string(profile[16:20]) != "RGB " || string(profile[20:24]) != "XYZ " {
		return nil
	}
	c := &colours{}
	var primaries [3][3]float64
	for i, name := range []string{"r", "g", "b"} {
		place, curve := profileTag(profile, name+"XYZ"), profileTag(profile, name+"TRC")
		if len(place) < 20 || !readCurve(curve, &c.linear[i]) {
			return nil
		}
		for j := range 3 {
			primaries[j][i] = fixed(place[8+4*j:])
		}
	}
	for i := range 3 {
		for j := range 3 {
			for k := range 3 {
				c.matrix[i][j] += fromD50[i][k] * primaries[k][j]
			}
		}
	}
	return c
}

func fixed(p []byte) float64 { return float64(int32(binary.BigEndian.Uint32(p))) / 65536 }

// profileTag is a part of a profile, nil if it has none of that name.
func profileTag(profile []byte, name string) []byte {
	for i := range min(int(binary.BigEndian.Uint32(profile[128:])), 100) {
		at := 132 + 12*i
		if at+12 > len(profile) {
			return nil
		}
		start, length := int(binary.BigEndian.Uint32(profile[at+4:])), int(binary.BigEndian.Uint32(profile[at+8:]))
		if string(profile[at:at+4]) == name && start+length <= len(profile) {
			return profile[start : start+length]
		}
	}
	return nil
}

// readCurve fills in how much light each value is.
func readCurve(p []byte, linear *[256]float64) bool {
	if len(p) < 12 {
		return false
	}
	var curve func(float64) float64
	count := int(binary.BigEndian.Uint32(p[8:]))
	switch kind := string(p[:4]); {
	case kind == "curv" && count == 0:
		curve = func(x float64) float64 { return x }
	case kind == "curv" && count == 1 && len(p) >= 14:
		gamma := float64(binary.BigEndian.Uint16(p[12:])) / 256
		curve = func(x float64) float64 { return math.Pow(x, gamma) }
	case kind == "curv" && count > 1 && count <= 1<<16 && len(p) >= 12+2*count:
		curve = func(x float64) float64 {
			at := x * float64(count-1)
			i := min(int(at), count-2)
			low, high := binary.BigEndian.Uint16(p[12+2*i:]), binary.BigEndian.Uint16(p[14+2*i:])
			return (float64(low) + (at-float64(i))*(float64(high)-float64(low))) / 65535
		}
	case kind == "para":
		if curve = parametric(p); curve == nil {
			return false
		}
	default:
		return false
	}
	for i := range linear {
		linear[i] = curve(float64(i) / 255)
	}
	return true
}

// parametric is a curve that is given by a formula, of the first four kinds.
func parametric(p []byte) func(float64) float64 {
	kind := binary.BigEndian.Uint16(p[8:])
	counts := []int{1, 3, 4, 5}
	if int(kind) >= len(counts) || len(p) < 12+4*counts[kind] {
		return nil
	}
	v := [5]float64{1, 1, 0, 0, math.Inf(-1)} // g, a, b, c, d
	for i := range counts[kind] {
		v[i] = fixed(p[12+4*i:])
	}
	g, a, b, c, d := v[0], v[1], v[2], v[3], v[4]
	return func(x float64) float64 {
		switch {
		case kind == 3 && x < d:
			return c * x
		case (kind == 1 || kind == 2) && a*x+b < 0:
			return c
		case kind == 2:
			return math.Pow(a*x+b, g) + c
		}
		return math.Pow(max(a*x+b, 0), g)
	}
}

// convert converts the colours of an opaque picture.
func (c *colours) convert(m *image.RGBA) {
	for i := 0; i+3 < len(m.Pix); i += 4 {
		r, g, b := c.linear[0][m.Pix[i]], c.linear[1][m.Pix[i+1]], c.linear[2][m.Pix[i+2]]
		for j := range 3 {
			m.Pix[i+j] = standard(c.matrix[j][0]*r + c.matrix[j][1]*g + c.matrix[j][2]*b)
		}
	}
}

// standard is an amount of light as sRGB writes it.
func standard(light float64) byte {
	if !(light > 0) { // nor a number, by a broken profile
		return 0
	}
	return standardTable[int(min(light, 1)*4095+0.5)]
}

var standardTable = func() (table [4096]byte) {
	for i := range table {
		v := float64(i) / 4095
		if v <= 0.0031308 {
			v *= 12.92
		} else {
			v = 1.055*math.Pow(v, 1/2.4) - 0.055
		}
		table[i] = byte(v*255 + 0.5)
	}
	return table
}()

// inColour turns the colours of a picture as its profile says, or else its primaries.
func (h *head) inColour(m *image.RGBA) *image.RGBA {
	c := readColours(h.profile)
	if matrix, wide := widePrimaries[h.main.primaries]; wide && h.profile == nil {
		c = &colours{linear: [3][256]float64{standardLight, standardLight, standardLight}, matrix: matrix}
	}
	if c != nil {
		c.convert(m)
	}
	return m
}

// widePrimaries are matrices from other primaries to those of sRGB, by the numbers of ITU-T H.273.
var widePrimaries = map[int][3][3]float64{
	9:  {{1.6605, -0.5876, -0.0728}, {-0.1246, 1.1329, -0.0083}, {-0.0182, -0.1006, 1.1187}}, // BT.2020
	12: {{1.2249, -0.2247, 0}, {-0.0420, 1.0419, 0}, {-0.0197, -0.0786, 1.0979}},             // Display P3
}

// standardLight is how much light each value of sRGB is.
var standardLight = func() (linear [256]float64) {
	for i := range linear {
		v := float64(i) / 255
		if v <= 0.04045 {
			linear[i] = v / 12.92
		} else {
			linear[i] = math.Pow((v+0.055)/1.055, 2.4)
		}
	}
	return linear
}()
