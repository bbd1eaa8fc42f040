package picture

import (
	"encoding/binary"
	"image"
	"slices"

	"dchat/app/files/heif"
)

// heifMain is what a HEIC or AVIF says about its main picture.
type heifMain struct {
	codec     string          // the kind of its items: hvc1, av01, or none that can be decoded
	coded     image.Rectangle // as it lies in the file
	crop      image.Rectangle // what of it is to be seen
	turn      int             // how that is turned, as in EXIF
	profile   []byte
	colours   heif.Colours
	primaries int // of colours, by ITU-T H.273
}

// readProperties takes all that is said of items, and what of it is said of the main picture.
func (m *heifMeta) readProperties(data []byte) {
	boxes(data, 0, func(kind string, data []byte, _ int64) {
		switch kind {
		case "ipco":
			boxes(data, 0, func(kind string, data []byte, _ int64) {
				m.properties = append(m.properties, heifProperty{kind, data})
			})
		case "ipma":
			m.readBelonging(data)
		}
	})
}

func (m *heifMeta) readBelonging(data []byte) {
	n := numbers{data}
	version := n.next(4)
	wide, bytes, mask := 2, 1, uint64(1<<7-1)
	if version>>24 > 0 {
		wide = 4
	}
	if version&1 > 0 {
		bytes, mask = 2, 1<<15-1
	}
	for items := n.next(4); items > 0 && len(n.p) > 0; items-- {
		item := uint32(n.next(wide))
		for count := n.next(1); count > 0 && len(n.p) > 0; count-- {
			if property := n.next(bytes) & mask; item == m.primary {
				m.belong = append(m.belong, uint16(property))
			}
		}
	}
}

// main puts together what is said of the main picture.
func (m *heifMeta) main() heifMain {
	p := heifMain{codec: m.codec(), turn: 1}
	for _, i := range m.belong {
		if i == 0 || int(i) > len(m.properties) {
			continue
		}
		switch property := m.properties[i-1]; property.kind {
		case "ispe":
			p.size(property.data)
		case "clap":
			p.cut(property.data)
		case "irot":
			p.rotate(property.data)
		case "imir":
			p.mirror(property.data)
		case "colr":
			p.colour(property.data)
		}
	}
	return p
}

// codec is the kind of the main picture, or of the parts that it is put together of.
func (m *heifMeta) codec() string {
	known := []string{"hvc1", "av01"}
	kind := m.kinds[m.primary]
	if slices.Contains([]string{"grid", "iovl", "iden"}, kind) {
		for _, part := range m.kinds {
			if slices.Contains(known, part) {
				return part
			}
		}
	}
	if slices.Contains(known, kind) {
		return kind
	}
	return ""
}

func (p *heifMain) size(data []byte) {
	n := numbers{data}
	n.next(4)
	width, height := n.next(4), n.next(4)
	if width < 1<<16 && height < 1<<16 {
		p.coded = image.Rect(0, 0, int(width), int(height))
		p.crop = p.coded
	}
}

// cut takes what is to be seen of the picture: a size and how far its middle is from that of the whole, as fractions.
func (p *heifMain) cut(data []byte) {
	n := numbers{data}
	var v [4]int
	for i := range v {
		above, below := int32(n.next(4)), int32(n.next(4))
		if below <= 0 {
			return
		}
		v[i] = int(above) * 2 / int(below) // in halves
	}
	left := (p.coded.Dx()*2 - v[0] + 2*v[2]) / 4
	top := (p.coded.Dy()*2 - v[1] + 2*v[3]) / 4
	if r := image.Rect(left, top, left+v[0]/2, top+v[1]/2); v[0] > 0 && v[1] > 0 && !r.Empty() && r.In(p.coded) {
		p.crop = r
	}
}

// quarterTurned and inMirror say what becomes of an orientation that is turned by a quarter, or seen in a mirror.
var (
	quarterTurned = [9]int{0, 6, 7, 8, 5, 2, 3, 4, 1}
	inMirror      = [9]int{0, 2, 1, 4, 3, 6, 5, 8, 7}
)

// rotate turns by so many quarters the other way.
func (p *heifMain) rotate(data []byte) {
	if len(data) > 0 {
		for range 4 - data[0]&3 {
			p.turn = quarterTurned[p.turn]
		}
	}
}

func (p *heifMain) mirror(data []byte) {
	if len(data) == 0 {
		return
	}
	p.turn = inMirror[p.turn]
	if data[0]&1 == 0 { // top and bottom
		p.turn = quarterTurned[quarterTurned[p.turn]]
	}
}

func (p *heifMain) colour(data []byte) {
	if len(data) < 4 {
		return
	}
	switch kind, data := string(data[:4]), data[4:]; {
	case (kind == "prof" || kind == "rICC") && p.profile == nil && len(data) < maxProfile:
		p.profile = data
	case kind == "nclx" && len(data) >= 7:
		p.primaries = int(binary.BigEndian.Uint16(data))
		p.colours = heif.Colours{Matrix: int(binary.BigEndian.Uint16(data[4:])), Limited: data[6]&0x80 == 0}
	}
}
