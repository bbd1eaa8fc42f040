package picture

import "encoding/binary"

// heifMeta is what a HEIC or AVIF says about its items.
type heifMeta struct {
	at, size int64             // of the box in the file; of the file
	kinds    map[uint32]string // of items
	places   []heifPlace
	idat     int64 // where the items lie that are in the box itself

	primary    uint32
	properties []heifProperty // of all items, in their order
	belong     []uint16       // those of the main picture, from 1
}

// heifProperty is something that is true of items.
type heifProperty struct {
	kind string
	data []byte
}

// heifPlace is where a part of an item is.
type heifPlace struct {
	item          uint32
	inside        bool // the box itself
	start, length int64
}

// read walks through the box. What it cannot read it leaves out.
func (m *heifMeta) read(data []byte) {
	m.kinds = map[uint32]string{}
	if len(data) < 4 {
		return
	}
	var properties []byte
	boxes(data[4:], m.at+4, func(kind string, data []byte, at int64) {
		switch kind {
		case "iinf":
			m.readInfo(data, at)
		case "iloc":
			m.readPlaces(data)
		case "idat":
			m.idat = at
		case "pitm":
			n := numbers{data}
			wide := 2
			if n.next(4)>>24 > 0 {
				wide = 4
			}
			m.primary = uint32(n.next(wide))
		case "iprp":
			properties = data
		}
	})
	m.readProperties(properties)
}

// readInfo finds what kinds of items there are.
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
		m.kinds[id] = string(rest[:4])
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

// blank are the places of items that are about a picture: EXIF, and XMP and other texts.
func (m *heifMeta) blank() (list []span) {
	for _, p := range m.places {
		kind := m.kinds[p.item]
		about := kind == "Exif" || kind == "mime" || kind == "uri "
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
