package picture

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"dchat/app/files"
	"dchat/app/imagesize"

	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) {
	DecodeIfAsked()
	os.Exit(m.Run())
}

func fromPhone(t *testing.T, name string) []byte {
	t.Helper()
	file, err := os.ReadFile("../heif/testdata/" + name)
	require.NoError(t, err)
	return file
}

// coded is a picture as a codec writes it, without a file around it.
type coded struct {
	kind           string
	config, sample []byte
	w, h           int
}

// inner is what is in the first box of a kind.
func inner(t *testing.T, file []byte, kind string) []byte {
	t.Helper()
	at := bytes.Index(file, []byte(kind))
	require.Positive(t, at)
	return file[at+4:][:binary.BigEndian.Uint32(file[at-4:])-8]
}

// quartersOf are the four colours as a codec writes them.
func quartersOf(t *testing.T, kind string) coded {
	t.Helper()
	name, config := "quarters.heic", "hvcC"
	if kind == "av01" {
		name, config = "quarters.avif", "av1C"
	}
	file := fromPhone(t, name)
	return coded{kind: kind, config: boxOf(config, inner(t, file, config)), sample: inner(t, file, "mdat"), w: 320, h: 192}
}

func full(version byte) []byte { return []byte{version, 0, 0, 0} }

func wide(n int) []byte { return binary.BigEndian.AppendUint32(nil, uint32(n)) }

func short(n int) []byte { return binary.BigEndian.AppendUint16(nil, uint16(n)) }

func sizeBox(w, h int) []byte { return boxOf("ispe", full(0), wide(w), wide(h)) }

// file writes a file around it: brands, what is said of the picture, and of how many tiles it is put together, 0 for none.
func (c coded) file(brand string, tiles int, more ...[]byte) []byte {
	properties := slices.Concat([][]byte{c.config, sizeBox(c.w, c.h)}, more)
	all := []byte{}
	for i := range properties {
		all = append(all, byte(i+1)|0x80)
	}
	said := [][]byte{boxOf("ipco", properties...)}
	main, grid := 1, []byte{}
	items, refers := [][]byte{}, []byte{}
	if tiles > 0 {
		side := 0
		for side*side < tiles {
			side++
		}
		main, grid = tiles+1, boxOf("idat", []byte{0, 1, byte(side - 1), byte(side - 1)}, wide(side*c.w), wide(side*c.h))
		properties = append(properties, sizeBox(side*c.w, side*c.h))
		said[0] = boxOf("ipco", properties...)
		for i := range tiles {
			refers = append(refers, short(i+1)...)
		}
		refers = boxOf("iref", full(0), boxOf("dimg", short(main), short(tiles), refers))
	}
	belong := [][]byte{}
	for i := range max(tiles, 1) {
		items = append(items, boxOf("infe", full(2), short(i+1), short(0), []byte(c.kind), []byte{0}))
		belong = append(belong, short(i+1), []byte{byte(len(all))}, all)
	}
	if tiles > 0 {
		items = append(items, boxOf("infe", full(2), short(main), short(0), []byte("grid"), []byte{0}))
		belong = append(belong, short(main), []byte{1, byte(len(properties)) | 0x80})
	}
	said = append(said, boxOf("ipma", full(0), wide(len(items)), slices.Concat(belong...)))
	build := func(at int) []byte {
		places := []byte{}
		for i := range max(tiles, 1) {
			places = slices.Concat(places, short(i+1), short(0), short(0), short(1), wide(at), wide(len(c.sample)))
		}
		if tiles > 0 {
			places = slices.Concat(places, short(main), short(1), short(0), short(1), wide(0), wide(len(grid)-8))
		}
		return slices.Concat(boxOf("ftyp", []byte(brand), full(0), []byte("mif1heicavifmiaf")), boxOf("meta", full(0),
			boxOf("hdlr", full(0), full(0), []byte("pict"), make([]byte, 13)), boxOf("pitm", full(0), short(main)),
			boxOf("iloc", full(1), []byte{0x44, 0}, short(len(items)), places), boxOf("iinf", full(0), short(len(items)), slices.Concat(items...)),
			refers, boxOf("iprp", said...), grid))
	}
	head := build(0)
	return slices.Concat(build(len(head)+8), boxOf("mdat", c.sample))
}

// coloursOf are those in the middle of the four quarters.
func coloursOf(m image.Image) (list [4]color.NRGBA) {
	b := m.Bounds()
	for i := range list {
		at := image.Pt(b.Dx()*(1+i%2*2)/4, b.Dy()*(1+i/2*2)/4).Add(b.Min)
		list[i] = color.NRGBAModel.Convert(m.At(at.X, at.Y)).(color.NRGBA)
	}
	return list
}

func requireAlike(t *testing.T, want, got image.Image, about string) {
	t.Helper()
	require.Equal(t, want.Bounds().Size(), got.Bounds().Size(), about)
	wants, gots := coloursOf(want), coloursOf(got)
	for i := range wants {
		for j, w := range []byte{wants[i].R, wants[i].G, wants[i].B} {
			require.InDelta(t, w, []byte{gots[i].R, gots[i].G, gots[i].B}[j], 12, "%s: %v instead of %v", about, gots, wants)
		}
	}
}

func TestHEIFPictures(t *testing.T) {
	for name, want := range map[string]image.Point{"quarters.heic": {320, 192}, "quarters.avif": {320, 192}, "odd.heic": {301, 201}, "odd.avif": {301, 201}} {
		file := fromPhone(t, name)
		kind := kindOf(t, file)
		require.Equal(t, want, image.Pt(kind.Width, kind.Height), name)
		require.Equal(t, "image/"+strings.Split(name, ".")[1], kind.Type)
		small, large := madePreviews(t, file)
		requireAlike(t, quarters(want.X, want.Y), small, name)
		requireAlike(t, quarters(want.X, want.Y), large, name)
		_, err := ReadSquares(t.Context(), bytes.NewReader(file))
		require.ErrorIs(t, err, ErrNotPicture, "no request waits for a decoder that is slow")
	}
}

// The two decoders turn and cut in different ways, and the pictures must be alike.
func TestRotatedHEIFPictures(t *testing.T) {
	turns := []struct {
		orientation int
		said        [][]byte
	}{
		{1, [][]byte{boxOf("irot", []byte{0})}},
		{8, [][]byte{boxOf("irot", []byte{1})}},
		{3, [][]byte{boxOf("irot", []byte{2})}},
		{6, [][]byte{boxOf("irot", []byte{3})}},
		{4, [][]byte{boxOf("imir", []byte{0})}},
		{2, [][]byte{boxOf("imir", []byte{1})}},
		{7, [][]byte{boxOf("irot", []byte{1}), boxOf("imir", []byte{1})}},
		{5, [][]byte{boxOf("irot", []byte{1}), boxOf("imir", []byte{0})}},
	}
	for _, kind := range []string{"hvc1", "av01"} {
		c := quartersOf(t, kind)
		for _, turn := range turns {
			about := fmt.Sprintf("%s %q", kind, turn.said)
			file := c.file("mif1", 0, turn.said...)
			whole := image.NewRGBA(image.Rect(0, 0, c.w, c.h))
			draw.Draw(whole, whole.Rect, quarters(c.w, c.h), image.Point{}, draw.Src)
			want := upright(whole, turn.orientation)
			kind := kindOf(t, file)
			require.Equal(t, want.Bounds().Max, image.Pt(kind.Width, kind.Height), about)
			small, _ := madePreviews(t, file)
			requireAlike(t, want, small, about)
		}
		// The left half, by its size and by how far its middle is from that of the whole.
		cut := boxOf("clap", wide(c.w/2), wide(1), wide(c.h), wide(1), wide(-c.w/4), wide(1), wide(0), wide(1))
		small, _ := madePreviews(t, c.file("mif1", 0, cut, boxOf("irot", []byte{2})))
		require.Equal(t, image.Pt(c.w/2, c.h), small.Bounds().Max)
		got := coloursOf(small)
		require.InDelta(t, 255, got[0].B, 12, "%s: %v", kind, got)
		require.InDelta(t, 0, got[0].R, 12, "%s: %v", kind, got)
		require.InDelta(t, 255, got[3].R, 12, "%s: %v", kind, got)
		require.InDelta(t, 0, got[3].B, 12, "%s: %v", kind, got)
	}
}

func TestTiledHEIFPictures(t *testing.T) {
	for _, kind := range []string{"hvc1", "av01"} {
		c := quartersOf(t, kind)
		small, large := madePreviews(t, c.file("heic", 9))
		require.Equal(t, image.Pt(640, 384), small.Bounds().Max, kind)
		require.Equal(t, image.Pt(960, 576), large.Bounds().Max, kind)
		whole := image.NewRGBA(image.Rect(0, 0, c.w, c.h))
		draw.Draw(whole, whole.Rect, large, image.Pt(c.w, c.h), draw.Src)
		requireAlike(t, quarters(c.w, c.h), whole, kind)
	}
}

// What says that its colours are those of a film, or of a wide screen, is shown in them.
func TestHEIFColours(t *testing.T) {
	said := func(primaries, matrix int, full byte) []byte {
		return boxOf("colr", []byte("nclx"), short(primaries), short(13), short(matrix), []byte{full << 7})
	}
	for _, kind := range []string{"hvc1", "av01"} {
		c := quartersOf(t, kind)
		plain, _ := madePreviews(t, c.file("heic", 0, said(1, 6, 1)))
		requireAlike(t, quarters(c.w, c.h), plain, kind)
		film, _ := madePreviews(t, c.file("heic", 0, said(1, 1, 0)))
		got := coloursOf(film)
		require.InDelta(t, 255, got[3].R, 3, "white stays white")
		require.InDelta(t, 255, got[3].B, 3, "white stays white")
		require.Less(t, int(got[1].G), 245, "green of another matrix is another green")
		wideOnes, _ := madePreviews(t, c.file("heic", 0, said(12, 6, 1)))
		requireAlike(t, quarters(c.w, c.h), wideOnes, "more than sRGB has is cut off")
	}
}

// Decoding any file ends within its limits and leaves a file card.
func TestHostileHEIFPictures(t *testing.T) {
	apartWithin = 3 * time.Second
	t.Cleanup(func() { apartWithin = 2 * time.Minute })
	for _, kind := range []string{"hvc1", "av01"} {
		c := quartersOf(t, kind)
		whole := c.file("heic", 0)
		larger, smaller, giant, none := c, c, c, c
		larger.w, larger.h = 6000, 6000
		smaller.w, smaller.h = 16, 16
		giant.w, giant.h = 65535, 65535
		none.w = 0
		for name, file := range map[string][]byte{
			"half":                    whole[:len(whole)-len(c.sample)/2],
			"no pixels":               whole[:len(whole)-len(c.sample)],
			"half a head":             whole[:100],
			"larger than it is":       larger.file("heic", 0),
			"smaller than it is":      smaller.file("heic", 0),
			"giant":                   giant.file("heic", 0),
			"of no width":             none.file("heic", 0),
			"9,801 tiles":             c.file("heic", 9801),
			"9,801 tiles, made small": bytes.Replace(c.file("heic", 9801), sizeBox(99*c.w, 99*c.h), sizeBox(4000, 4000), 1),
			"of another codec":        bytes.Replace(whole, []byte(c.kind), []byte("jpeg"), 1),
		} {
			d := newDisk(t, t.TempDir())
			_, err := d.Put(t.Context(), "abc", bytes.NewReader(file))
			require.NoError(t, err)
			start := time.Now()
			err = MakePreviews(t.Context(), d, "abc")
			t.Logf("%s %s: %v, %v", kind, name, time.Since(start), err)
			if name == "half" || name == "no pixels" || kind == "av01" && name == "smaller than it is" { // a decoder may show what there is, in the size that is said
				require.True(t, err == nil || IsNoImage(err), "%s: %v", name, err)
				continue
			}
			require.True(t, IsNoImage(err), "%s %s: %v", kind, name, err)
			_, err = d.Open(t.Context(), imagesize.Files("abc", imagesize.Previews)[0])
			require.ErrorIs(t, err, files.ErrNotFound)
		}
	}
}

// Bytes that are not as they should be do not reach beyond the decoder.
func TestBrokenHEIFPictures(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, kind := range []string{"hvc1", "av01"} {
		whole := quartersOf(t, kind).file("heic", 4)
		for range 5 {
			file := slices.Clone(whole)
			for range 1 + random.IntN(8) {
				file[12+random.IntN(len(file)-12)] = byte(random.Uint32())
			}
			d := newDisk(t, t.TempDir())
			_, err := d.Put(t.Context(), "abc", bytes.NewReader(file))
			require.NoError(t, err)
			err = MakePreviews(t.Context(), d, "abc")
			require.True(t, err == nil || IsNoImage(err), "%v", err)
		}
	}
}

func TestCancelledJobEndsHEIFDecoder(t *testing.T) {
	c := quartersOf(t, "hvc1")
	d := newDisk(t, t.TempDir())
	_, err := d.Put(t.Context(), "abc", bytes.NewReader(bytes.Replace(c.file("heic", 9801), sizeBox(99*c.w, 99*c.h), sizeBox(4000, 4000), 1)))
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, MakePreviews(ctx, d, "abc"), context.Canceled)
}
