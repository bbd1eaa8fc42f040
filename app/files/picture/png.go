package picture

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"io"
	"slices"
	"strings"
)

// Encoders that are read in a hurry write chunks of a few thousand bytes.
const (
	smallChunk = 1 << 10
	fewChunks  = 10_000
)

// pngAncillary are the chunks besides the critical ones that pixels, colours and movement need.
const (
	pngAncillary = " tRNS acTL fcTL fdAT gAMA cHRM sRGB iCCP cICP mDCV cLLI sBIT bKGD pHYs "
	pngAbout     = " tEXt zTXt iTXt eXIf tIME " // the picture
)

// walkPNG counts four bytes a pixel, eight of a deep one, and as much again for the passes of an interlaced one.
func walkPNG(w *walk) error {
	w.left = fewChunks + int(w.size/smallChunk)
	w.keep(0, 8)
	if err := w.skip(8); err != nil {
		return err
	}
	for last := ""; last != "IEND"; {
		if err := w.part(); err != nil {
			return err
		}
		start := w.at
		head, err := w.read(8)
		if err != nil {
			if last == "" {
				return broken("no head")
			}
			return ended(err) // half a picture
		}
		length, name := int64(binary.BigEndian.Uint32(head)), string(head[4:])
		if length > 1<<31-1 || !letters(name) || last == "" && (name != "IHDR" || length != 13) {
			return broken("a chunk " + name)
		}
		if w.at+length > w.size && !strings.Contains(pngAncillary+pngAbout, " "+name+" ") && name != "IDAT" {
			return broken("a chunk " + name)
		}
		if err := w.pngChunk(start, name, length); err != nil {
			return ended(err)
		}
		last = name
	}
	return nil
}

func letters(name string) bool {
	return !slices.ContainsFunc([]byte(name), func(c byte) bool { c |= 0x20; return c < 'a' || c > 'z' })
}

func (w *walk) pngChunk(start int64, name string, length int64) error {
	keeps := name[0]&0x20 == 0 || strings.Contains(pngAncillary, " "+name+" ")
	if keeps {
		w.keep(start, min(start+12+length, w.size))
	}
	var data []byte
	var err error
	switch name {
	case "IHDR", "acTL":
		data, err = w.upTo(64, length)
	case "eXIf":
		data, err = w.upTo(maxExif, length)
	case "iCCP":
		data, err = w.upTo(maxProfile, length)
	default:
		err = w.skip(length)
	}
	if err != nil {
		return err
	}
	w.pngData(name, data)
	return w.skip(4)
}

func (w *walk) pngData(name string, data []byte) {
	switch {
	case name == "IHDR" && len(data) == 13:
		w.cost = 4 * int64(binary.BigEndian.Uint32(data)&(1<<31-1)) * int64(binary.BigEndian.Uint32(data[4:])&(1<<31-1))
		if data[8] > 8 {
			w.cost *= 2
		}
		if data[12] != 0 {
			w.cost *= 2
		}
	case name == "acTL" && len(data) >= 4:
		w.frames = int(min(binary.BigEndian.Uint32(data), 1<<20))
	case name == "eXIf":
		before := w.orientation
		if w.turn(data); before == 1 && w.orientation != 1 {
			w.put(pngPart("eXIf", exifOrientation(w.orientation)))
		}
	case name == "iCCP":
		w.profile = inflatedProfile(data)
	}
}

// inflatedProfile is what an iCCP chunk holds, nil if it is nothing or too much.
func inflatedProfile(data []byte) []byte {
	name := bytes.IndexByte(data, 0)
	if name < 0 || len(data) < name+2 {
		return nil
	}
	z, err := zlib.NewReader(bytes.NewReader(data[name+2:]))
	if err != nil {
		return nil
	}
	profile, err := io.ReadAll(io.LimitReader(z, maxProfile+1))
	if err != nil || len(profile) > maxProfile {
		return nil
	}
	return profile
}

func pngPart(name string, data []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	b = append(append(b, name...), data...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}
