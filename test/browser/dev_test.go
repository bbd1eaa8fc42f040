package browser

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"dchat/app/config"
	"dchat/test/harness"

	"github.com/chromedp/cdproto/emulation"
	"github.com/stretchr/testify/require"
)

// The storybook fits a phone, also with text at twice the size.
func TestStorybookFitsPhone(t *testing.T) {
	t.Parallel()
	n := harness.SQLite(t).Start(t, func(c *config.Config) { c.Dev = "on" })
	p := open(t, "anna", n.URL)
	p.Excuse("two elements have the id") // one component in several states
	for _, percent := range []int{100, 200} {
		p.do(emulation.SetDeviceMetricsOverride(390, 844, 1, true))
		p.Go("/dev/views")
		require.NoError(t, p.evaluate(nil, `percent => { document.documentElement.style.fontSize = percent + '%' }`, percent))
		p.awaitStill()
		wide := ask[[]string](p, `() => [...document.querySelectorAll('.story *')].filter(e => e.getBoundingClientRect().right > 390).map(e => e.outerHTML.slice(0, 120)).slice(0, 8)`)
		require.LessOrEqual(t, ask[int](p, `() => document.scrollingElement.scrollWidth`), 390, "%d %%: %q", percent, wide)
	}
}

// In development an open page shows an edit: a style at once, a script after a reload at the same address.
func TestLiveReload(t *testing.T) {
	source := t.TempDir()
	require.NoError(t, os.CopyFS(filepath.Join(source, "static"), os.DirFS("../../static")))
	t.Chdir(source)
	edit := func(path, more string) {
		path = filepath.Join("static", path)
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(path, append(text, more...), 0o600))
	}
	n := harness.SQLite(t).Start(t, func(c *config.Config) { c.Dev, c.DrainDelay = "on", "3s" })
	p := open(t, "anna", n.URL)
	p.become(n.SignUp(t, "anna"))
	p.Go("/settings")
	require.True(t, ask[bool](p, `() => window.stayed = true`))
	edit("css/base.css", "body { outline: 3px solid rgb(1, 2, 3) }")
	p.Await("the style is new without a reload", `() => getComputedStyle(document.body).outlineColor === "rgb(1, 2, 3)" && window.stayed`)
	edit("dchat.js", ";window.edited = true")
	p.Await("the page is reloaded at its address", `() => window.edited && !window.stayed && location.pathname === "/settings"`)

	p.Excuse(connectionErrors...)
	p.Excuse("503")
	require.True(t, ask[bool](p, `() => {
    const really = fetch
    fetch = (path, how) => really(path, how).finally(() => { window.asked ||= path === "/readyz" })
    return window.stayed = true
  }`))
	n.BeginStop()
	p.await(patience, "the server says that it stops", func() bool { return n.Stranger().Get("/readyz", false).Status == http.StatusServiceUnavailable }, n.Log)
	edit("dchat.js", ";window.edited = 2")
	p.Await("the page has received the edit", `() => window.asked`)
	n.AwaitStop()
	require.True(t, ask[bool](p, `() => window.stayed`), "the page is not replaced by a server that stops")
	n.Restart()
	p.Await("the page is reloaded once the server is back", `() => window.edited === 2 && !window.stayed && location.pathname === "/settings"`)
}
