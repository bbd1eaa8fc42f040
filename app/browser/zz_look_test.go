package browser

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"dchat/app"
	"dchat/app/apptest"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

func (p *Page) shot(name string) {
	p.do(chromedp.ActionFunc(func(ctx context.Context) error {
		b, err := page.CaptureScreenshot().Do(ctx)
		if err != nil { return err }
		return os.WriteFile("/tmp/ui/"+name+".png", b, 0o644)
	}))
}

func TestZZLook(t *testing.T) {
	s := apptest.SQLite(t).Start(t, func(c *app.Config) { c.MaxUpload = "5M" })
	a, b := couple(t, &s.Server)
	a.Excuse("413 (")
	a.Excuse(lostLine...)
	script, _ := os.ReadFile(axePath)
	look := func(p *Page, where string) {
		for _, v := range p.axe(string(script)) {
			t.Errorf("%s: %s (%s) %s\n%v", where, v.ID, v.Impact, v.Help, v.Where)
		}
	}
	a.Send("Morning! Did you see the forecast?")
	a.Attach(write(t, "hum.wav", wav()), write(t, "ridge.jpg", photo(t, 700, 1000)), write(t, "clip.zip", []byte("PK\x03\x04aaaaaaaaaaaaaaaaaaaaaaaaaa")))
	a.AwaitTray("done", "done", "done")
	a.Send("A mix")
	b.AwaitTexts("Morning! Did you see the forecast?", "A mix")
	b.Await("p", `() => document.querySelectorAll('#pane .picture img').length===1`)
	b.Attach(write(t, "pan.jpg", photo(t, 4000, 300)))
	b.AwaitTray("done"); b.SendFiles()
	b.Attach(write(t, "tiny.jpg", photo(t, 30, 30)))
	b.AwaitTray("done"); b.SendFiles()
	a.Await("p", `() => document.querySelectorAll('#pane .picture img').length===3`)
	a.UploadSpeed(500_000)
	a.Attach(write(t, "holiday film from the south of the island, cut three, final final.mov", noise(4_000_000)), write(t, "ridge.jpg", photo(t, 700, 1000)), write(t, "disk.iso", noise(5_100_000)))
	a.Await("x", `() => document.querySelector('#composer progress').value > 0.3`)
	for _, scheme := range []string{"light", "dark"} {
		for _, w := range []int64{1280, 390} {
			a.do(emulation.SetDeviceMetricsOverride(w, 844, 1, w < 500), emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}))
			a.shot(fmt.Sprintf("up-%s-%d", scheme, w))
		}
		look(a, "tray "+scheme)
	}
	data := &input.DragData{Items: []*input.DragDataItem{}, Files: []string{write(t, "x.txt", []byte("x"))}, DragOperationsMask: 1}
	a.do(input.DispatchDragEvent(input.DragEnter, 200, 300, data), input.DispatchDragEvent(input.DragOver, 200, 300, data))
	time.Sleep(200*time.Millisecond)
	a.shot("drop")
	a.do(input.DispatchDragEvent(input.DragCancel, 200, 300, data))
	a.Await("no hint", `() => !document.querySelector('.dropping')`)
	a.AwaitTray("done", "done", "refused")
	a.shot("refused")
	look(a, "refused")
	a.Click("#composer", "button", "Cancel disk.iso")
	a.Attach(write(t, "more.bin", noise(1_000_000)))
	a.Send("Together with this")
	a.Offline(true)
	a.Await("it waits", `() => [...document.querySelectorAll('[data-pending] .upload')].at(-1).dataset.state === 'waiting'`)
	for _, scheme := range []string{"light", "dark"} {
		for _, w := range []int64{1280, 390} {
			a.do(emulation.SetDeviceMetricsOverride(w, 844, 1, w < 500), emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}))
			time.Sleep(200*time.Millisecond)
			a.shot(fmt.Sprintf("pend-%s-%d", scheme, w))
			b.do(emulation.SetDeviceMetricsOverride(w, 844, 1, w < 500), emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}))
			b.Show()
			b.shot(fmt.Sprintf("mix-%s-%d", scheme, w))
			a.Show()
		}
		look(a, "pending "+scheme)
		look(b, "mix "+scheme)
	}
	a.Reload()
	a.Await("lost", `() => [...document.querySelectorAll('#composer .upload')].at(-1)?.dataset.state === 'lost'`)
}
