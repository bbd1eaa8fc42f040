package browser

import (
	"net/http"
	"testing"

	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

// A page whose session has ended goes to sign-in once the server answers. Until then it reports the end and hides
// its content.
func TestEndedSessionWithoutServer(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, _ := trio(t, &s.Server)
	postMessage(t, bert, anna, "between the two")
	p := enter(t, anna, s.URL, "/chats/bert")
	p.AwaitTexts("between the two")
	p.AwaitLive()
	p.Excuse("503 (", "401 (Unauthorized)")
	p.Excuse(connectionErrors...)
	p.HoldRequests("/login*")
	require.Equal(t, http.StatusSeeOther, anna.Post("/logout", nil, false).Status)
	for _, refuse := range []func(){func() { p.Refuse(http.StatusServiceUnavailable, "") }, p.Lose} {
		p.AwaitHeld()
		refuse()
		p.HoldRequests("/login*")
		p.Await("the reason is shown", `() => document.querySelector('#pane h1')?.textContent === 'You were signed out'`)
		require.NotContains(t, ask[string](p, `() => document.documentElement.outerHTML`), "between the two")
		require.Equal(t, "/chats/bert", ask[string](p, `() => location.pathname`))
	}
	p.AwaitHeld()
	p.Refuse(http.StatusOK, "<p>Sign in to the wireless network") // as in a hotel's network
	p.Await("sign-in, once it is there", `() => location.pathname + location.search === '/login?done=ended&next=%2Fchats%2Fbert'`)
	p.AwaitSignedOut()
	p.awaitStatus("You were signed out")
	p.Fill("textbox", "Email or username", "anna")
	p.Fill("textbox", "Password", harness.Password)
	p.Click("", "button", "Sign in")
	p.AwaitChat("bert")
}

// With too many open pages the visible ones stay connected: a disconnected page reconnects when it becomes visible,
// not after a time.
func TestTooManyTabs(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, _ := trio(t, &s.Server)
	p := open(t, "anna", s.URL)
	p.OnNewPages(`{ const every = setInterval; window.ticks = []; window.setInterval = (f, ms) => { ticks.push(f); return every(f, ms) } }`)
	p.become(anna)
	p.Go("/chats/bert")
	p.AwaitLive()
	other := p.Tab()
	other.Go("/chats/bert")
	other.Show()
	require.NoError(t, other.evaluate(nil, `() => {
    const { as } = document.querySelector('#live').dataset, cursor = document.querySelector('#cursor').textContent
    window.many = Array.from({ length: 55 }, () => new WebSocket(location.origin.replace('http', 'ws') + '/ws?as=' + as + '&cursor=' + cursor))
  }`))
	const without = `() => !document.querySelector('#live')._htmx?.ws?.connection`
	p.Await("it was disconnected", without)
	require.True(t, ask[bool](p, `() => {
    const now = Date.now
    Date.now = () => now() + 60_000
    ticks.forEach(tick => tick())
    return (`+without+`)()
  }`), "a hidden page does not reconnect")
	postMessage(t, bert, anna, "meanwhile")
	p.Show()
	p.AwaitLive()
	p.AwaitTexts("meanwhile")
}
