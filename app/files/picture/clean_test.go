package picture

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"

	"dchat/app/files"

	"github.com/stretchr/testify/require"
	"golang.org/x/image/webp"
)

// cleaned is what others get of a file.
func cleaned(t *testing.T, file []byte) []byte {
	t.Helper()
	d := newDisk(t, t.TempDir())
	blob, err := d.Put(t.Context(), files.NewName(), bytes.NewReader(file))
	require.NoError(t, err)
	clean, err := Clean(t.Context(), d, blob)
	require.NoError(t, err)
	got := read(t, d, clean.Name)
	require.EqualValues(t, len(got), clean.Size)
	require.Equal(t, file, read(t, d, blob.Name), "the original is the caller's")
	return got
}

// secretSegments are what cameras, phones and programs write into a JPEG.
func secretJPEG(m image.Image, orientation int) []byte {
	file := withExif(jpegOf(m), binary.BigEndian, orientation)
	for _, s := range []struct {
		marker byte
		data   string
	}{
		{0xe1, "http://ns.adobe.com/xap/1.0/\x00<x:xmpmeta>" + secretPlace},
		{0xe1, "http://ns.adobe.com/xmp/extension/\x00" + secretPlace},
		{0xe2, "MPF\x00" + secretPlace},
		{0xe3, "Meta\x00" + secretPlace},
		{0xec, "Ducky" + secretPlace},
		{0xed, "Photoshop 3.0\x008BIM\x04\x04" + secretPlace},
		{0xef, secretPlace},
		{0xfe, "Comment " + secretPlace},
		{0xe0, "JFXX\x00\x10" + secretPlace},
	} {
		file = withSegment(file, s.marker, []byte(s.data))
	}
	return append(file, "\x00\x00\x00\x18ftypmp42 the film of a moving photo "+secretPlace...)
}

// jpegPixels are the pixels of a JPEG, and how it is turned.
func jpegPixels(t *testing.T, file []byte) (image.Image, int) {
	t.Helper()
	m, err := jpeg.Decode(bytes.NewReader(file))
	require.NoError(t, err)
	h, err := readHead(bytes.NewReader(file))
	require.NoError(t, err)
	return m, h.orientation
}

// Whichever way the camera was held, the photo keeps every pixel and stays upright, and loses all that is said of it.
func TestCleanJPEGRemovesLocation(t *testing.T) {
	for orientation := 1; orientation <= 8; orientation++ {
		file := secretJPEG(turned(quarters(90, 60), orientation), orientation)
		got := cleaned(t, file)
		for _, secret := range []string{secretPlace, "xmpmeta", "Photoshop", "MPF", "Meta", "Ducky", "ftyp", "JFXX"} {
			require.Contains(t, string(file), secret, "premise")
			require.NotContains(t, string(got), secret)
		}
		before, turn := jpegPixels(t, file)
		require.Equal(t, orientation, turn, "premise")
		after, turn := jpegPixels(t, got)
		require.Equal(t, orientation, turn)
		require.Equal(t, before, after)
		requireUpright(t, picture(t, got))
		require.Equal(t, got, cleaned(t, got), "nothing more to lose")
	}
}

// What colours need stays.
func TestCleanJPEGKeepsColours(t *testing.T) {
	profile := []byte("ICC_PROFILE\x00\x01\x01" + strings.Repeat("colours", 100))
	adobe := append([]byte("Adobe\x00\x64\x00\x00\x00\x00"), 1)
	file := withSegment(withSegment(secretJPEG(quarters(9, 9), 1), 0xe2, profile), 0xee, adobe)
	got := cleaned(t, file)
	require.Contains(t, string(got), string(profile))
	require.Contains(t, string(got), string(adobe))
	require.NotContains(t, string(got), secretPlace)

	m := pngOf(quarters(9, 9))
	for _, kept := range []string{"gAMA", "cHRM", "sRGB", "iCCP", "cICP", "tRNS", "pHYs", "acTL", "fcTL", "fdAT"} {
		m = withChunk(m, kept, []byte("kept "+kept))
	}
	require.Equal(t, m, cleaned(t, m))
}

func TestCleanPNGRemovesLocation(t *testing.T) {
	plain := pngOf(quarters(30, 20))
	for orientation := 1; orientation <= 8; orientation += 5 {
		file := plain
		for _, name := range []string{"tEXt", "zTXt", "iTXt", "tIME", "eXIf", "dSIG", "caBX", "prVt"} {
			data := []byte("XML:com.adobe.xmp\x00" + secretPlace)
			if name == "eXIf" {
				data = exif(binary.LittleEndian, orientation)
			}
			file = withChunk(beforeEnd(file, pngEnd, chunk(name, data), 1), name, data)
		}
		file = append(file, "what was cropped away "+secretPlace...)
		got := cleaned(t, file)
		require.NotContains(t, string(got), secretPlace)
		require.NotContains(t, string(got), "cropped")
		h, err := readHead(bytes.NewReader(got))
		require.NoError(t, err)
		require.Equal(t, orientation, h.orientation)
		if orientation == 1 {
			require.Equal(t, plain, got)
		}
		want, err := png.Decode(bytes.NewReader(plain))
		require.NoError(t, err)
		m, err := png.Decode(bytes.NewReader(got))
		require.NoError(t, err)
		require.Equal(t, want, m)
	}
}

// An animation moves as it did.
func TestCleanGIFRemovesLocation(t *testing.T) {
	plain := animated(image.Pt(20, 20), image.Rect(0, 0, 20, 20), image.Rect(3, 3, 9, 9), image.Rect(0, 0, 20, 20))
	comment := "\x21\xfe" + string(rune(len(secretPlace))) + secretPlace + "\x00"
	xmp := "\x21\xff\x0bXMP DataXMP" + string(rune(len(secretPlace))) + secretPlace + "\x00"
	file := beforeEnd(plain, 1, []byte(comment+xmp), 1)
	file = append(file, secretPlace...)
	require.Equal(t, 3, bytes.Count(file, []byte(secretPlace)), "premise")
	got := cleaned(t, file)
	require.Equal(t, plain, got)
	all, err := gif.DecodeAll(bytes.NewReader(got))
	require.NoError(t, err)
	require.Len(t, all.Image, 3)
	require.Contains(t, string(got), "NETSCAPE2.0")
}

func TestCleanWebPRemovesLocation(t *testing.T) {
	bare := losslessWebP(30, 20, red)[12:]
	extended := func(flags byte, chunks ...[]byte) []byte {
		return riff(slices.Concat(riffChunk("VP8X", []byte{flags, 0, 0, 0, 29, 0, 0, 19, 0, 0}), slices.Concat(chunks...)))
	}
	profile := riffChunk("ICCP", []byte("colours"))
	file := extended(webpExif|webpXMP|1<<5, profile, bare, riffChunk("EXIF", exif(binary.LittleEndian, 6)), riffChunk("XMP ", []byte(secretPlace)), riffChunk("odd!", []byte(secretPlace+"!")))
	got := cleaned(t, append(file, secretPlace...))
	require.Equal(t, extended(webpExif|1<<5, profile, bare, riffChunk("EXIF", exifOrientation(6))), got)
	_, err := webp.Decode(bytes.NewReader(got))
	require.NoError(t, err)
	h, err := readHead(bytes.NewReader(got))
	require.NoError(t, err)
	require.Equal(t, 6, h.orientation)
	require.Equal(t, extended(1<<5, profile, bare), cleaned(t, extended(webpXMP|1<<5, profile, bare, riffChunk("XMP ", []byte(secretPlace)))))
	require.Equal(t, losslessWebP(30, 20, red), cleaned(t, losslessWebP(30, 20, red)))
}

// boxOf is a part of a HEIC.
func boxOf(kind string, parts ...[]byte) []byte {
	data := slices.Concat(parts...)
	return slices.Concat(binary.BigEndian.AppendUint32(nil, uint32(8+len(data))), []byte(kind), data)
}

// heic is a picture in boxes: its pixels, its EXIF and its XMP, the second of them in the box that speaks of all.
func heic(brand string, pixels, exif, xmp []byte, more ...[]byte) []byte {
	full := func(version byte) []byte { return []byte{version, 0, 0, 0} }
	item := func(id byte, kind, rest string) []byte {
		return boxOf("infe", full(2), []byte{0, id, 0, 0}, []byte(kind), []byte("\x00"+rest))
	}
	build := func(at uint32) []byte {
		place := func(id, method byte, start, length int) []byte {
			return slices.Concat([]byte{0, id, 0, method, 0, 0, 0, 1}, binary.BigEndian.AppendUint32(nil, uint32(start)), binary.BigEndian.AppendUint32(nil, uint32(length)))
		}
		meta := boxOf("meta", full(0),
			boxOf("iinf", full(0), []byte{0, 3}, item(1, "hvc1", ""), item(2, "Exif", ""), item(3, "mime", "application/rdf+xml\x00")),
			boxOf("iloc", full(1), []byte{0x44, 0x00, 0, 3}, place(1, 0, int(at), len(pixels)), place(2, 0, int(at)+len(pixels), len(exif)), place(3, 1, 0, len(xmp))),
			boxOf("iprp", boxOf("ipco", boxOf("ispe", full(0), []byte{0, 0, 0, 40, 0, 0, 0, 30}), boxOf("irot", []byte{1}))),
			boxOf("idat", xmp))
		return slices.Concat(boxOf("ftyp", []byte(brand), full(0), []byte("mif1")), meta)
	}
	head := build(0)
	return slices.Concat(build(uint32(len(head)+8)), boxOf("mdat", pixels, exif), slices.Concat(more...))
}

func TestCleanHEICRemovesLocation(t *testing.T) {
	pixels := bytes.Repeat([]byte("pixels"), 1000)
	data := append([]byte{0, 0, 0, 0}, exif(binary.BigEndian, 6)...)
	file := heic("heic", pixels, data, []byte("<x:xmpmeta>"+secretPlace), boxOf("mpvd", []byte("a film of "+secretPlace)), boxOf("uuid", []byte(secretPlace)))
	require.Equal(t, 4, bytes.Count(file, []byte(secretPlace)), "premise")
	got := cleaned(t, file)
	require.NotContains(t, string(got), secretPlace)
	require.Len(t, got, len(file), "what is kept stands where it stood")
	require.Contains(t, string(got), string(pixels))
	require.Contains(t, string(got), "irot", "how it is turned stays")
	require.Contains(t, string(got), string(nothingInExif))
	require.Equal(t, got, cleaned(t, got))
	require.Equal(t, cleaned(t, heic("avif", pixels, data, []byte(secretPlace)))[20:], cleaned(t, heic("mif1", pixels, data, []byte(secretPlace)))[20:])
}

// What is no picture keeps every byte, and so does a picture with nothing to lose.
func TestCleanKeepsOtherFiles(t *testing.T) {
	film := heic("isom", []byte("a film"), []byte(secretPlace), []byte(secretPlace))
	random := make([]byte, 100_000)
	for i := range random {
		random[i] = byte(i * i >> 7)
	}
	for name, file := range map[string][]byte{
		"nothing": {}, "a text": []byte("a text of " + secretPlace), "a film": film,
		"a JPEG": jpegOf(quarters(90, 60)), "a PNG": pngOf(quarters(90, 60)), "a GIF": animated(image.Pt(9, 9), image.Rect(0, 0, 9, 9)),
		"a WebP": losslessWebP(9, 9, red), "half a PNG": pngOf(noise(30))[:900], "half a JPEG": jpegOf(noise(30))[:900],
		"a JPEG by name": append([]byte{0xff, 0xd8, 0xff, 0xe0}, random...), "a PNG by name": append([]byte("\x89PNG\r\n\x1a\n"), random...),
		"a GIF by name": append([]byte("GIF89a"), random...), "a WebP by name": append([]byte("RIFF\x00\x10\x00\x00WEBP"), random...),
		"a HEIC by name": append([]byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"), random...),
	} {
		require.True(t, bytes.Equal(file, cleaned(t, file)), name)
	}
}

// What breaks off loses what stands before the break.
func TestCleanBrokenPicturesRemovesLocation(t *testing.T) {
	for name, file := range map[string][]byte{
		"a JPEG of too many scans": withExif(flatJPEG{w: 64, h: 64, sampling: []byte{0x11}, levels: []int{0}, adobe: -1, progressive: true, scans: 300}.bytes(), binary.BigEndian, 1),
		"a PNG":                    append(withChunk(pngOf(quarters(9, 9)), "tEXt", []byte(secretPlace))[:100], strings.Repeat("rubbish", 100)...),
		"half a photo":             withExif(jpegOf(noise(60)), binary.BigEndian, 1)[:4000],
	} {
		require.Contains(t, string(file), secretPlace)
		got := cleaned(t, file)
		require.NotContains(t, string(got), secretPlace, name)
		require.Equal(t, file[len(file)-50:], got[len(got)-50:], name)
	}
}

// However large a photo is, it goes through little memory.
func TestCleanMemory(t *testing.T) {
	big := jpegOf(quarters(64, 64))
	big = withExif(slices.Concat(big[:len(big)-2], make([]byte, 200<<20), big[len(big)-2:]), binary.BigEndian, 6)
	d := newDisk(t, t.TempDir())
	blob, err := d.Put(t.Context(), files.NewName(), bytes.NewReader(big))
	require.NoError(t, err)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	clean, err := Clean(t.Context(), d, blob)
	require.NoError(t, err)
	runtime.ReadMemStats(&after)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20))
	require.Greater(t, clean.Size, int64(200<<20))
	f, err := d.Open(t.Context(), clean.Name)
	require.NoError(t, err)
	defer f.Close()
	head, err := io.ReadAll(io.LimitReader(f, 4096))
	require.NoError(t, err)
	require.NotContains(t, string(head), secretPlace)
}
