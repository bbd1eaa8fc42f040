package browser

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"os"
	"slices"
	"strings"
	"testing"

	"dchat/test/harness"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// fromPhone is a photo with a place in it.
func fromPhone(t *testing.T) []byte {
	t.Helper()
	file := photo(t, 300, 200)
	about := "Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00 52.5200N 13.4050E"
	return slices.Concat(file[:2], []byte{0xff, 0xe1, 0, byte(len(about) + 2)}, []byte(about), file[2:])
}

// One sees of each photo, before it is sent, whether it keeps the place, and chooses.
func TestOneChoosesWhetherAPhotoKeepsThePlace(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	image, clean := fromPhone(t), photo(t, 300, 200)
	a.Attach(write(t, "one.jpg", image), write(t, "two.jpg", image), write(t, "notes.txt", []byte("a text")))
	a.AwaitTray("done", "done", "done")
	const seen = `() => [...document.querySelectorAll('#composer .upload')].map(row => row.querySelector('.as-file:not([hidden])')?.innerText.replace(/\s+/g, ' ') ?? '')`
	require.Equal(t, []string{"Send as file Place and camera data are removed.", "Send as file Place and camera data are removed.", ""}, ask[[]string](a, seen))
	require.NoError(t, a.evaluate(nil, `() => document.querySelectorAll('#composer .upload .as-file input')[1].click()`))
	a.AwaitTray("done", "done", "done")
	require.Equal(t, "Send as file Every byte is kept, place and camera data too.", ask[[]string](a, seen)[1])
	a.SendFiles()
	b.Await("the files", `() => document.querySelectorAll('#pane .picture img, #pane .file').length === 3`)
	require.Equal(t, []shownFile{fileOf("one.jpg", "picture", clean), fileOf("two.jpg", "card", image), fileOf("notes.txt", "card", []byte("a text"))}, ask[[]shownFile](b, shownFiles))
}

// aheadBy sets the page's clock some days ahead of the server's, or behind it.
func aheadBy(days int) string { return fmt.Sprintf(ahead, days) }

const ahead = `{
  const { now } = Date, ahead = %d * 24 * 3600 * 1000
  Date.now = () => now() + ahead
  window.Date = class extends Date { constructor(...args) { args.length ? super(...args) : super(now() + ahead) } }
}`

// Whether an address is still good, only the server knows.
func TestFilesDoNotGoByThePagesClock(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	a.Attach(write(t, "one.jpg", photo(t, 300, 200)), write(t, "notes.txt", []byte("hello")))
	a.AwaitTray("done", "done")
	a.SendFiles()
	b.Await("the files", `() => document.querySelectorAll('#pane .picture img, #pane .file').length === 2`)
	for _, days := range []int{2, -2, 40, -400, 20_000} {
		page := b.Tab()
		page.OnNewPages(aheadBy(days))
		page.filesByClock(days)
		page.Send(fmt.Sprintf("%d days off", days))
		a.AwaitText(fmt.Sprintf("%d days off", days))
		page.Await("the row says at what time", `() => /^\d+:\d\d/.test(document.querySelector('#chats .row time').textContent)`)
	}
}

// filesByClock opens the picture and the file of a conversation.
func (p *Page) filesByClock(days int) {
	t := p.t
	t.Helper()
	p.Go("/chats/anna")
	p.AwaitLive()
	p.Await("the clock is wrong", `days => document.querySelector('#pane .picture img')?.naturalWidth > 0 && Math.round((Date.now() - performance.timeOrigin) / 24 / 3600 / 1000) === days`, days)
	require.NoError(t, p.evaluate(nil, `() => {
    window.followed = []
    document.addEventListener('click', event => { if (event.target.closest('.get')) { followed.push(event.target.closest('a').href); event.preventDefault() } })
  }`))
	p.Click("#pane [role=log]", "link", "Download notes.txt")
	p.Await("the file is followed", `() => followed.length === 1`)
	p.Click("#pane [role=log]", "link", "one.jpg")
	p.Await("the picture is large", `() => document.querySelector('#viewer[open] figure img')?.src.includes('.1600/')`)
	require.Empty(t, strings.TrimSpace(ask[string](p, `() => document.querySelector('#notice').textContent`)))
	p.Click("#viewer", "button", "Close")
}

func moving(t *testing.T) []byte { return gifOf(t, color.White, color.Black) }

func standing(t *testing.T) []byte { return gifOf(t, color.Black) }

func gifOf(t *testing.T, colours ...color.Color) []byte {
	t.Helper()
	var g gif.GIF
	for _, c := range colours {
		g.Image = append(g.Image, image.NewPaletted(image.Rect(0, 0, 90, 60), color.Palette{c}))
		g.Delay = append(g.Delay, 10)
	}
	var b bytes.Buffer
	require.NoError(t, gif.EncodeAll(&b, &g))
	return b.Bytes()
}

// What moves does so in the viewer, can be stopped, and stands still at first where that was asked for.
func TestPicturesMoveInTheViewer(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	a.Attach(write(t, "dance.gif", moving(t)), write(t, "still.jpg", photo(t, 90, 60)), write(t, "one frame.gif", standing(t)))
	a.AwaitTray("done", "done", "done")
	a.SendFiles()
	b.Await("the pictures", `() => document.querySelectorAll('#pane .picture img').length === 3`)
	require.Equal(t, 1, ask[int](b, `() => document.querySelectorAll('#pane .picture .moves').length`))
	const moves = `() => { const image = document.querySelector('#viewer[open] figure img'); return image?.src.includes('.1/') && image.naturalWidth === 90 }`
	const still = `() => { const image = document.querySelector('#viewer[open] figure img'); return image?.src.includes('.1600/') && image.complete }`
	b.Click("#pane [role=log]", "link", "dance.gif")
	b.Await("it moves", moves)
	b.Click("#viewer", "button", "Pause")
	b.Await("it stands still", still)
	b.Click("#viewer", "button", "Next picture")
	b.Await("what does not move has no button", `() => document.querySelector('#viewer .play').hidden && document.querySelector('#viewer h2').textContent === 'still.jpg'`)
	b.Click("#viewer", "button", "Close")
	require.NoError(t, chromedp.Run(b.ctx, emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: "reduce"}})))
	b.Click("#pane [role=log]", "link", "dance.gif")
	b.Await("it waits", `() => document.querySelector('#viewer .play').textContent === 'Play' && !document.querySelector('#viewer .play').hidden`)
	b.Await("it stands still", still)
	b.Click("#viewer", "button", "Play")
	b.Await("it moves", moves)
}

// What phones make is shown to browsers that cannot, and arrives as it is.
func TestAPhonesPictureIsShown(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	read := func(name string) []byte {
		file, err := os.ReadFile("../../app/files/heif/testdata/" + name)
		require.NoError(t, err)
		return file
	}
	file := read("quarters.heic")
	a.Attach(write(t, "IMG_0001.HEIC", file))
	a.AwaitTray("done")
	a.SendFiles()
	b.Await("the picture", `() => document.querySelector('#pane .picture img')?.naturalWidth > 0`)
	require.Equal(t, []shownFile{fileOf("IMG_0001.HEIC", "picture", file)}, ask[[]shownFile](b, shownFiles))
	require.InDelta(t, 320.0/192, ask[float64](b, `() => { const box = document.querySelector('#pane .picture img').getBoundingClientRect(); return box.width / box.height }`), 0.02)
	b.Click("#pane [role=log]", "link", "IMG_0001.HEIC")
	require.Equal(t, "IMG_0001.HEIC", b.awaitViewer("IMG_0001.HEIC", 320).Name)
	b.Click("#viewer", "button", "Close")
	for _, name := range []string{"odd.avif", "odd.heic", "quarters.avif"} {
		a.Attach(write(t, name, read(name)))
		a.AwaitTray("done")
		a.SendFiles()
		b.Await(name, `name => [...document.querySelectorAll('#pane .picture img')].some(image => image.alt === name && image.naturalWidth > 0)`, name)
	}
}

// With letters twice as large a phone has room for a name, and a file's name shows what it is.
func TestNamesHaveRoom(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	long := strings.Repeat("a long name ", 12) + "of May.tar.gz"
	a.Attach(write(t, long, []byte("x")))
	a.AwaitTray("done")
	const end = ` => { const end = document.querySelector(where + ' .name .end'), card = document.querySelector(where).getBoundingClientRect(), box = end.getBoundingClientRect()
    return end.textContent === ' May.tar.gz'.slice(-7) && box.width > 20 && box.left >= card.left && box.right <= card.right && card.right <= innerWidth }`
	a.Await("the tray shows the end", `where`+end, "#composer .upload")
	a.SendFiles()
	b.Await("the card shows the end", `where`+end, "#pane .file")
	require.NoError(t, chromedp.Run(b.ctx, emulation.SetDeviceMetricsOverride(360, 740, 1, true)))
	b.Await("on a phone, too", `where`+end, "#pane .file")
	require.NoError(t, b.evaluate(nil, `() => { document.documentElement.style.fontSize = '200%'; document.querySelector('#pane .top h1').textContent = 'Hildegard Brandt' }`))
	b.Await("the whole name is there", `() => { const name = document.querySelector('#pane .top h1'); return name.clientWidth > 60 && name.scrollWidth <= name.clientWidth + 1 && name.scrollHeight <= name.clientHeight + 2 }`)
}
