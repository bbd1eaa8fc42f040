package picture

import (
	"encoding/binary"
	"slices"
)

const (
	maxMeta  = 4 << 20 // bytes of what a HEIC or AVIF says about its pictures
	maxBoxes = 1000
)

// heifBrands are the first words of pictures in boxes.
var heifBrands = []string{"heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "mif2", "msf1", "avif", "avis", "miaf"}

// heifBoxes are the boxes of a file that pictures need. Others become empty ones of the same size, since offsets go
// from the beginning of the file.
var heifBoxes = []string{"ftyp", "meta", "mdat", "moov", "free", "skip", "idat"}

// heifBox is a part of a HEIC or AVIF.
type heifBox struct {
	kind  string
	start int64 // of its head
	data  int64 // of what is in it
	end   int64
}

// walkHEIF keeps everything in its place. Where EXIF and XMP are, nothing is left.
func walkHEIF(w *walk) error {
	w.left = maxBoxes
	var blank []span
	described := false
	for w.at < w.size {
		if err := w.part(); err != nil {
			return err
		}
		b, err := w.nextBox()
		if err != nil {
			return err
		}
		switch {
		case b.kind == "meta":
			m, err := w.heifMeta(b)
			if err != nil {
				return err
			}
			described = described || len(m.places) > 0
			blank = append(blank, m.blank()...)
			w.describe(m.main())
		case b.kind == "ftyp" && b.start == 0:
			brand, err := w.upTo(4, b.end-b.data)
			if err != nil || !slices.Contains(heifBrands, string(brand)) {
				return broken("no picture")
			}
		case !slices.Contains(heifBoxes, b.kind):
			blank = append(blank, span{start: b.start + 4, length: 4, literal: []byte("free")}, span{start: b.data, length: b.end - b.data, zeros: true})
		}
		if err := w.skip(b.end - w.at); err != nil {
			return ended(err)
		}
	}
	if !described {
		return broken("no picture")
	}
	w.without(blank)
	return nil
}

// heifMeta reads the box that describes the items of the file.
func (w *walk) heifMeta(b heifBox) (m heifMeta, err error) {
	data, err := w.upTo(maxMeta, b.end-b.data)
	if err != nil {
		return m, ended(err)
	}
	m = heifMeta{at: b.data, size: w.size}
	m.read(data)
	return m, nil
}

// nextBox reads the head of the next one.
func (w *walk) nextBox() (heifBox, error) {
	b := heifBox{start: w.at}
	head, err := w.read(8)
	if err != nil {
		return b, broken("half a box")
	}
	length := int64(binary.BigEndian.Uint32(head))
	switch length {
	case 0:
		length = w.size - b.start
	case 1:
		long, err := w.read(8)
		if err != nil || binary.BigEndian.Uint64(long) > 1<<62 {
			return b, broken("half a box")
		}
		length = int64(binary.BigEndian.Uint64(long))
	}
	b.kind, b.data = string(head[4:]), w.at
	if b.end = min(b.start+length, w.size); b.start+length < b.data {
		return b, broken("a box of no size")
	}
	return b, nil
}

// without keeps the whole file, but for these places.
func (w *walk) without(blank []span) {
	slices.SortFunc(blank, func(a, b span) int { return int(min(max(a.start-b.start, -1), 1)) })
	at := int64(0)
	for _, s := range blank {
		if s.start < at || s.length <= 0 || s.start+s.length > w.size {
			continue
		}
		w.keep(at, s.start)
		w.kept = append(w.kept, s)
		at = s.start + s.length
	}
	w.keep(at, w.size)
}

// nothingInExif is EXIF data that say nothing, as boxes hold them: after how many bytes they begin.
var nothingInExif = []byte("\x00\x00\x00\x00MM\x00*\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00")

// blankItem is what stands in the place of an item that is about a picture.
func blankItem(kind string, start, length int64) []span {
	if n := int64(len(nothingInExif)); kind == "Exif" && length >= n {
		return []span{{start: start, length: n, literal: nothingInExif}, {start: start + n, length: length - n, zeros: true}}
	}
	return []span{{start: start, length: length, zeros: true}}
}

// boxes calls each for the boxes in p, whose first byte is the file's at.
func boxes(p []byte, at int64, each func(kind string, data []byte, at int64)) {
	for n := 0; len(p) >= 8 && n < maxBoxes*10; n++ {
		length, head := int64(binary.BigEndian.Uint32(p)), int64(8)
		switch {
		case length == 0:
			length = int64(len(p))
		case length == 1 && len(p) >= 16:
			length, head = int64(min(binary.BigEndian.Uint64(p[8:]), 1<<40)), 16
		}
		if length < head || length > int64(len(p)) {
			return
		}
		each(string(p[4:8]), p[head:length], at+head)
		p, at = p[length:], at+length
	}
}
