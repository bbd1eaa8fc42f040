package browser

import (
	"testing"

	"dchat/test/harness"

	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

// seen is the state of the viewer.
type seen struct {
	Name, Count  string
	Width        int // of the loaded picture
	Open, Before bool
	After        bool
}

func (p *Page) viewer() seen {
	p.t.Helper()
	return ask[seen](p, `() => {
    const dialog = document.querySelector('#viewer'), visible = button => dialog.open && !dialog.querySelector(button).hidden
    return {
      Name: dialog.querySelector('h2').textContent, Count: dialog.querySelector('.count').textContent, Open: dialog.open,
      Width: dialog.querySelector('img')?.naturalWidth ?? 0, Before: visible('.previous'), After: visible('.next'),
    }
  }`)
}

// awaitViewer waits until the viewer shows a picture at full size.
func (p *Page) awaitViewer(name string, width int) seen {
	p.t.Helper()
	p.Await("the viewer shows "+name, `(name, width) => {
    const image = document.querySelector('#viewer[open] img')
    return image?.alt === name && image.complete && image.naturalWidth === width
  }`, name, width)
	return p.viewer()
}

// postPictures sends messages with one picture each as the person of the page: wide, tall and square ones.
const postPictures = `async (n, name) => {
  const sides = [[300, 200], [200, 300], [250, 250], [640, 120]]
  for (let i = 1; i <= n; i++) {
    const [width, height] = sides[i % 4]
    const canvas = new OffscreenCanvas(width, height), pen = canvas.getContext('2d')
    pen.fillStyle = 'hsl(' + i * 37 + ' 60% 60%)'
    pen.fillRect(0, 0, width, height)
    const form = new FormData()
    form.append('attachment', await canvas.convertToBlob(), name + i + '.png')
    const answer = await fetch(document.querySelector('#composer').action, { method: 'POST', body: form, headers: { 'HX-Request': 'true' } })
    if (!answer.ok) throw new Error(await answer.text())
  }
}`

func TestViewer(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	a.Attach(write(t, "one.jpg", photo(t, 2000, 1000)), write(t, "two.jpg", photo(t, 600, 900)))
	a.AwaitTray("done", "done")
	a.SendFiles()
	a.Attach(write(t, "notes.txt", []byte("no picture")), write(t, "three.jpg", photo(t, 40, 40)))
	a.AwaitTray("done", "done")
	a.SendFiles()
	b.Await("the pictures", `() => document.querySelectorAll('#pane .picture img').length === 3`)

	b.Click("#pane [role=log]", "link", "two.jpg")
	require.Equal(t, seen{Name: "two.jpg", Count: "2 of 3", Width: 600, Open: true, Before: true, After: true}, b.awaitViewer("two.jpg", 600))
	require.Equal(t, "two.jpg", ask[string](b, `() => new URL(document.querySelector('#viewer .get').href).pathname.split('/').pop()`))
	b.Find("#viewer", "link", "Download two.jpg")
	b.Press(kb.ArrowLeft)
	require.Equal(t, seen{Name: "one.jpg", Count: "1 of 3", Width: 1600, Open: true, After: true}, b.awaitViewer("one.jpg", 1600))
	b.Press(kb.ArrowLeft)
	b.Press(kb.ArrowRight)
	b.awaitViewer("two.jpg", 600)
	b.Click("#viewer", "button", "Next picture")
	require.Equal(t, seen{Name: "three.jpg", Count: "3 of 3", Width: 40, Open: true, Before: true}, b.awaitViewer("three.jpg", 40))
	b.Press(kb.ArrowRight)
	b.Press(kb.ArrowLeft)
	b.awaitViewer("two.jpg", 600)
	b.Press(kb.Escape)
	b.Await("it is closed", `() => !document.querySelector('#viewer').open`)
	b.awaitFocus("link", "two.jpg")

	b.TabTo("link", "three.jpg")
	b.Press(kb.Enter)
	b.awaitViewer("three.jpg", 40)
	b.TabTo("button", "Close")
	b.Press(kb.Enter)
	b.awaitFocus("link", "three.jpg")
}

// The viewer pages through all pictures of a conversation, also those that the page has not loaded.
func TestViewerPagesThroughConversation(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, _ := trio(t, &s.Server)
	a := enter(t, anna, s.URL, "/chats/bert")
	require.NoError(t, a.evaluate(nil, postPictures, 2, "early"))
	for range 130 {
		postMessage(t, bert, anna, "talk")
	}
	require.NoError(t, a.evaluate(nil, postPictures, 1, "late"))
	a.Go("/chats/bert")
	a.Await("its preview", `() => document.querySelector('#pane [role=log] .msg:last-child .picture img')?.alt === 'late1.png'`) // until then it is a download
	a.Click("#pane [role=log]", "link", "late1.png")
	require.True(t, a.awaitViewer("late1.png", 200).Before)
	a.Press(kb.ArrowLeft)
	require.True(t, a.awaitViewer("early2.png", 250).Before)
	a.Press(kb.ArrowLeft)
	require.Equal(t, seen{Name: "early1.png", Count: "1 of 3", Width: 200, Open: true, After: true}, a.awaitViewer("early1.png", 200))
	a.Press(kb.ArrowRight)
	a.Press(kb.ArrowRight)
	a.awaitViewer("late1.png", 200)
	a.Press(kb.Escape)
	a.Await("one is where one was", `() => {
    const r = document.activeElement.getBoundingClientRect(), l = document.querySelector('#pane [role=log]').getBoundingClientRect()
    return document.activeElement.querySelector('img')?.alt === 'late1.png' && r.top >= l.top - 1 && r.bottom <= l.bottom + 1
  }`)
}

// shifts counts layout shifts from before the page loads.
const shifts = `window.shifted = 0; window.moved = []; window.ownScrolls = []; new PerformanceObserver(list => list.getEntries().forEach(e => { shifted += e.value; moved.push({ value: e.value, at: e.startTime, what: e.sources.map(s => s.node?.id || s.node?.className || s.node?.nodeName) }) })).observe({ type: 'layout-shift', buffered: true })`

func TestPicturesDoNotMoveLog(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	for range 10 {
		require.NoError(t, a.evaluate(nil, postPictures, 10, "p"))
	}
	b.AwaitWithin(3*patience, "the last preview", `() => document.querySelectorAll('#pane .picture').length === 100 && !document.querySelector('#pane .picture.coming')`)
	b.AwaitUnread("anna", 0) // else the page opens at the unread divider
	b.OnNewPages(shifts)
	b.Go("/chats/anna")
	b.Await("the newest is there", `() => {
    document.querySelector('#pane [role=log]').scrollTop = 1e6
    return [...document.querySelectorAll('#pane .picture img')].at(-1)?.complete
  }`)
	for ask[bool](b, `() => !!document.querySelector('.older a')`) {
		b.Await("one scrolls up, and what one looks at stays", `async () => {
      const log = document.querySelector('#pane [role=log]')
      const frame = () => new Promise(done => requestAnimationFrame(() => setTimeout(done)))
      for (let i = 0; i < 8; i++) {
        const row = [...log.querySelectorAll('.msg')].find(row => row.getBoundingClientRect().bottom > log.getBoundingClientRect().top)
        const [top, scrolled] = [row.getBoundingClientRect().top, Math.min(400, log.scrollTop)]
        const began = performance.now()
        log.scrollTop -= 400
        await frame()
        ownScrolls.push([began, performance.now()])
        const moved = row.getBoundingClientRect().top - top - scrolled
        if (Math.abs(moved) > 1) throw new Error('it moved by ' + moved)
      }
      return true
    }`)
	}
	require.Equal(t, 100, ask[int](b, `() => document.querySelectorAll('#pane .picture').length`))
	// Chromium also counts a shift if a script scrolls in the frame in which older messages come in. What moved then is
	// checked above, to the pixel.
	b.Await("the list of shifts", `() => {
    window.others = moved.filter(({ at }) => !ownScrolls.some(([began, ended]) => began <= at && at <= ended))
    return true
  }`)
	shifted := ask[float64](b, `() => others.reduce((sum, { value }) => sum + value, 0)`)
	t.Logf("layout shift: %.4f %s", shifted, ask[string](b, `() => JSON.stringify(others)`))
	require.Less(t, shifted, 0.02)
}

// A page that opens at the unread divider, with pictures above and below, does not move when older ones load, also
// while it scrolls to the top. (A browser counts a shift if it scrolls in the frame that inserts them, though
// nothing moves; so the test inserts them between two frames.)
func TestOlderPicturesKeepDividerInPlace(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	for range 6 {
		require.NoError(t, a.evaluate(nil, postPictures, 10, "p"))
	}
	b.Await("all is read", `() => document.querySelector('#pane [role=log]').dataset.read === '60'`)
	b.LookAway()
	for range 4 {
		require.NoError(t, a.evaluate(nil, postPictures, 10, "p"))
	}
	b.AwaitWithin(3*patience, "the last preview", `() => document.querySelectorAll('#pane .picture').length === 100 && !document.querySelector('#pane .picture.coming')`)
	b.OnNewPages(shifts)
	b.Go("/chats/anna")
	b.AwaitLive()
	require.Equal(t, "60.7", ask[string](b, `() => document.querySelector('#pane .new').dataset.seq`))
	const frames = `async () => { for (let i = 0; i < 3; i++) await new Promise(done => requestAnimationFrame(() => setTimeout(done))); return true }`
	for _, y := range []int{28, 0} {
		b.Go("/chats/anna")
		b.AwaitLive()
		b.HoldRequests("/messages?before=*")
		row := b.scrollTo(y)
		b.AwaitHeld()
		ask[bool](b, frames)
		b.Release()
		b.Await("the older ones", `() => document.querySelectorAll('#pane .picture').length === 100`)
		ask[bool](b, frames)
		b.requireSteady(row)
		require.Less(t, ask[float64](b, `() => shifted`), 0.02, ask[string](b, `() => JSON.stringify(moved)`))
	}
}
