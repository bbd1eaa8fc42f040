package files

import "encoding/binary"

// heifMeta is what a HEIC or AVIF says about its items.
type heifMeta struct {
	at, size int64 // of the box in the file; of the file
	about    map[uint32]string
	places   []heifPlace
	idat     int64 // where the items lie that are in the box itself

	profile       []byte
	width, height int // of the largest image
}

// heifPlace is where a part of an item is.
type heifPlace struct {
	item          uint32
	inside        bool // the box itself
	start, length int64
}

// read walks through the box. What it cannot read it leaves out.
func (m *heifMeta) read(data []byte) {
	m.about = map[uint32]string{}
	if len(data) < 4 {
		return
	}
	boxes(data[4:], m.at+4, func(kind string, data []byte, at int64) {
		switch kind {
		case "iinf":
			m.readInfo(data, at)
		case "iloc":
			m.readPlaces(data)
		case "idat":
			m.idat = at
		case "iprp":
			boxes(data, at, m.readProperties)
		}
	})
}

// readInfo finds the items that are about a picture: EXIF, and XMP and other texts.
func (m *heifMeta) readInfo(data []byte, at int64) {
	skip := 6
	if len(data) > 0 && data[0] > 0 {
		skip = 8
	}
	if len(data) < skip {
		return
	}
	boxes(data[skip:], at+int64(skip), func(kind string, data []byte, _ int64) {
		if kind != "infe" || len(data) < 12 || data[0] < 2 {
			return
		}
		id, rest := uint32(binary.BigEndian.Uint16(data[4:])), data[8:]
		if data[0] > 2 {
			id, rest = binary.BigEndian.Uint32(data[4:]), data[10:]
		}
		if len(rest) < 4 {
			return
		}
		if kind := string(rest[:4]); kind == "Exif" || kind == "mime" || kind == "uri " {
			m.about[id] = kind
		}
	})
}

// numbers reads numbers one after the other.
type numbers struct{ p []byte }

// next reads one of so many bytes; 0 of none, or after the end.
func (n *numbers) next(bytes int) (v uint64) {
	if len(n.p) < bytes {
		n.p = nil
		return 0
	}
	for _, b := range n.p[:bytes] {
		v = v<<8 | uint64(b)
	}
	n.p = n.p[bytes:]
	return v
}

func (m *heifMeta) readPlaces(data []byte) {
	n := numbers{data}
	version := n.next(1)
	n.next(3)
	sizes := n.next(2)
	offset, length, base, index := int(sizes>>12), int(sizes>>8&15), int(sizes>>4&15), int(sizes&15)
	wide := 2
	if version == 2 {
		wide = 4
	}
	if version == 0 {
		index = 0
	}
	for items := n.next(wide); items > 0 && len(n.p) > 0; items-- {
		p := heifPlace{item: uint32(n.next(wide))}
		method := uint64(0)
		if version > 0 {
			method = n.next(2) & 15
		}
		n.next(2)
		from := n.next(base)
		for extents := n.next(2); extents > 0 && len(n.p) > 0; extents-- {
			n.next(index)
			p.inside, p.start, p.length = method == 1, int64(from+n.next(offset)), int64(n.next(length))
			if method < 2 {
				m.places = append(m.places, p)
			}
		}
	}
}

// readProperties takes the size and the colours.
func (m *heifMeta) readProperties(kind string, data []byte, at int64) {
	switch {
	case kind == "ipco":
		boxes(data, at, m.readProperties)
	case kind == "ispe" && len(data) >= 12:
		width, height := binary.BigEndian.Uint32(data[4:]), binary.BigEndian.Uint32(data[8:])
		if width < 1<<16 && height < 1<<16 && int(width)*int(height) > m.width*m.height {
			m.width, m.height = int(width), int(height)
		}
	case kind == "colr" && len(data) > 4 && (string(data[:4]) == "prof" || string(data[:4]) == "rICC") && m.profile == nil && len(data) < maxProfile:
		m.profile = data[4:]
	}
}

// blank are the places of items that are about a picture.
func (m *heifMeta) blank() (list []span) {
	for _, p := range m.places {
		kind, about := m.about[p.item]
		if p.inside {
			p.start += m.idat
		}
		if !about || p.inside && m.idat == 0 || p.start < 0 || p.length < 0 || p.start > m.size {
			continue
		}
		if p.length == 0 {
			p.length = m.size - p.start // all that follows, by the standard
		}
		list = append(list, blankItem(kind, p.start, min(p.length, m.size-p.start))...)
	}
	return list
}
