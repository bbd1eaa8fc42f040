package browser

import (
	"testing"

	"dchat/test/harness"

	"github.com/chromedp/cdproto/emulation"
	"github.com/stretchr/testify/require"
)

// safeArea simulates a notch and a home bar.
func (p *Page) safeArea(top, right, bottom, left int64) {
	p.t.Helper()
	p.do(emulation.SetSafeAreaInsetsOverride(&emulation.SafeAreaInsets{Top: top, TopMax: top, Right: right, RightMax: right, Bottom: bottom, BottomMax: bottom, Left: left, LeftMax: left}))
}

// No text or button is under the notch or the home bar, in portrait and landscape.
func TestSafeArea(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, _ := trio(t, &s.Server)
	postMessage(t, bert, anna, "hello")
	p := enter(t, anna, s.URL, "/chats/bert")
	p.touch()
	for _, screen := range []struct{ width, height, top, right, bottom, left int64 }{{390, 844, 47, 0, 34, 0}, {844, 390, 0, 47, 21, 47}, {320, 640, 30, 0, 20, 0}} {
		p.do(emulation.SetDeviceMetricsOverride(screen.width, screen.height, 2, true))
		p.safeArea(screen.top, screen.right, screen.bottom, screen.left)
		for _, path := range []string{"/", "/chats/bert", "/people/bert", "/profile", "/settings"} {
			p.Go(path)
			p.AwaitLive()
			p.awaitStill()
			require.Empty(t, ask[[]string](p, `({ top, right, bottom, left }) => [...document.querySelectorAll('.top :is(a, button, h1), .side :is(a, button, input), #composer :is(button, textarea, label)')].filter(e => {
        const r = e.getBoundingClientRect()
        if (!e.checkVisibility() || e.closest('.sr, [popover], .skip, .list') || r.width < 2) return
        return r.top < top || r.left < left || r.right > innerWidth - right || r.bottom > innerHeight - bottom && !e.closest('.list, .sheet')
      }).map(e => e.outerHTML.slice(0, 120))`, map[string]int64{"top": screen.top, "right": screen.right, "bottom": screen.bottom, "left": screen.left}), "%s at %d px", path, screen.width)
		}
	}
}
