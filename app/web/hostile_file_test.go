//go:build !race

// One client asks for one thing after the other: there is no race to detect, and it takes five times as long with the
// detector. infra/test.sh runs such files without it.

package web_test

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"io"
	"mime"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"dchat/test/harness"

	"github.com/PuerkitoBio/goquery"
	"github.com/stretchr/testify/require"
)

// odd is a file that a user sends, and the expected result.
type odd struct {
	name, want string // as it is called, and as the other gets it if that is not the same
	as, kind   string // picture, card, audio or video; the type by its content
	content    []byte
	got        []byte // by the other, if that is not the same
}

const (
	script = "<html><script>alert(1)</script></html>"
)

func corpus(t *testing.T) []odd {
	t.Helper()
	film := "\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41"
	webp, err := base64.StdEncoding.DecodeString("UklGRjAAAABXRUJQVlA4ICQAAACQAQCdASoQAAwADMDOJbAAAfPUJAAA3EbHHin/TjCTvO2XgAA=")
	require.NoError(t, err)
	text := []byte("a text")
	return []odd{
		{name: "photo.jpg", as: "picture", kind: "image/jpeg", content: fromCamera(t), got: withoutPlace(t)},
		{name: "picture.webp", as: "picture", kind: "image/webp", content: webp},
		{name: "dance.gif", as: "picture", kind: "image/gif", content: dance(t)},
		{name: "dance.png", as: "picture", kind: "image/apng", content: inPNG(somePicture(t, 30, 20), "acTL", make([]byte, 8))},
		{name: "IMG_0001.HEIC", as: "card", kind: "image/heic", content: []byte("\x00\x00\x00\x1cftypheic\x00\x00\x00\x00mif1heicmiaf")},
		{name: "IMG_0002.HEIC", as: "picture", kind: "image/heic", content: fromPhone(t, "quarters.heic")},
		{name: "photo.avif", as: "picture", kind: "image/avif", content: fromPhone(t, "odd.avif")},
		{name: "half.heic", as: "card", kind: "image/heic", content: fromPhone(t, "quarters.heic")[:600]},
		{name: "400 MP.png", as: "card", kind: "image/png", content: hugePicture(t)},
		{name: "half.png", as: "card", kind: "image/png", content: somePicture(t, 300, 200)[:100]},
		{name: "bomb.zip", as: "card", kind: "application/zip", content: bomb(t)},
		{name: "bomb.png", as: "card", kind: "image/png", content: inPNG(somePicture(t, 30, 20), "IDAT", []byte("no pixels"))},
		{name: "logo.svg", as: "card", kind: "image/svg+xml", content: []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>`)},
		{name: "page.html", as: "card", kind: "text/html", content: []byte("<!doctype html>" + script)},
		{name: "page.jpg", as: "card", kind: "text/html", content: []byte("<!doctype html>" + script)},
		{name: "feed.xml", as: "card", kind: "text/xml", content: []byte(`<?xml version="1.0"?><x xmlns="http://www.w3.org/1999/xhtml"><script>alert(1)</script></x>`)},
		{name: "paper.pdf", as: "card", kind: "application/pdf", content: []byte("%PDF-1.7\n" + script)},
		{name: "both.jpg", as: "picture", kind: "image/jpeg", content: append(fromCamera(t), script...), got: withoutPlace(t)},
		{name: "both.gif", as: "card", kind: "image/gif", content: []byte("GIF89a/*\x01\x00" + strings.Repeat("\x00", 20) + "*/=1;alert(1)//" + script)},
		{name: "both.mp4", as: "video", kind: "video/mp4", content: []byte(film + script)},
		{name: "both.mp3", as: "audio", kind: "audio/mpeg", content: []byte("ID3\x04\x00\x00\x00\x00\x00\x0b" + script)},
		{name: "tool", as: "card", kind: "text/javascript", content: []byte("#!/usr/bin/env node\nalert(1)")},
		{name: "module.mjs", as: "card", kind: "text/plain", content: []byte("import 'x'")},
		{name: "shape.wasm", as: "card", kind: "application/wasm", content: []byte("\x00asm\x01\x00\x00\x00")},
		{name: "style.css", as: "card", kind: "text/plain", content: []byte("body { background: url(//x) }")},
		{name: "data.json", as: "card", kind: "application/json", content: []byte(`{"a": [1]}`)},
		{name: "run.exe", as: "card", kind: "application/vnd.microsoft.portable-executable", content: []byte("MZ\x90\x00")},
		{name: "nothing", as: "card", kind: "text/plain"},
		{name: "../../etc/passwd", want: "passwd", as: "card", kind: "text/plain", content: text},
		{name: "two\nlines.txt", want: "two_lines.txt", as: "card", kind: "text/plain", content: text},
		{name: `notes\of may.txt`, want: "notes_of may.txt", as: "card", kind: "text/plain", content: text},
		{name: "photo\u202egpj.txt", want: "photogpj.txt", as: "card", kind: "text/plain", content: text},
		{name: strings.Repeat("x", 251) + ".txt", as: "card", kind: "text/plain", content: text},
		{name: "日本語のファイル 👩‍👩‍👧.txt", as: "card", kind: "text/plain", content: text},
		{name: `<img src=x onerror="alert(1)">.txt`, as: "card", kind: "text/plain", content: text},
		{name: ".hidden", as: "card", kind: "text/plain", content: text},
	}
}

// fromPhone is a HEIC or AVIF with nothing to lose.
func fromPhone(t *testing.T, name string) []byte {
	t.Helper()
	file, err := os.ReadFile("../files/heif/testdata/" + name)
	require.NoError(t, err)
	return file
}

// dance is a GIF of two frames.
func dance(t *testing.T) []byte {
	t.Helper()
	frame := func(c color.Color) *image.Paletted {
		return image.NewPaletted(image.Rect(0, 0, 30, 20), color.Palette{c})
	}
	var b bytes.Buffer
	require.NoError(t, gif.EncodeAll(&b, &gif.GIF{Image: []*image.Paletted{frame(color.White), frame(color.Black)}, Delay: []int{10, 10}}))
	return b.Bytes()
}

// inPNG puts a chunk behind the head of a PNG.
func inPNG(file []byte, name string, data []byte) []byte {
	const head = 8 + 25
	chunk := append(binary.BigEndian.AppendUint32(nil, uint32(len(data))), name+string(data)...)
	return slices.Concat(file[:head], binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:])), file[head:])
}

// bomb is an archive of which a thousand times as much comes out.
func bomb(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("zeros")
	require.NoError(t, err)
	_, err = io.CopyN(w, zeros{}, 100_000_000)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return b.Bytes()
}

// No content of a file runs, and every file arrives unchanged, from the node itself and through nginx.
func TestOddAndHostileFiles(t *testing.T) {
	s := newNginxFixture(t, harness.SQLite(t), 1)
	list := corpus(t)
	var ids []string
	for _, f := range list {
		ids = append(ids, uploaded(t, s.anna, f.name, f.content))
	}
	sentFiles(t, s.anna, "bert", ids...)
	var row *goquery.Selection
	require.Eventually(t, func() bool {
		row = s.bert.Get("/chats/anna", true).Doc().Find("article.msg").Last()
		return row.Find(".coming").Length() == 0
	}, 3*patience, 20*tick, "every picture is there or is none") // the page is large
	shown := row.Find(".picture, .file")
	require.Equal(t, len(list), shown.Length())
	for i, f := range list {
		for _, p := range []*person{s.bert, s.bert.By(s.entry.URL)} {
			requireHarmless(t, p, f, shown.Eq(i))
		}
	}
	require.NotContains(t, s.nodes[0].Log(), `"level":"ERROR"`)
}

func requireHarmless(t *testing.T, p *person, f odd, shown *goquery.Selection) {
	t.Helper()
	want := f.name
	if f.want != "" {
		want = f.want
	}
	link := shown.Find("a").AddBack().Filter("a").AttrOr("href", "")
	a := p.Get(link, false)
	require.Equal(t, http.StatusOK, a.Status, "%q", f.name)
	content := f.content
	if f.got != nil {
		content = f.got
	}
	require.Equal(t, string(content), a.Body, "%q", f.name)
	require.Equal(t, "application/octet-stream", a.Header.Get("Content-Type"), "%q", f.name)
	requireSandbox(t, a, f.name, "attachment", want)

	as := "card"
	player, picture := shown.Closest(".media").Find("audio, video"), shown.Find("img")
	switch {
	case player.Length() == 1:
		as = goquery.NodeName(player)
		played := p.Get(player.AttrOr("src", ""), false)
		require.Equal(t, f.kind, played.Header.Get("Content-Type"), "%q", f.name)
		requireSandbox(t, played, f.name, "inline", want)
	case picture.Length() == 1:
		as = "picture"
		require.Equal(t, want, picture.AttrOr("alt", ""))
		for _, address := range []string{picture.AttrOr("src", ""), shown.AttrOr("data-large", "")} {
			preview := p.Get(address, false)
			require.Equal(t, "image/jpeg", preview.Header.Get("Content-Type"), "%q", f.name)
			requireSandbox(t, preview, f.name, "inline", "")
			require.NotContains(t, preview.Body, secretPlace)
			require.NotContains(t, preview.Body, "<script")
			size, err := jpeg.DecodeConfig(strings.NewReader(preview.Body))
			require.NoError(t, err)
			require.Equal(t, shown.AttrOr("data-width", "")+"x"+shown.AttrOr("data-height", ""), fmt.Sprintf("%dx%d", size.Width, size.Height), "%q", f.name)
		}
	default:
		require.Equal(t, want, shown.Find(".name").Text())
	}
	require.Equal(t, f.as, as, "%q", f.name)
}

// requireSandbox requires that an answer is no page, whatever is in it. An empty name may be any.
func requireSandbox(t *testing.T, a *answer, file, how, name string) {
	t.Helper()
	require.Equal(t, "nosniff", a.Header.Get("X-Content-Type-Options"), "%q", file)
	require.Equal(t, "default-src 'none'; sandbox", a.Header.Get("Content-Security-Policy"), "%q", file)
	disposition, params, err := mime.ParseMediaType(a.Header.Get("Content-Disposition"))
	require.NoError(t, err, "%q", file)
	require.Equal(t, how, disposition, "%q", file)
	if name != "" {
		require.Equal(t, name, params["filename"], "%q", file)
	}
}
