package browser

import (
	"os"
	"strings"
	"testing"

	"dchat/app/config"
	"dchat/test/harness"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

func TestFilesByKeyboard(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	one, two := write(t, "one.txt", []byte("one")), write(t, "two.jpg", photo(t, 300, 300))
	opened := make(chan cdp.BackendNodeID, 1)
	chromedp.ListenTarget(a.ctx, func(event any) {
		if e, ok := event.(*page.EventFileChooserOpened); ok {
			opened <- e.BackendNodeID
		}
	})
	a.do(page.SetInterceptFileChooserDialog(true))
	a.TabTo("button", "Attach files")
	require.Equal(t, "solid", ask[string](a, `() => getComputedStyle(document.querySelector('.attach')).outlineStyle`), "the focus is visible")
	a.Press(" ")
	a.do(dom.SetFileInputFiles([]string{one, two}).WithBackendNodeID(<-opened))
	a.AwaitTray("done", "done")
	a.TabTo("button", "Remove one.txt")
	a.Press(kb.Enter)
	a.AwaitTray("done")
	a.awaitFocus("button", "Attach files")
	a.TabTo("textbox", "Message")
	a.Press(kb.Enter)
	b.Await("the picture", `() => document.querySelector('#pane .picture img')?.complete`)
	b.TabTo("link", "two.jpg")
	b.Press(kb.Enter)
	b.awaitViewer("two.jpg", 300)
	b.TabTo("link", "Download two.jpg")
	b.Press(kb.Escape)
	b.Await("the viewer is closed", `() => !document.querySelector('#viewer').open`)
	b.awaitFocus("link", "two.jpg")
}

func TestAxeFiles(t *testing.T) {
	t.Parallel()
	script, err := os.ReadFile(axePath)
	if err != nil && os.Getenv("CI") != "true" && os.Getenv("DCHAT_TEST_ALL") == "" {
		t.Skip("axe-core is not installed: npm ci")
	}
	require.NoError(t, err)
	s := harness.SQLite(t).Start(t, func(c *config.Config) { c.MaxUpload = "5M" })
	a, b := couple(t, &s.Server)
	a.Excuse("413 (")
	a.Attach(write(t, "hum.wav", wav()), write(t, "one.jpg", photo(t, 700, 1000)), write(t, "two.jpg", photo(t, 200, 200)), write(t, "c.zip", []byte("PK\x03\x04zip")))
	a.AwaitTray("done", "done", "done", "done")
	a.Send("a mix")
	b.Await("the pictures", `() => document.querySelectorAll('#pane .picture img').length === 2`)
	b.Attach(write(t, "one.jpg", photo(t, 1000, 700)))
	b.AwaitTray("done")
	b.SendFiles()
	a.Await("the picture", `() => document.querySelectorAll('#pane .picture img').length === 3`)
	a.Send("waits")
	a.HoldRequests("/uploads/*")
	a.Attach(write(t, "slow.bin", noise(10)))
	a.Send("with a file")
	a.Attach(write(t, "large.bin", noise(5_100_000)), write(t, "next.jpg", photo(t, 20, 20)))
	a.AwaitHeld()
	a.awaitState("pending", 1)
	check := func(p *Page, where string) {
		p.t.Helper()
		for _, scheme := range []string{"light", "dark"} {
			p.do(emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{
				{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
			}))
			p.awaitStill()
			for _, v := range p.axe(string(script)) {
				t.Errorf("%s, %s: %s (%s) %s\n%s", where, scheme, v.ID, v.Impact, v.Help, strings.Join(v.Where, "\n"))
			}
		}
	}
	check(a, "a message with a queued file, and queued files")
	a.Release()
	a.AwaitTray("refused", "done")
	check(a, "a refused file")
	for _, button := range []string{"#composer .attach", "#composer .cancel", "#pane .get"} {
		require.GreaterOrEqual(t, ask[float64](a, `button => { const r = document.querySelector(button).getBoundingClientRect(); return Math.min(r.width, r.height) }`, button), 44.0, button)
	}
	check(b, "files in a conversation")
	b.Click("#pane [role=log]", "link", "two.jpg")
	b.awaitViewer("two.jpg", 200)
	check(b, "the viewer")
	b.do(emulation.SetDeviceMetricsOverride(390, 844, 2, true))
	check(b, "the viewer on a phone")
	b.Press(kb.Escape)
	check(b, "files on a phone")
	a.do(emulation.SetDeviceMetricsOverride(390, 844, 2, true))
	check(a, "the tray on a phone")
	require.True(t, ask[bool](a, `() => document.documentElement.scrollWidth <= innerWidth && document.querySelector('#pane').scrollWidth <= innerWidth`), "no element is too wide")
}
