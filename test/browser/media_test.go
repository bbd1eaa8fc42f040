package browser

import (
	"encoding/binary"
	"testing"

	"dchat/test/harness"

	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

// longWav returns a minute of a low tone, 2.9 MB: too large to be fetched as a whole for its end.
func longWav() []byte {
	const rate, length = 24_000, 2 * 24_000 * 60
	b := binary.LittleEndian.AppendUint32([]byte("RIFF"), 36+length)
	b = append(b, "WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00"...)
	b = binary.LittleEndian.AppendUint32(b, rate)
	b = binary.LittleEndian.AppendUint32(b, 2*rate)
	b = append(b, "\x02\x00\x10\x00data"...)
	b = binary.LittleEndian.AppendUint32(b, length)
	for i := range length / 2 {
		b = binary.LittleEndian.AppendUint16(b, uint16(i%200*20))
	}
	return b
}

// record makes a short video of some colours and pastes it.
const record = `async () => {
  const canvas = Object.assign(document.createElement('canvas'), { width: 160, height: 90 }), pen = canvas.getContext('2d')
  const recorder = new MediaRecorder(canvas.captureStream(25), { mimeType: 'video/webm;codecs=vp8' })
  const parts = []
  recorder.ondataavailable = event => parts.push(event.data)
  recorder.start()
  for (let i = 0; i < 20; i++) {
    pen.fillStyle = 'hsl(' + i * 18 + ' 70% 50%)'
    pen.fillRect(0, 0, 160, 90)
    await new Promise(done => setTimeout(done, 40))
  }
  await new Promise(done => { recorder.onstop = done; recorder.stop() })
  const clipboardData = new DataTransfer()
  clipboardData.items.add(new File(parts, 'colours.webm', { type: 'video/webm' }))
  document.querySelector('#composer textarea').dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
}`

// Audio and video play in place, from any position.
func TestAudioAndVideoPlayInPlace(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	require.NoError(t, a.evaluate(nil, record))
	a.AwaitTray("done")
	a.Attach(write(t, "hum.wav", longWav()))
	a.AwaitTray("done", "done")
	a.SendFiles()
	b.Await("both players are shown", `() => document.querySelectorAll('#pane .media :is(audio, video)').length === 2`)
	b.Click("#composer", "textbox", "Message") // a page may play sound only after user input
	b.Await("the sound plays from near its end", `async () => {
    const player = document.querySelector('#pane audio')
    player.muted = true
    await player.play()
    const sought = new Promise(done => { player.onseeked = done })
    player.currentTime = 50
    await sought
    const at = player.currentTime
    while (player.currentTime === at) await new Promise(done => { player.ontimeupdate = done })
    return Math.round(player.duration) === 60 && at >= 50 && player.currentTime > at
  }`)
	b.Await("the video plays", `async () => {
    const player = document.querySelector('#pane video')
    player.muted = true
    const over = new Promise(done => { player.onended = done })
    await player.play()
    await over
    return player.videoWidth === 160 && player.videoHeight === 90 && player.currentTime > 0.3
  }`)
	b.Find("#pane [role=log]", "link", "Download hum.wav")
	b.Find("#pane [role=log]", "link", "Download colours.webm")
}

// While the viewer loads after a click, the row may be replaced or the conversation closed.
func TestRowReplacedDuringClick(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, _ := trio(t, &s.Server)
	a, b := enter(t, anna, s.URL, "/chats/bert"), enter(t, bert, s.URL, "/chats/anna")
	a.Attach(write(t, "one.jpg", photo(t, 300, 200)), write(t, "two.jpg", photo(t, 200, 300)))
	a.AwaitTray("done", "done")
	a.SendFiles()
	b.Await("the pictures", `() => document.querySelectorAll('#pane .picture img').length === 2`)
	b.HoldRequests("/viewer.*.css")
	b.Click("#pane [role=log]", "link", "one.jpg")
	b.AwaitHeld()
	require.NoError(t, b.evaluate(nil, `() => { const row = document.querySelector('#pane article[id]'); row.replaceWith(row.cloneNode(true)) }`))
	b.Release()
	require.Equal(t, seen{Name: "one.jpg", Count: "1 of 2", Width: 300, Open: true, After: true}, b.awaitViewer("one.jpg", 300))
	b.Press(kb.Escape)

	a.HoldRequests("/viewer.*.css")
	a.Click("#pane [role=log]", "link", "one.jpg")
	a.AwaitHeld()
	a.OpenChat("carl")
	a.Release()
	a.Await("the viewer script is loaded", `() => [...document.styleSheets].some(sheet => sheet.href?.includes('/viewer.'))`)
	require.False(t, a.viewer().Open, "the conversation was closed")
}

// When the connection is back, the upload continues.
func TestUploadResumesWithConnection(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	a.Excuse(connectionErrors...)
	a.Excuse("50", "409 (Conflict)", "423 (Locked)")
	b.Excuse(connectionErrors...)
	content := noise(3_000_000)
	require.Empty(t, ask[[]string](a, loadedScripts), "the upload script is loaded with the first file")
	a.UploadSpeed(500_000)
	a.Attach(write(t, "large.bin", content))
	a.Await("a chunk is stored", `() => document.querySelector('#composer progress')?.value > 0.3`)
	require.Len(t, ask[[]string](a, loadedScripts), 2)
	longOutage(a)
	s.Stop()
	a.Await("it waits", `() => document.querySelector('#composer .upload').dataset.state === 'waiting'`)
	s.Restart()
	a.UploadSpeed(-1)
	a.Await("it continues before the delay ends", `() => document.querySelector('#composer .upload').dataset.state !== 'waiting'`)

	a.Offline(true)
	a.Await("it waits again, or is done", `() => ['waiting', 'done'].includes(document.querySelector('#composer .upload').dataset.state)`)
	a.Offline(false)
	a.AwaitTray("done")
	a.SendFiles()
	b.Await("the file", `() => !!document.querySelector('#pane .file')`)
	require.Equal(t, []shownFile{fileOf("large.bin", "card", content)}, ask[[]shownFile](b, shownFiles))
}

// longOutage makes the first file of the tray wait with the longest delay.
func longOutage(p *Page) {
	p.t.Helper()
	require.NoError(p.t, p.evaluate(nil, `() => Object.defineProperty(Object.values(`+pageOutbox+`.trays)[0][0], 'tries', { get: () => 20, set() {} })`))
}

const loadedScripts = `() => performance.getEntriesByType('resource').map(e => e.name).filter(name => /[/](upload|tus)[.].*js/.test(name))`

// Retry does not wait for the delay.
func TestRetryUpload(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	a.Excuse("503 (", "403 (")
	content := noise(2_000_000)
	a.HoldRequests("/uploads")
	a.Attach(write(t, "large.bin", content), write(t, "next.bin", content[:10]))
	a.AwaitHeld()
	longOutage(a)
	a.Refuse(503, "")
	a.AwaitTray("waiting", "queued")
	require.Equal(t, "The server is busy. This goes on by itself.", a.Tray()[0].Note)
	a.HoldRequests("/uploads")
	a.Click("#composer", "button", "Retry large.bin")
	a.AwaitHeld()
	a.Refuse(403, "Not now.")
	a.AwaitTray("failed", "done")
	require.Equal(t, "Not now.", a.Tray()[0].Note)
	a.Click("#composer", "button", "Retry large.bin")
	a.AwaitTray("done", "done")
	a.SendFiles()
	b.Await("the files", `() => document.querySelectorAll('#pane .file').length === 2`)
	require.Equal(t, []shownFile{fileOf("large.bin", "card", content), fileOf("next.bin", "card", content[:10])}, ask[[]shownFile](b, shownFiles))
}
