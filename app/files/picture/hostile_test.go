package picture

import (
	"bytes"
	"compress/zlib"
	"image"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// inflating is a zlib stream of so many zeros.
func inflating(n int64) []byte {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	_, err := io.CopyN(z, zeros{}, n)
	must(err)
	must(z.Close())
	return b.Bytes()
}

func deflated(p []byte) []byte {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	_, err := z.Write(p)
	must(err)
	must(z.Close())
	return b.Bytes()
}

// beforeEnd puts parts before the last bytes of a file.
func beforeEnd(file []byte, end int, part []byte, times int) []byte {
	at := len(file) - end
	return slices.Concat(file[:at], bytes.Repeat(part, times), file[at:])
}

func afterStart(file []byte, start int, part []byte, times int) []byte {
	return slices.Concat(file[:start], bytes.Repeat(part, times), file[start:])
}

const (
	pngStart = 8 + 25
	pngEnd   = 12
)

// hostile are files that cost a decoder much more than they cost their sender.
func hostile() map[string][]byte {
	square := quarters(64, 64)
	text, empty := chunk("tEXt", nil), chunk("IDAT", nil)
	gif := animated(image.Pt(9, 9), image.Rect(0, 0, 9, 9))
	frame := []byte{0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x4c, 1, 0}
	return map[string][]byte{
		"a PNG of two million empty texts":   afterStart(pngOf(square), pngStart, text, 2_000_000),
		"an avatar of 200,000 chunks":        afterStart(pngOf(square), pngStart, text, 200_000),
		"a PNG of many chunks at its end":    beforeEnd(pngOf(square), pngEnd, text, 200_000),
		"a PNG of empty pixels":              beforeEnd(pngOf(square), pngEnd, empty, 200_000),
		"a PNG of unknown chunks":            afterStart(pngOf(square), pngStart, chunk("abCd", []byte("x")), 200_000),
		"a JPEG of empty comments":           afterStart(jpegOf(square), 2, []byte{0xff, 0xfe, 0, 2}, 1_000_000),
		"a JPEG of tables":                   afterStart(jpegOf(square), 2, []byte{0xff, 0xdb, 0, 2}, 1_000_000),
		"a JPEG of many scans":               flatJPEG{w: 4000, h: 4000, sampling: []byte{0x11}, adobe: -1, levels: []int{0}, progressive: true, scans: 5000}.bytes(),
		"a GIF of many frames":               beforeEnd(gif, 1, frame, 200_000),
		"a GIF of many comments":             beforeEnd(gif, 1, []byte{0x21, 0xfe, 0}, 200_000),
		"a WebP of many chunks":              riff(bytes.Repeat(riffChunk("JUNK", nil), 200_000)),
		"a WebP of many frames":              riff(riffChunk("VP8X", []byte{2, 0, 0, 0, 9, 0, 0, 9, 0, 0}), bytes.Repeat(riffChunk("ANMF", make([]byte, 16)), 200_000)),
		"a WebP of many chunks in its frame": riff(riffChunk("VP8X", []byte{2, 0, 0, 0, 9, 0, 0, 9, 0, 0}), riffChunk("ANMF", append(make([]byte, 16), bytes.Repeat(riffChunk("JUNK", nil), 200_000)...))),
	}
}

// However many parts a file has, they are counted before a decoder sees them.
func TestHostilePicturesAreNotDecoded(t *testing.T) {
	for name, file := range hostile() {
		t.Run(name, func(t *testing.T) {
			_, err := readHead(bytes.NewReader(file))
			require.ErrorIs(t, err, ErrNotPicture)
			require.ErrorIs(t, err, errManyParts)
		})
	}
}

// reads counts how often a file is read: each time costs a call of the system.
type reads struct {
	*bytes.Reader
	n int
}

func (r *reads) Read(p []byte) (int, error) {
	r.n++
	return r.Reader.Read(p)
}

// What is allowed does not reach the decoder if it is no pixels, and is read in large pieces.
func TestDecodersGetPixelsOnly(t *testing.T) {
	square := quarters(64, 64)
	bomb := append([]byte("p\x00\x00"), inflating(1<<30)...)
	require.Less(t, len(bomb), 2<<20, "premise")
	for name, file := range map[string][]byte{
		"a PNG of texts":               afterStart(pngOf(square), pngStart, chunk("tEXt", []byte("secret")), 9000),
		"a PNG with large texts":       afterStart(pngOf(square), pngStart, chunk("zTXt", append([]byte("secret\x00\x00"), bomb...)), 5),
		"a PNG with a bomb of colours": withChunk(withChunk(pngOf(square), "iCCP", bomb), "tEXt", []byte("secret")),
		"a JPEG of comments":           afterStart(jpegOf(square), 2, append([]byte{0xff, 0xfe, 0, 8}, "secret"...), 1500),
		"a GIF of comments":            beforeEnd(animated(image.Pt(9, 9), image.Rect(0, 0, 9, 9)), 1, append([]byte{0x21, 0xfe, 6}, "secret\x00"...), 9000),
	} {
		t.Run(name, func(t *testing.T) {
			counted := &reads{Reader: bytes.NewReader(file)}
			h, err := readHead(counted)
			require.NoError(t, err)
			require.Empty(t, h.profile)
			decoded, err := io.ReadAll(h.still(counted))
			require.NoError(t, err)
			require.NotContains(t, string(decoded), "secret")
			counted.n = 0
			_, err = ReadSquares(t.Context(), counted)
			require.NoError(t, err)
			require.Less(t, counted.n, 40+len(file)/(8<<10), "%d bytes", len(file))
			_, err = readMeasured(t, file)
			require.NoError(t, err)
		})
	}
}

// Only the first picture of an animation is decoded, however many there are.
func TestOnlyTheFirstFrameIsDecoded(t *testing.T) {
	gif := animated(image.Pt(9, 9), image.Rect(0, 0, 9, 9))
	bad := append([]byte{0x2c, 0, 0, 0, 0, 9, 0, 9, 0, 0, 2, 9}, strings.Repeat("x", 9)...)
	file := beforeEnd(gif, 1, append(bad, 0), 50_000)
	h, err := readHead(bytes.NewReader(file))
	require.NoError(t, err)
	require.Equal(t, 50_001, h.frames)
	picture(t, file)
}
