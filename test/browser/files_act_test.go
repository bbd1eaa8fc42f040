package browser

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// write creates a file to attach.
func write(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, content, 0o600))
	return path
}

// noise returns random bytes, which do not compress.
func noise(size int) []byte {
	content := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(content)
	return content
}

// photo returns a JPEG of a colour gradient.
func photo(t *testing.T, width, height int) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			c := color.RGBA{uint8(140 + 110*y/height), uint8(200 - 30*x/width), uint8(230 - 120*y/height), 255}
			if y*width > height*width*7/10-x*height*3/10 {
				c = color.RGBA{uint8(60 - 40*y/height), uint8(130 - 50*x/width), uint8(80 - 30*y/height), 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, img, nil))
	return b.Bytes()
}

// Attach picks files in the composer's file field.
func (p *Page) Attach(paths ...string) {
	p.t.Helper()
	node := p.Find("#composer", "button", "Attach files")
	p.do(dom.SetFileInputFiles(paths).WithBackendNodeID(node))
}

// UploadSpeed limits uploads to bytes per second; -1 is unlimited.
func (p *Page) UploadSpeed(perSecond float64) {
	p.t.Helper()
	p.do(network.EmulateNetworkConditions(false, 0, -1, perSecond))
}

// OnNewPages runs a script in pages loaded later, before their own.
func (p *Page) OnNewPages(script string) {
	p.t.Helper()
	p.do(chromedp.ActionFunc(func(ctx context.Context) error {
		_, err := page.AddScriptToEvaluateOnNewDocument(script).Do(ctx)
		return err
	}))
}

// navigate is Go without waiting for a script.
func navigate(url string) chromedp.Action { return chromedp.Navigate(url) }

// ReloadAsking reloads, confirms if the page asks, and reports whether it asked.
func (p *Page) ReloadAsking() bool {
	p.t.Helper()
	var asked atomic.Bool
	ctx, cancel := context.WithCancel(p.ctx)
	defer cancel()
	chromedp.ListenTarget(ctx, func(event any) {
		if _, ok := event.(*page.EventJavascriptDialogOpening); ok {
			asked.Store(true)
			go func() { _ = chromedp.Run(p.ctx, page.HandleJavaScriptDialog(true)) }()
		}
	})
	p.Reload()
	return asked.Load()
}

// Drop drags files over the conversation and drops them.
func (p *Page) Drop(paths ...string) {
	p.t.Helper()
	at := ask[spot](p, `() => { const r = document.querySelector('#pane').getBoundingClientRect(); return { X: r.x + r.width / 2, Y: r.y + r.height / 2 } }`)
	data := &input.DragData{Items: []*input.DragDataItem{}, Files: paths, DragOperationsMask: 1}
	for _, turn := range []input.DispatchDragEventType{input.DragEnter, input.DragOver} {
		p.do(input.DispatchDragEvent(turn, at.X, at.Y, data))
	}
	p.Await("the drop target is shown", `() => document.querySelector('#pane').classList.contains('dropping')`)
	p.do(input.DispatchDragEvent(input.Drop, at.X, at.Y, data))
}

// Paste puts a file into the focused field, as from the clipboard.
func (p *Page) Paste(name, mediaType string, content []byte) {
	p.t.Helper()
	require.True(p.t, ask[bool](p, `(name, type, bytes) => {
    const clipboardData = new DataTransfer()
    clipboardData.items.add(new File([Uint8Array.from(atob(bytes), c => c.charCodeAt(0))], name, { type }))
    return !document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
  }`, name, mediaType, content))
}

// SendFiles sends the files in the tray without text.
func (p *Page) SendFiles() {
	p.t.Helper()
	p.Send("")
}

// Attached is a file in the tray.
type Attached struct {
	Name, State, Note string
	Progress          float64
}

// Tray returns the files of the next message.
func (p *Page) Tray() []Attached {
	p.t.Helper()
	return ask[[]Attached](p, trayOf, "#composer")
}

const trayOf = `within => [...document.querySelectorAll(within + ' .upload')].map(row => ({
  Name: row.querySelector('.name').textContent, State: row.dataset.state, Note: row.querySelector('.note').textContent,
  Progress: row.querySelector('progress').value,
}))`

// AwaitTray waits until the files of the next message are in these states.
func (p *Page) AwaitTray(states ...string) {
	p.t.Helper()
	p.Await("the tray", `want => JSON.stringify([...document.querySelectorAll('#composer .upload')].map(row => row.dataset.state)) === JSON.stringify(want)`, append([]string{}, states...))
}
