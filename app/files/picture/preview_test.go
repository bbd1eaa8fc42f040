package picture

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"runtime"
	"testing"

	"dchat/app/files"
	"dchat/app/imagesize"

	"github.com/stretchr/testify/require"
)

// madePreviews returns the smaller images of one. It requires that there is nothing in them but pixels.
func madePreviews(t *testing.T, file []byte) (small, large image.Image) {
	t.Helper()
	d := newDisk(t, t.TempDir())
	name := files.NewName()
	_, err := d.Put(t.Context(), name, bytes.NewReader(file))
	require.NoError(t, err)
	require.NoError(t, MakePreviews(t.Context(), d, name))
	var made []image.Image
	for _, blob := range imagesize.Files(name, imagesize.Previews) {
		b := read(t, d, blob)
		requireBare(t, b)
		m, err := jpeg.Decode(bytes.NewReader(b))
		require.NoError(t, err)
		made = append(made, m)
	}
	require.True(t, bytes.Equal(file, read(t, d, name)), "the original stays as it is")
	return made[0], made[1]
}

func requireCorners(t *testing.T, m image.Image) {
	t.Helper()
	w, h := m.Bounds().Dx(), m.Bounds().Dy()
	for _, c := range []struct {
		x, y int
		want color.NRGBA
	}{{w / 4, h / 4, red}, {3 * w / 4, h / 4, green}, {w / 4, 3 * h / 4, blue}, {3 * w / 4, 3 * h / 4, white}} {
		got := color.NRGBAModel.Convert(m.At(c.x, c.y)).(color.NRGBA)
		for i, w := range []byte{c.want.R, c.want.G, c.want.B} {
			require.InDelta(t, w, []byte{got.R, got.G, got.B}[i], 12, "%v instead of %v", got, c.want)
		}
	}
}

func TestPreviews(t *testing.T) {
	for size, want := range map[image.Point][2]image.Point{
		{4000, 3000}:   {{640, 480}, {1600, 1200}},
		{3000, 4000}:   {{480, 640}, {1200, 1600}},
		{1601, 1601}:   {{640, 640}, {1600, 1600}},
		{1000, 500}:    {{640, 320}, {1000, 500}},
		{300, 200}:     {{300, 200}, {300, 200}},
		{640, 2}:       {{640, 2}, {640, 2}},
		{20_000, 10}:   {{640, 1}, {1600, 1}},
		{10_000, 3334}: {{640, 213}, {1600, 533}},
	} {
		whole := quarters(size.X, size.Y)
		small, large := madePreviews(t, pngOf(whole))
		require.Equal(t, want[0], small.Bounds().Max, size)
		require.Equal(t, want[1], large.Bounds().Max, size)
		if size.Y > 100 {
			requireCorners(t, small)
			requireCorners(t, large)
		}
	}
}

// Whichever way the camera was held, what is seen is upright and in proportion.
func TestRotatedPreviews(t *testing.T) {
	for orientation := 1; orientation <= 8; orientation++ {
		small, large := madePreviews(t, withExif(jpegOf(turned(quarters(1800, 900), orientation)), binary.LittleEndian, orientation))
		require.Equal(t, image.Pt(640, 320), small.Bounds().Max)
		require.Equal(t, image.Pt(1600, 800), large.Bounds().Max)
		requireCorners(t, small)
		requireCorners(t, large)
	}
}

func TestPreviewFormats(t *testing.T) {
	for name, file := range map[string][]byte{
		"a GIF with small frames": animated(image.Pt(1000, 500), image.Rect(0, 0, 1, 1), image.Rect(0, 0, 1000, 500)),
		"a transparent PNG":       pngOf(image.NewNRGBA(image.Rect(0, 0, 1000, 500))),
		"a transparent WebP":      losslessWebP(1000, 500, color.NRGBA{}),
	} {
		small, _ := madePreviews(t, file)
		require.Equal(t, image.Pt(640, 320), small.Bounds().Max, name)
		requireColour(t, sheet, small, 2, 1)
	}
	for name, file := range map[string][]byte{
		"half a picture":    pngOf(quarters(3000, 30))[:200],
		"a text":            []byte("hello"),
		"too many pixels":   blankPNG(20_000, 20_000, 8, 0, 0, 100),
		"too few of pixels": blankPNG(2000, 2000, 8, 0, 0, 100),
	} {
		d := newDisk(t, t.TempDir())
		_, err := d.Put(t.Context(), "abc", bytes.NewReader(file))
		require.NoError(t, err)
		err = MakePreviews(t.Context(), d, "abc")
		require.True(t, IsNoImage(err), "%s: %v", name, err)
		_, err = d.Open(t.Context(), imagesize.Files("abc", imagesize.Previews)[0])
		require.ErrorIs(t, err, files.ErrNotFound)
	}
	require.ErrorIs(t, MakePreviews(t.Context(), newDisk(t, t.TempDir()), "abc"), files.ErrNotFound)
}

// A stripe of one pixel does not vanish between others, and no colour gets darker or lighter.
func TestShrinkKeepsThinLines(t *testing.T) {
	m := image.NewRGBA(image.Rect(0, 0, 997, 991))
	var sum uint64
	for i := range m.Pix {
		m.Pix[i] = byte(i * i >> 3)
		if i%4 == 3 {
			m.Pix[i] = 0xff
		}
		sum += uint64(m.Pix[i])
	}
	out := shrink(m, m.Rect, 100)
	var after uint64
	for _, v := range out.Pix {
		after += uint64(v)
	}
	require.InDelta(t, float64(sum)/float64(len(m.Pix)), float64(after)/float64(len(out.Pix)), 0.05)
	require.Equal(t, m.Pix, shrink(m, m.Rect, 997).Pix, "the same size is the same picture")
}

func TestPreviewMemory(t *testing.T) {
	file := withExif(jpegOf(quarters(7000, 5000)), binary.BigEndian, 6)
	h, err := readHead(bytes.NewReader(file))
	require.NoError(t, err)
	d := newDisk(t, t.TempDir())
	_, err = d.Put(t.Context(), "abc", bytes.NewReader(file))
	require.NoError(t, err)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	require.NoError(t, MakePreviews(t.Context(), d, "abc"))
	runtime.ReadMemStats(&after)
	took := int64(after.TotalAlloc - before.TotalAlloc)
	t.Logf("reckoned with %d MB, took %d MB", h.cost>>20, took>>20)
	require.LessOrEqual(t, took, h.cost+overhead)
}
