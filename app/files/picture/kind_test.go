package picture

import (
	"bytes"
	"encoding/binary"
	"image"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// inMemory is a files.File whose size may be a lie.
type inMemory struct {
	*bytes.Reader
	size int64
}

func (f inMemory) Size() int64        { return f.size }
func (f inMemory) ModTime() time.Time { return time.Time{} }
func (f inMemory) Close() error       { return nil }

func kindOf(t *testing.T, content []byte) Kind {
	t.Helper()
	kind, err := ReadKind(inMemory{bytes.NewReader(content), int64(len(content))})
	require.NoError(t, err)
	return kind
}

// box is a piece of an MP4.
func box(name string, data string) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(8+len(data)))
	return append(append(b, name...), data...)
}

// The type comes from what is in a file. What browsers play has a type of audio or video, and nothing
// else has one.
func TestKinds(t *testing.T) {
	film := box("ftyp", "isom\x00\x00\x02\x00isomiso2avc1mp41")
	for name, c := range map[string]struct {
		content []byte
		want    string
	}{
		"nothing":            {nil, "text/plain"},
		"a text":             {[]byte("hello\n"), "text/plain"},
		"bytes":              {[]byte{0, 1, 2, 3, 0xfe}, unknown},
		"a page":             {[]byte("<!doctype html><script>alert(1)</script>"), "text/html"},
		"an SVG":             {[]byte(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script/></svg>`), "image/svg+xml"},
		"a PDF":              {[]byte("%PDF-1.7\n1 0 obj"), "application/pdf"},
		"an archive":         {[]byte("PK\x03\x04\x14\x00\x00\x00\x08\x00"), "application/zip"},
		"a HEIC":             {box("ftyp", "heic\x00\x00\x00\x00mif1heic"), "image/heic"},
		"an MP4":             {film, "video/mp4"},
		"an iPhone's film":   {box("ftyp", "qt  \x00\x00\x00\x00qt  "), "video/quicktime"},
		"an MP4 of sound":    {box("ftyp", "M4A \x00\x00\x00\x00M4A mp42isom"), "audio/mp4"},
		"an MP3":             {[]byte("ID3\x04\x00\x00\x00\x00\x00\x0bTIT2"), "audio/mpeg"},
		"an Ogg of sound":    {append([]byte("OggS\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x13"), "OpusHead\x01\x02"...), "audio/ogg"},
		"a WAV":              {[]byte("RIFF\x24\x00\x00\x00WAVEfmt "), "audio/wav"},
		"a FLAC":             {[]byte("fLaC\x00\x00\x00\x22"), "audio/flac"},
		"a WebM":             {[]byte("\x1aE\xdf\xa3\x01\x00\x00\x00\x00\x00\x00\x1f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04\x42\xf3\x81\x08\x42\x82\x84webm"), "video/webm"},
		"an AVI":             {[]byte("RIFF\x24\x00\x00\x00AVI LIST"), unknown},
		"a MIDI":             {[]byte("MThd\x00\x00\x00\x06\x00\x01"), unknown},
		"a script in an MP4": {append(film, "<script>alert(1)</script>"...), "video/mp4"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, Kind{Type: c.want}, kindOf(t, c.content))
		})
	}
}

func TestSizesOfImages(t *testing.T) {
	for orientation := 1; orientation <= 8; orientation++ {
		stored := jpegOf(turned(quarters(300, 200), orientation))
		require.Equal(t, Kind{Type: "image/jpeg", Width: 300, Height: 200}, kindOf(t, withExif(stored, binary.BigEndian, orientation)), "as it is seen, whichever way the camera was held")
	}
	require.Equal(t, Kind{Type: "image/png", Width: 20_000, Height: 1}, kindOf(t, pngOf(quarters(20_000, 1))))
	require.Equal(t, Kind{Type: "image/gif", Width: 150, Height: 70}, kindOf(t, animated(image.Pt(150, 70), image.Rect(9, 9, 10, 10))))
	require.Equal(t, Kind{Type: "image/webp", Width: 70, Height: 30}, kindOf(t, losslessWebP(70, 30, green)))
	require.Equal(t, Kind{Type: "image/apng", Width: 40, Height: 30}, kindOf(t, withChunk(pngOf(quarters(40, 30)), "acTL", make([]byte, 8))))

	require.Equal(t, Kind{Type: "image/png"}, kindOf(t, blankPNG(20_000, 20_000, 8, 0, 0, 100)), "too many pixels to be looked at")
	require.Equal(t, Kind{Type: "image/jpeg"}, kindOf(t, []byte("\xff\xd8\xff\xe0")), "no more than a beginning")
	huge, err := ReadKind(inMemory{bytes.NewReader(pngOf(quarters(40, 30))), MaxImageBytes + 1})
	require.NoError(t, err)
	require.Equal(t, Kind{Type: "image/png"}, huge)
}

// However long the beginning of a file goes on, looking at it ends.
func TestEndlessHeaders(t *testing.T) {
	segment := append([]byte{0xff, 0xe2, 0xff, 0xff}, make([]byte, 65_533)...)
	content := append([]byte{0xff, 0xd8}, bytes.Repeat(segment, 1000)...)
	require.Equal(t, Kind{Type: "image/jpeg"}, kindOf(t, content))
	require.Equal(t, "text/plain", kindOf(t, []byte(strings.Repeat("x", 1_000_000))).Type)
}
