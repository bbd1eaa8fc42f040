package browser

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"dchat/app/config"
	"dchat/test/harness"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

// shownFiles are the files in the open log: what is shown of them, and the SHA-256 of what one can save.
const shownFiles = `async () => Promise.all([...document.querySelectorAll('#pane [role=log] article[id]')].flatMap(row =>
  [...row.querySelectorAll('.picture, .file')].map(async file => {
    const saved = await fetch((file.matches('a') ? file : file.querySelector('a')).href)
    const sum = new Uint8Array(await crypto.subtle.digest('SHA-256', await saved.arrayBuffer()))
    const player = file.closest('.media')?.querySelector('audio, video')
    return {
      Name: file.querySelector('img')?.alt ?? file.querySelector('.sr, .name').textContent,
      Sum: [...sum].map(b => b.toString(16).padStart(2, '0')).join(''),
      As: player?.localName ?? (file.matches('a') ? 'picture' : 'card'),
    }
  })))`

type shownFile struct{ Name, Sum, As string }

func fileOf(name, as string, content []byte) shownFile {
	sum := sha256.Sum256(content)
	return shownFile{name, hex.EncodeToString(sum[:]), as}
}

func TestFilesArePickedDroppedAndPasted(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	a.Go("/")
	a.OpenChat("bert")
	image, table, sound, long := photo(t, 300, 200), []byte("a,b\n1,2\n"), wav(), noise(2_500_000)
	a.Attach(write(t, "尾根 – Samstag.jpg", image), write(t, "numbers.csv", table))
	a.AwaitTray("done", "done")
	a.Drop(write(t, "hum.wav", sound), write(t, "long\u202egnp.bin", long))
	a.AwaitTray("done", "done", "done", "done")
	a.Find("#composer", "textbox", "Message")
	a.Write("and a word")
	a.Paste("image.png", "image/jpeg", image)
	a.AwaitTray("done", "done", "done", "done", "done")
	a.Press(kb.Enter)
	want := []shownFile{
		fileOf("尾根 – Samstag.jpg", "picture", image), fileOf("numbers.csv", "card", table), fileOf("hum.wav", "audio", sound),
		fileOf("longgnp.bin", "card", long), fileOf("image.png", "picture", image),
	}
	for _, p := range []*Page{a, b} {
		p.AwaitTexts("and a word")
		p.Await("the pictures are there", `() => document.querySelectorAll('#pane .picture img').length === 2`)
		require.Equal(t, want, ask[[]shownFile](p, shownFiles), p.Name)
	}
	a.AwaitTray()
	require.Empty(t, a.Composed())
	a.Send("no second time")
	b.AwaitTexts("and a word", "no second time")
	require.Empty(t, ask[[]string](a, `() => Object.keys(localStorage)`), "nothing is left of what is done")
}

// wav is a second of a low sound.
func wav() []byte {
	const rate = 8000
	header := "RIFF\x64\x1f\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x40\x1f\x00\x00\x01\x00\x08\x00data\x40\x1f\x00\x00"
	sound := []byte(header)
	for i := range rate {
		sound = append(sound, byte(128+i%80-40))
	}
	return sound
}

// A message with files is one of many: those that were written before it come before it, on every page.
func TestAMessageWaitsForItsFiles(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, carl := trio(t, &s.Server)
	a, b, c := enter(t, anna, s.URL, "/chats/bert"), enter(t, bert, s.URL, "/chats/anna"), enter(t, carl, s.URL, "/chats/anna")
	a.AwaitLive()
	a.HoldRequests("/uploads/*")
	a.Attach(write(t, "one.bin", noise(1_500_000)), write(t, "two.bin", noise(300)))
	a.AwaitHeld()
	a.Send("with two files")
	a.Send("after them")
	a.awaitState("pending", 2)
	require.Equal(t, []string{"with two files", "after them"}, a.Texts())
	a.OpenChat("carl")
	a.Send("for carl at once")
	c.AwaitTexts("for carl at once")
	a.Release()
	b.AwaitTexts("with two files", "after them")
	a.OpenChat("bert")
	a.AwaitTexts("with two files", "after them")
	require.Len(t, ask[[]shownFile](b, shownFiles), 2)
	a.AwaitTray()
}

func TestUploadsShowTheirProgressAndCanBeCancelled(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	content := noise(3_000_000)
	a.Hold("/uploads/*") // one piece is on its way for as long as it takes to look
	a.Attach(write(t, "large.bin", content), write(t, "next.bin", content[:1000]))
	a.AwaitTray("running", "queued")
	a.Await("progress", `() => { const bar = document.querySelector('#composer progress'); return bar.value > 0.1 && bar.value < 1 }`)
	a.Find("#composer", "progressbar", "Upload of large.bin")
	require.Regexp(t, `^\d+(\.\d)? (kB|MB) of 3 MB$`, ask[string](a, `() => document.querySelector('#composer .size').textContent`))
	url := ask[string](a, `() => Object.values(`+pageOutbox+`.trays)[0][0].url`)
	a.Click("#composer", "button", "Cancel large.bin")
	a.Release()
	a.AwaitTray("done")
	a.Excuse("404 (Not Found)")
	a.Await("the server has forgotten it", `async url => (await fetch(url, { method: 'HEAD', headers: { 'Tus-Resumable': '1.0.0' } })).status === 404`, url)
	a.Click("#composer", "button", "Remove next.bin")
	a.AwaitTray()
	a.Attach(write(t, "again.bin", content))
	a.Send("words")
	b.AwaitTexts("words")
	require.Equal(t, []shownFile{fileOf("again.bin", "card", content)}, ask[[]shownFile](b, shownFiles))
}

// The name of a file that waits is parted between characters, as where the server shows it; so is what a
// server says at length.
func TestAFileThatWaitsIsCutBetweenCharacters(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, _ := couple(t, &s.Server)
	family := "👨‍👩‍👧‍👦"
	a.HoldRequests("/uploads*")
	a.Attach(write(t, strings.Repeat(family, 9)+".bin", []byte("x")))
	a.AwaitHeld()
	name := `s => document.querySelector('#composer .upload .name ' + s).textContent`
	require.Equal(t, strings.Repeat(family, 5), ask[string](a, name, ".start"))
	require.Equal(t, strings.Repeat(family, 4)+".bin", ask[string](a, name, ".end"))
	a.Excuse("413")
	a.Refuse(413, "<p>"+strings.Repeat(family, 400)+"</p>")
	a.AwaitTray("refused")
	require.Equal(t, strings.Repeat(family, 300), a.Tray()[0].Note)
}

// busyOnce asks another address how far an upload is, the next time.
const busyOnce = `() => {
  const open = XMLHttpRequest.prototype.open
  let times = 0
  XMLHttpRequest.prototype.open = function (method, url, ...rest) { open.call(this, method, method === 'HEAD' && !times++ ? '/busy' : url, ...rest) }
}`

// What is lost is the piece that was under way, never the file.
func TestAnUploadOutlivesTheLineAndTheNode(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Exec(t)
	a, b := couple(t, &s.Server)
	a.Excuse(lostLine...)
	a.Excuse("50", "409 (Conflict)", "423 (Locked)")
	b.Excuse(lostLine...)
	content := noise(6_000_000)
	a.UploadSpeed(400_000)
	a.Attach(write(t, "large.bin", content))
	a.Await("a piece is there", `() => document.querySelector('#composer progress')?.value > 0.2`)
	a.Send("here it is")
	require.NoError(t, a.evaluate(nil, busyOnce))
	a.Offline(true)
	a.Await("it waits", `() => document.querySelector('[data-pending] .upload').dataset.state === 'waiting'`)
	require.Equal(t, "No connection. This goes on by itself.", ask[string](a, `() => document.querySelector('[data-pending] .note').textContent`))
	a.Find("#pane", "button", "Retry large.bin")
	a.HoldRequests("/busy")
	a.Offline(false)
	a.AwaitHeld()
	a.UploadSpeed(400_000)
	a.Refuse(503, "")
	a.Await("it goes on", `() => document.querySelector('[data-pending] .upload').dataset.state === 'running'`)
	s.Stop()
	s.Start()
	a.UploadSpeed(-1)
	b.AwaitTexts("here it is")
	require.Equal(t, []shownFile{fileOf("large.bin", "card", content)}, ask[[]shownFile](b, shownFiles))
	require.Equal(t, 1, ask[int](a, `() => performance.getEntriesByType('resource').filter(e => new URL(e.name).pathname === '/uploads').length`), "it began once")
}

// After a reload a page has no right to the files any more: picked again, they go on where they were.
func TestAnUploadOutlivesAReload(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	a.Excuse(lostLine...)
	a.Excuse("423 (Locked)") // until the server sees that the page has gone
	content := noise(4_000_000)
	path := write(t, "large.bin", content)
	a.UploadSpeed(400_000)
	a.Attach(write(t, "small.txt", []byte("hello")), path)
	a.AwaitTray("done", "running")
	a.Send("two files")
	a.Await("a piece is there", `() => document.querySelectorAll('[data-pending] progress')[1]?.value > 0.3`)
	require.True(t, a.ReloadAsking(), "the page asks whether one means it")
	a.UploadSpeed(-1)
	a.AwaitTray("done", "lost")
	require.Equal(t, "two files", a.Composed())
	require.Equal(t, "Pick large.bin again to go on.", a.Tray()[1].Note)
	a.Send("two files")
	require.Equal(t, "two files", a.Composed(), "a message does not leave half of itself behind")
	a.Write("two files, or more")
	a.Reload()
	a.AwaitTray("done", "lost")
	require.Equal(t, "two files, or more", a.Composed(), "it is a draft like any other")
	a.Attach(path)
	a.AwaitTray("done", "done")
	require.Zero(t, ask[int](a, `() => performance.getEntriesByType('resource').filter(e => new URL(e.name).pathname === '/uploads').length`), "nothing began anew")
	require.Less(t, ask[int](a, `() => performance.getEntriesByType('resource').filter(e => e.initiatorType === 'xmlhttprequest').length`), 1+4, "and not all of it was sent again")
	a.Send("two files")
	b.AwaitTexts("two files")
	require.Equal(t, []shownFile{fileOf("small.txt", "card", []byte("hello")), fileOf("large.bin", "card", content)}, ask[[]shownFile](b, shownFiles))
	a.awaitNothingQueued()
	require.False(t, a.ReloadAsking(), "nothing is under way")
	a.AwaitTexts("two files")
	a.AwaitTray()
}

// A finished upload is sent after a reload without action.
func TestFilesThatAreThereSurviveAReload(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	a.Excuse(lostLine...)
	a.Attach(write(t, "one.txt", []byte("one")))
	a.AwaitTray("done")
	a.Reload()
	a.AwaitTray("done")
	a.HoldRequests("/messages")
	a.Send("it")
	a.AwaitHeld()
	a.Reload()
	a.Release()
	b.AwaitTexts("it")
	a.AwaitTexts("it")
	require.Len(t, ask[[]shownFile](b, shownFiles), 1)
}

func TestAFileThatIsRefusedSaysWhy(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t, func(c *config.Config) { c.MaxUpload = "1M" })
	a, b := couple(t, &s.Server)
	a.Excuse("413 (")
	big, small := write(t, "big.bin", noise(1_100_000)), write(t, "small.bin", noise(10))
	a.Attach(big, small)
	a.AwaitTray("refused", "done")
	require.Equal(t, "A file here has at most 1 MB.", a.Tray()[0].Note)
	a.Send("both")
	require.Equal(t, "both", a.Composed())
	a.Click("#composer", "button", "Cancel big.bin")
	a.AwaitTray("done")
	a.Send("both")
	b.AwaitTexts("both")

	a.HoldRequests("/uploads")
	a.Attach(big, small)
	a.AwaitHeld()
	a.Send("sent before the answer")
	a.Send("another")
	a.Release()
	a.awaitState("failed", 1)
	b.AwaitTexts("both", "another")
	require.Equal(t, "big.bin: A file here has at most 1 MB.", ask[string](a, `() => document.querySelector('.failed .why').textContent`))
	a.Click("#pane", "button", "Cancel big.bin")
	b.AwaitTexts("both", "another", "sent before the answer")
	a.AwaitTexts("both", "another", "sent before the answer")
	require.Len(t, ask[[]shownFile](b, shownFiles), 2)
}

func TestFilesWithoutAScript(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	a.do(emulation.SetScriptExecutionDisabled(true))
	a.do(navigate(a.url + "/chats/bert"))
	image := photo(t, 300, 200)
	a.Attach(write(t, "one.jpg", image), write(t, "two.txt", []byte("two")))
	a.Click("#composer", "button", "Send")
	a.Find("#pane", "link", "Download two.txt")
	b.Await("the message", `() => document.querySelectorAll('#pane article .picture img, #pane article .file').length === 2`)
	require.Equal(t, []shownFile{fileOf("one.jpg", "picture", image), fileOf("two.txt", "card", []byte("two"))}, ask[[]shownFile](b, shownFiles))
}

// The script that uploads comes with the first file, and keeps trying to.
func TestFilesThatAreAttachedWithoutALine(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	a.Excuse("upload.")
	a.Offline(true)
	a.Attach(write(t, "one.txt", []byte("one")))
	a.Send("with one file")
	a.awaitState("pending", 1)
	a.Offline(false)
	b.AwaitTexts("with one file")
	require.Equal(t, []shownFile{fileOf("one.txt", "card", []byte("one"))}, ask[[]shownFile](b, shownFiles))
}
