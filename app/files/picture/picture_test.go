package picture

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"dchat/app/files"
	"dchat/app/imagesize"

	"github.com/stretchr/testify/require"
)

// picture reads one and returns its square of the largest size. It requires that nothing but pixels
// is in any of them, and that reading took no more memory than was reckoned with.
func picture(t *testing.T, file []byte) image.Image {
	t.Helper()
	p, err := readMeasured(t, file)
	require.NoError(t, err)
	d := newDisk(t, t.TempDir())
	id, err := p.Save(t.Context(), d)
	require.NoError(t, err)
	var m image.Image
	for i, name := range imagesize.Files(id, imagesize.Squares) {
		b := read(t, d, name)
		requireBare(t, b)
		m, err = jpeg.Decode(bytes.NewReader(b))
		require.NoError(t, err)
		require.Equal(t, m.Bounds().Dx(), m.Bounds().Dy())
		require.LessOrEqual(t, m.Bounds().Dx(), imagesize.Squares[i])
		require.GreaterOrEqual(t, m.Bounds().Dx(), 96)
	}
	return m
}

// overhead is what reading takes besides the decoder's memory: strips, squares, scaling, encoding.
const overhead = 40 << 20

func readMeasured(t *testing.T, file []byte) (*Squares, error) {
	t.Helper()
	h, err := readHead(bytes.NewReader(file))
	if err != nil {
		h.cost = 0
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	p, err := ReadSquares(t.Context(), bytes.NewReader(file))
	runtime.ReadMemStats(&after)
	took := int64(after.TotalAlloc - before.TotalAlloc)
	require.LessOrEqual(t, took, h.cost+overhead, "reckoned with %d MB, took %d MB", h.cost>>20, took>>20)
	if err != nil {
		require.LessOrEqual(t, took, h.cost+1<<20, "for nothing")
	}
	return p, err
}

// requireBare requires a JPEG of a head, tables and pixels.
func requireBare(t *testing.T, file []byte) {
	t.Helper()
	for _, secret := range []string{secretPlace, "Exif", "Photoshop", "ICC_", "http", "<", "script"} {
		if len(secret) > 1 {
			require.NotContains(t, string(file), secret)
		}
	}
	require.True(t, bytes.HasPrefix(file, []byte{0xff, 0xd8}))
	for at := 2; ; {
		require.EqualValues(t, 0xff, file[at])
		require.Contains(t, []byte{0xdb, 0xc0, 0xc4, 0xda}, file[at+1], "a segment of another kind")
		if file[at+1] == 0xda {
			break
		}
		at += 2 + int(binary.BigEndian.Uint16(file[at+2:]))
	}
	require.True(t, bytes.HasSuffix(file, []byte{0xff, 0xd9}))
}

// requireColour requires a colour, within what JPEG makes of it, at a place given in quarters.
func requireColour(t *testing.T, want color.NRGBA, m image.Image, x, y int) {
	t.Helper()
	n := m.Bounds().Dx()
	got := color.NRGBAModel.Convert(m.At(x*n/4, y*n/4)).(color.NRGBA)
	for i, w := range []byte{want.R, want.G, want.B} {
		require.InDelta(t, w, []byte{got.R, got.G, got.B}[i], 12, "%v instead of %v", got, want)
	}
}

var (
	red   = color.NRGBA{0xff, 0, 0, 0xff}
	green = color.NRGBA{0, 0xff, 0, 0xff}
	blue  = color.NRGBA{0, 0, 0xff, 0xff}
	white = color.NRGBA{0xff, 0xff, 0xff, 0xff}
	sheet = color.NRGBA{0xfa, 0xfa, 0xf8, 0xff}
)

func requireUpright(t *testing.T, m image.Image) {
	t.Helper()
	requireColour(t, red, m, 1, 1)
	requireColour(t, green, m, 3, 1)
	requireColour(t, blue, m, 1, 3)
	requireColour(t, white, m, 3, 3)
}

// In every orientation the picture is upright, and its location is removed.
func TestRotatedPictures(t *testing.T) {
	for orientation := 1; orientation <= 8; orientation++ {
		for _, size := range []image.Point{{200, 200}, {90, 300}} {
			stored := turned(quarters(size.X, size.Y), orientation)
			requireUpright(t, picture(t, withExif(jpegOf(stored), binary.BigEndian, orientation)))
			requireUpright(t, picture(t, withExif(jpegOf(stored), binary.LittleEndian, orientation)))
			requireUpright(t, picture(t, withChunk(pngOf(stored), "eXIf", exif(binary.LittleEndian, orientation))))
		}
	}
	requireUpright(t, picture(t, withExif(jpegOf(turned(quarters(1600, 1100), 6)), binary.BigEndian, 6)))
	exifChunk := riffChunk("EXIF", exif(binary.LittleEndian, 3))
	picture(t, losslessWebP(30, 30, red, exifChunk))
	h, err := readHead(bytes.NewReader(losslessWebP(30, 30, red, exifChunk)))
	require.NoError(t, err)
	require.Equal(t, 3, h.orientation)
}

// Data about a picture that are broken do not make it worse.
func TestBrokenOrientation(t *testing.T) {
	file := jpegOf(quarters(100, 100))
	whole := exif(binary.BigEndian, 6)
	for end := range whole {
		picture(t, withSegment(file, 0xe1, append([]byte("Exif\x00\x00"), whole[:end]...)))
	}
	for _, odd := range []int{0, 9, 255, 65535} {
		requireUpright(t, picture(t, withSegment(file, 0xe1, append([]byte("Exif\x00\x00"), exif(binary.LittleEndian, odd)...))))
	}
	for _, text := range []string{"", "MM\x00*\xff\xff\xff\xff", "II*\x00\x08\x00\x00\x00\xff\xff", "XX*\x00", "MM\x00*\x00\x00\x00\x00"} {
		require.Equal(t, 1, orientation([]byte(text)))
	}
}

func TestPictureFormats(t *testing.T) {
	deep := image.NewNRGBA64(image.Rect(0, 0, 300, 200))
	for i := range deep.Pix {
		deep.Pix[i] = 0xff
	}
	grey := image.NewGray(image.Rect(0, 0, 300, 200))
	palette := image.NewPaletted(image.Rect(0, 0, 300, 200), color.Palette{blue, color.Transparent})
	for name, c := range map[string]struct {
		file []byte
		want color.NRGBA
		side int
	}{
		"a deep PNG":               {pngOf(deep), white, 200},
		"a grey PNG":               {pngOf(grey), color.NRGBA{A: 0xff}, 200},
		"a PNG with a palette":     {pngOf(palette), blue, 200},
		"an interlaced PNG":        {blankPNG(64, 64, 8, 0, 1, 8*8+8*8+8*4*2+16*16+32*16+32*64+24*1+1000), color.NRGBA{}, 0},
		"a grey JPEG":              {jpegOf(grey), color.NRGBA{A: 0xff}, 200},
		"a grey JPEG by hand":      {flatJPEG{w: 99, h: 300, sampling: []byte{0x11}, levels: []int{127}, adobe: -1}.bytes(), white, 99},
		"a grey JPEG, odd factors": {flatJPEG{w: 99, h: 300, sampling: []byte{0x21}, levels: []int{127}, adobe: -1}.bytes(), white, 99},
		"a JPEG by hand":           {flatJPEG{w: 600, h: 99, sampling: []byte{0x22, 0x11, 0x11}, levels: []int{-52, -43, 127}, adobe: -1}.bytes(), red, 99},
		"a JPEG in RGB":            {flatJPEG{w: 600, h: 99, sampling: []byte{0x11, 0x11, 0x11}, levels: []int{127, -128, -128}, adobe: 0}.bytes(), red, 99},
		"a JPEG in CMYK":           {flatJPEG{w: 200, h: 99, sampling: []byte{0x11, 0x11, 0x11, 0x11}, levels: []int{127, -128, -128, 127}, adobe: 0}.bytes(), red, 99},
		"a JPEG in YCCK":           {flatJPEG{w: 200, h: 99, sampling: []byte{0x22, 0x11, 0x11, 0x22}, levels: []int{-128, 0, 0, 127}, adobe: 2}.bytes(), white, 99},
		"a progressive JPEG":       {flatJPEG{w: 600, h: 599, sampling: []byte{0x22, 0x11, 0x11}, levels: []int{-52, -43, 127}, adobe: -1, progressive: true, scans: 9}.bytes(), red, 512},
		"an animated GIF":          {animated(image.Pt(150, 150), image.Rect(0, 0, 150, 150), image.Rect(0, 0, 150, 150)), red, 150},
		"a GIF with small frames":  {animated(image.Pt(1000, 1000), image.Rect(700, 700, 701, 701), image.Rect(0, 0, 1000, 1000)), sheet, 512},
		"one pixel":                {pngOf(quarters(1, 1)), white, 96},
		"one column":               {pngOf(quarters(1, 20_000)), green, 96},
		"one row":                  {pngOf(quarters(20_000, 1)), blue, 96},
		"a small one":              {pngOf(quarters(300, 300)), red, 300},
		"one that is just so":      {pngOf(quarters(1024, 1024)), red, 512},
		"a transparent one":        {pngOf(image.NewNRGBA(image.Rect(0, 0, 50, 50))), sheet, 96},
		"a WebP":                   {webps["lossy"], color.NRGBA{}, 96},
		"a WebP without loss":      {losslessWebP(700, 300, green), green, 300},
		"a half transparent WebP":  {losslessWebP(700, 300, color.NRGBA{0, 0, 0xff, 0x80}), color.NRGBA{0x7d, 0x7d, 0xfb, 0xff}, 300},
		"a tiny WebP":              {webps["lossless"], color.NRGBA{}, 96},
		"a transparent WebP":       {webps["transparent"], color.NRGBA{}, 96},
	} {
		t.Run(name, func(t *testing.T) {
			if c.side == 0 {
				_, err := readMeasured(t, c.file)
				require.ErrorIs(t, err, ErrNotPicture)
				return
			}
			m := picture(t, c.file)
			require.Equal(t, c.side, m.Bounds().Dx())
			if c.want.A != 0 {
				requireColour(t, c.want, m, 1, 1)
			}
		})
	}
}

// What is a picture may be something else as well. What is served is only a picture.
func TestPolyglots(t *testing.T) {
	const page = "<html><script>alert(document.domain)</script><?php system($_GET[0]) ?>"
	square := quarters(120, 120)
	for name, file := range map[string][]byte{
		"a GIF that is a script":   append([]byte("GIF89a"), append(animated(image.Pt(9, 9), image.Rect(0, 0, 9, 9))[6:], "=1;"+page...)...),
		"a GIF with a comment":     gifWithComment(page),
		"a JPEG with a comment":    withSegment(jpegOf(square), 0xfe, []byte(page)),
		"a JPEG with a page after": append(jpegOf(square), page...),
		"a JPEG with a profile":    withSegment(jpegOf(square), 0xe2, []byte("ICC_PROFILE\x00\x01\x01"+page)),
		"a JPEG with XMP":          withSegment(jpegOf(square), 0xe1, []byte("http://ns.adobe.com/xap/1.0/\x00"+page+secretPlace)),
		"a PNG with texts":         withChunk(withChunk(pngOf(square), "tEXt", []byte("Comment\x00"+page)), "iTXt", []byte("XML:com.adobe.xmp\x00\x00\x00\x00\x00"+secretPlace)),
		"a PNG with an archive":    append(pngOf(square), "PK\x03\x04"+page...),
		"a PNG with EXIF":          withChunk(pngOf(square), "eXIf", exif(binary.BigEndian, 1)),
		"a WebP with XMP":          losslessWebP(50, 50, red, riffChunk("XMP ", []byte(page+secretPlace))),
	} {
		t.Run(name, func(t *testing.T) {
			require.True(t, strings.Contains(string(file), page) || strings.Contains(string(file), secretPlace), "the premise")
			p, err := readMeasured(t, file)
			require.NoError(t, err)
			for _, b := range p.squares {
				requireBare(t, b)
				require.NotContains(t, string(b), "alert")
			}
		})
	}
}

func gifWithComment(text string) []byte {
	file := animated(image.Pt(9, 9), image.Rect(0, 0, 9, 9))
	head := 13
	if file[10]&0x80 != 0 {
		head += 3 << (file[10]&7 + 1)
	}
	comment := append([]byte{0x21, 0xfe, byte(len(text))}, text...)
	return bytes.Join([][]byte{file[:head], comment, {0}, file[head:]}, nil)
}

func TestNonPicturesAreRejected(t *testing.T) {
	square := quarters(40, 40)
	huge := losslessWebP(100, 100, red)
	huge = append([]byte("RIFF\xf0\xff\xff\xff"), huge[8:]...)
	for name, file := range map[string][]byte{
		"nothing":                    {},
		"a letter":                   []byte("a"),
		"a text":                     []byte(strings.Repeat("not a picture ", 1000)),
		"a page":                     []byte("<!doctype html><script>alert(1)</script>"),
		"an SVG":                     []byte(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`),
		"an SVG in a PNG's name":     []byte("\x89PNG<svg xmlns='http://www.w3.org/2000/svg'/>"),
		"a PDF":                      []byte("%PDF-1.7\n1 0 obj"),
		"a HEIC":                     []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"),
		"an AVIF":                    []byte("\x00\x00\x00\x1cftypavif\x00\x00\x00\x00avifmif1miaf"),
		"a BMP":                      []byte("BM\x3a\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00"),
		"a TIFF":                     exif(binary.BigEndian, 1),
		"a WAV":                      []byte("RIFF\x24\x00\x00\x00WAVEfmt "),
		"a JPEG's beginning":         {0xff, 0xd8, 0xff},
		"a PNG's beginning":          []byte("\x89PNG\r\n\x1a\n"),
		"a GIF's beginning":          []byte("GIF89a"),
		"a WebP's beginning":         []byte("RIFF\x00\x00\x00\x00WEBPVP8 "),
		"a PNG with a wrong sum":     bytes.Replace(pngOf(square), []byte("IDAT"), []byte("IDAX"), 1),
		"a PNG of no size":           blankPNG(0, 0, 8, 0, 0, 1),
		"a GIF of no size":           []byte("GIF89a\x00\x00\x00\x00\x00\x00\x00;"),
		"a GIF without a frame":      []byte("GIF89a\x09\x00\x09\x00\x00\x00\x00;"),
		"a PNG that inflates on":     blankPNG(10, 10, 8, 0, 0, 1<<27),
		"a PNG that inflates little": blankPNG(3000, 3000, 8, 6, 0, 1<<10),
		"a WebP that promises much":  huge,
		"a WebP of many chunks":      riff(bytes.Repeat(riffChunk("JUNK", nil), maxChunks+1)),
		"an animated WebP":           riff(riffChunk("VP8X", []byte{2, 0, 0, 0, 9, 0, 0, 9, 0, 0}), riffChunk("ANIM", make([]byte, 6)), riffChunk("ANMF", make([]byte, 24))),
		"a WebP in a smaller one":    riff(riffChunk("VP8X", []byte{0, 0, 0, 0, 9, 0, 0, 9, 0, 0}), losslessWebP(16384, 16384, red)[12:]),
		"a JPEG of many frames":      append(flatJPEG{w: 8, h: 8, sampling: []byte{0x11}, levels: []int{0}, adobe: -1}.bytes()[:100], flatJPEG{w: 6000, h: 6000, sampling: []byte{0x11}, levels: []int{0}, adobe: -1}.bytes()[2:]...),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readMeasured(t, file)
			require.ErrorIs(t, err, ErrNotPicture)
		})
	}
}

func TestTruncatedPictures(t *testing.T) {
	square := quarters(64, 64)
	for name, file := range map[string][]byte{
		"JPEG":             withExif(jpegOf(square), binary.BigEndian, 6),
		"progressive JPEG": flatJPEG{w: 64, h: 64, sampling: []byte{0x22, 0x11, 0x11}, levels: []int{0, 0, 0}, adobe: 1, progressive: true, scans: 3}.bytes(),
		"PNG":              withChunk(pngOf(square), "eXIf", exif(binary.BigEndian, 6)),
		"GIF":              animated(image.Pt(64, 64), image.Rect(0, 0, 64, 64)),
		"WebP":             losslessWebP(64, 64, red), "lossy WebP": webps["lossy"], "transparent WebP": webps["transparent"],
	} {
		whole := 0
		for end := range file {
			_, err := ReadSquares(t.Context(), bytes.NewReader(file[:end]))
			if err == nil {
				whole++
				continue
			}
			require.ErrorIs(t, err, ErrNotPicture, "%s, %d bytes of %d", name, end, len(file))
		}
		require.LessOrEqual(t, whole, 14, "%s: pixels were missing", name) // an end mark, padding
	}
}

// Too many pixels are seen before room is made for them.
func TestHugePictures(t *testing.T) {
	for name, file := range map[string][]byte{
		"a PNG of 400 megapixels": blankPNG(20_000, 20_000, 1, 0, 0, 20_000*2501),
		"a PNG beyond all bounds": blankPNG(1_000_000, 1_000_000, 16, 6, 1, 100),
		"a JPEG":                  flatJPEG{w: 65_000, h: 700, sampling: []byte{0x11}, levels: []int{0}, adobe: -1}.bytes(),
		"a progressive JPEG":      flatJPEG{w: 6000, h: 6000, sampling: []byte{0x11, 0x11, 0x11}, levels: []int{0, 0, 0}, adobe: -1, progressive: true}.bytes(),
		"a GIF's canvas":          animated(image.Pt(65_535, 65_535), image.Rect(0, 0, 2, 2), image.Rect(9, 9, 11, 11)),
		"a WebP":                  losslessWebP(16_384, 16_384, red),
		"a WebP that says so":     riff(riffChunk("VP8X", []byte{0, 0, 0, 0, 0xff, 0xff, 0, 0xff, 0x6f, 0}), riffChunk("VP8L", nil)),
		"a deep interlaced PNG":   blankPNG(6000, 6000, 16, 6, 1, 100),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readMeasured(t, file)
			require.ErrorIs(t, err, ErrTooLarge)
		})
	}
	for _, reader := range []io.Reader{
		bytes.NewReader(make([]byte, MaxSquareBytes+1)),
		io.LimitReader(zeros{}, MaxSquareBytes+1),
		zeros{},
	} {
		_, err := ReadSquares(t.Context(), reader)
		require.ErrorIs(t, err, ErrTooBig)
	}
}

// Large ones of each kind take what was reckoned with.
func TestLargePictures(t *testing.T) {
	for name, file := range map[string][]byte{
		"a PNG":             blankPNG(5000, 4000, 8, 6, 0, 4000*(4*5000+1)),
		"an interlaced PNG": blankPNG(4000, 2500, 8, 6, 1, interlaced(4000, 2500, 4)),
		"a deep PNG":        blankPNG(4000, 2500, 16, 6, 0, 2500*(8*4000+1)),
		"a JPEG":            flatJPEG{w: 4000, h: 2500, sampling: []byte{0x11, 0x11, 0x11}, levels: []int{0, 0, 0}, adobe: -1}.bytes(),
		"a CMYK JPEG":       flatJPEG{w: 4000, h: 2500, sampling: []byte{0x11, 0x11, 0x11, 0x11}, levels: []int{0, 0, 0, 0}, adobe: 0}.bytes(),
		"a progressive":     flatJPEG{w: 4000, h: 2500, sampling: []byte{0x22, 0x11, 0x11}, levels: []int{0, 0, 0}, adobe: -1, progressive: true, scans: 3}.bytes(),
		"a GIF":             animated(image.Pt(4000, 2500), image.Rect(10, 10, 4000, 2500)),
		"a WebP":            losslessWebP(4000, 2500, red),
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, 512, picture(t, file).Bounds().Dx()) })
	}
}

func interlaced(w, h, bytesPerPixel int) (inflated int64) {
	for _, p := range [][4]int{{8, 8, 0, 0}, {8, 8, 4, 0}, {4, 8, 0, 4}, {4, 4, 2, 0}, {2, 4, 0, 2}, {2, 2, 1, 0}, {1, 2, 0, 1}} {
		inflated += int64((h-p[3]+p[1]-1)/p[1]) * int64(1+bytesPerPixel*((w-p[2]+p[0]-1)/p[0]))
	}
	return inflated
}

// A few bytes can mean much work. Such pictures are refused.
func TestExpensivePicturesAreRejected(t *testing.T) {
	busy := func(scans int) []byte {
		return flatJPEG{w: 8456, h: 4464, sampling: []byte{0x11}, levels: []int{0}, adobe: -1, progressive: true, scans: scans}.bytes()
	}
	_, err := ReadSquares(t.Context(), bytes.NewReader(busy(20_000)))
	require.ErrorIs(t, err, errManyParts, "before it is decoded")

	t.Cleanup(func(d time.Duration) func() { return func() { decodeWithin = d } }(decodeWithin))
	decodeWithin = time.Microsecond
	_, err = ReadSquares(t.Context(), bytes.NewReader(busy(maxScans-1)))
	require.ErrorIs(t, err, ErrNotPicture)
	require.ErrorIs(t, err, context.DeadlineExceeded)

	ctx, cancel := context.WithCancel(t.Context())
	file := &hooked{bytes.NewReader(busy(maxScans - 1)), 1, cancel}
	decodeWithin = time.Hour
	_, err = ReadSquares(ctx, file)
	require.ErrorIs(t, err, context.Canceled, "its context has ended")
	require.NotErrorIs(t, err, ErrNotPicture)
}

// However many come at once, two are decoded, and of heavy ones one.
func TestConcurrentDecodingLimit(t *testing.T) {
	inside, leave := make(chan int), make(chan struct{})
	slow := func(i int, file []byte) io.ReadSeeker {
		return &hooked{bytes.NewReader(file), int64(len(file)) / 2, func() { inside <- i; <-leave }}
	}
	small, large := pngOf(noise(64)), blankPNG(3000, 2900, 16, 6, 1, interlaced(3000, 2900, 8))
	results := make(chan error)
	start := func(i int, file []byte) {
		go func() {
			_, err := ReadSquares(t.Context(), slow(i, file))
			results <- err
		}()
	}
	start(1, small)
	<-inside
	start(2, small)
	<-inside
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := ReadSquares(ctx, bytes.NewReader(small))
	require.ErrorIs(t, err, context.DeadlineExceeded, "a third")
	leave <- struct{}{}
	require.NoError(t, <-results)
	start(3, small)
	require.Equal(t, 3, <-inside)
	leave <- struct{}{}
	leave <- struct{}{}
	require.NoError(t, <-results)
	require.NoError(t, <-results)

	start(4, large)
	<-inside
	ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = ReadSquares(ctx, bytes.NewReader(small))
	require.ErrorIs(t, err, context.DeadlineExceeded, "a small one beside a heavy one")
	leave <- struct{}{}
	require.NoError(t, <-results)
}

// hooked calls a function when a decoder has come so far.
type hooked struct {
	*bytes.Reader
	at int64
	f  func()
}

func (h *hooked) Read(p []byte) (int, error) {
	n, err := h.Reader.Read(p)
	if at := h.Size() - int64(h.Len()); at >= h.at && h.f != nil && decodes() {
		h.f()
		h.f = nil
	}
	return n, err
}

// decodes reports whether it is called by a decoder, and not by what looks at a file before.
func decodes() bool {
	var stack [64]uintptr
	frames := runtime.CallersFrames(stack[:runtime.Callers(1, stack[:])])
	for {
		frame, more := frames.Next()
		if strings.HasSuffix(frame.Function, ".pixelsOf") {
			return true
		}
		if !more {
			return false
		}
	}
}

func noise(side int) image.Image {
	m := quarters(side, side)
	rand.Read(m.Pix)
	return m
}

func TestDecoderPanicsAndDiskErrors(t *testing.T) {
	t.Cleanup(func(all []format) func() { return func() { formats = all } }(formats))
	formats = append(formats[:len(formats):len(formats)], format{
		magic:  "BOOM",
		config: func(io.Reader) (image.Config, error) { return image.Config{Width: 9, Height: 9}, nil },
		decode: func(*head, io.Reader) (image.Image, error) { panic("index out of range") },
		walk:   func(*walk) error { return nil },
	})
	_, err := ReadSquares(t.Context(), strings.NewReader("BOOM"))
	require.ErrorIs(t, err, ErrNotPicture)
	require.ErrorContains(t, err, "index out of range")
	formats[len(formats)-1].walk = func(*walk) error { panic("nil map") }
	_, err = ReadSquares(t.Context(), strings.NewReader("BOOM"))
	require.ErrorIs(t, err, ErrNotPicture)

	broken := errors.New("the disk is gone")
	_, err = ReadSquares(t.Context(), io.MultiReader(bytes.NewReader(pngOf(noise(64))[:5000]), iotest.ErrReader(broken)))
	require.ErrorIs(t, err, broken)
	require.NotErrorIs(t, err, ErrNotPicture)
	failing := &hooked{Reader: bytes.NewReader(pngOf(noise(64))), at: 5000}
	_, err = ReadSquares(t.Context(), failingSeeker{failing, broken})
	require.ErrorIs(t, err, broken)
	require.NotErrorIs(t, err, ErrNotPicture)

	// Some of the squares could not be stored: then none is.
	p, err := ReadSquares(t.Context(), bytes.NewReader(pngOf(noise(64))))
	require.NoError(t, err)
	dir := t.TempDir()
	_, err = p.Save(t.Context(), &fullDisk{Disk: newDisk(t, dir), left: 2, err: broken})
	require.ErrorIs(t, err, broken)
	require.Empty(t, filesIn(t, dir))
}

type failingSeeker struct {
	*hooked
	err error
}

func (f failingSeeker) Read(p []byte) (int, error) {
	if f.Size()-int64(f.Len()) > f.at {
		return 0, f.err
	}
	return f.Reader.Read(p[:min(len(p), 1000)])
}

type fullDisk struct {
	*files.Disk
	left int
	err  error
}

func (f *fullDisk) Put(ctx context.Context, name string, r io.Reader) (files.Blob, error) {
	if f.left--; f.left < 0 {
		return files.Blob{}, f.err
	}
	return f.Disk.Put(ctx, name, r)
}

func FuzzReadSquares(f *testing.F) {
	square := quarters(12, 12)
	for _, file := range [][]byte{
		withExif(jpegOf(square), binary.BigEndian, 6),
		flatJPEG{w: 9, h: 9, sampling: []byte{0x22, 0x11, 0x11}, levels: []int{1, 2, 3}, adobe: 1, progressive: true, scans: 2}.bytes(),
		flatJPEG{w: 9, h: 9, sampling: []byte{0x22, 0x11, 0x11, 0x22}, levels: []int{1, 2, 3, 4}, adobe: 2}.bytes(),
		withChunk(pngOf(square), "eXIf", exif(binary.LittleEndian, 8)),
		animated(image.Pt(9, 9), image.Rect(1, 1, 3, 3), image.Rect(0, 0, 9, 9)),
		losslessWebP(5, 5, red), webps["lossy"], webps["lossless"], webps["transparent"],
	} {
		f.Add(file)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		p, err := readMeasured(t, file)
		if err != nil {
			require.True(t, errors.Is(err, ErrNotPicture) || errors.Is(err, ErrTooLarge) || errors.Is(err, ErrTooBig), "%v", err)
			return
		}
		require.Len(t, p.squares, len(imagesize.Squares))
		for _, b := range p.squares {
			requireBare(t, b)
		}
	})
}
