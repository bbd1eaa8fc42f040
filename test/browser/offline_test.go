package browser

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"dchat/test/harness"
	"dchat/test/services"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// withoutWorker keeps pages without a service worker, which every page brings after some seconds. Pages of withWorker have it.
const withoutWorker = `
if (navigator.serviceWorker) navigator.serviceWorker.register = () => new Promise(() => {})`

// withWorker lets the pages that are opened from now on bring the service worker, at once.
func (p *Page) withWorker() {
	p.t.Helper()
	p.OnNewPages(`if (navigator.serviceWorker) {
    delete navigator.serviceWorker.register
    const later = setTimeout
    window.setTimeout = (f, ms, ...rest) => later(f, [2000, 3000].includes(ms) ? 0 : ms, ...rest)
  }`)
}

// keptPaths are the paths of the panes that the browser keeps, the latest last, with the person.
const keptPaths = `async () => {
  const names = (await caches.keys()).filter(name => name.startsWith('dchat-pages-'))
  const lists = await Promise.all(names.map(async name => (await (await caches.open(name)).keys()).map(({ url }) => new URL(url).pathname)))
  return names.map((name, i) => name.split('-').slice(3).join('-') + ': ' + lists[i].filter(path => !path.startsWith('/~')).join(' ')).join(' | ')
}`

func (p *Page) awaitKept(want string) {
	p.t.Helper()
	p.await(patience, "it keeps "+want, func() bool { return ask[string](p, keptPaths) == want }, func() string { return ask[string](p, keptPaths) })
}

// awaitAssets waits until the browser has all that a page needs without a connection.
func (p *Page) awaitAssets() {
	p.t.Helper()
	p.Await("the scripts are kept", `async () => {
    const cache = await caches.open('dchat-assets-1')
    const has = name => cache.match(document.querySelector(name)?.src ?? '')
    const store = await cache.match(document.querySelector('#store').content)
    return !!store && !!await has('script[src*="dchat."]') && !!await has('script[src*="htmx."]') && !!await cache.match(document.querySelector('#live').dataset.keep)
  }`)
}

// awaitOffline waits until the page says that it is what was here last.
func (p *Page) awaitOffline() {
	p.t.Helper()
	p.Await("it says that one is offline", `() => document.querySelector('#offline')?.innerText.startsWith('You are offline.')`)
}

// Without a connection the browser opens what was seen last, also after a crash. What is written there leaves once.
func TestOfflineShell(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, carl := trio(t, &s.Server)
	postMessage(t, bert, anna, "from bert")
	postMessage(t, carl, anna, "from carl")
	folder := services.Folder(t)
	first := keptProfile(t, folder)
	p := first.open(t, "anna", s.URL)
	p.withWorker()
	p.become(anna)
	p.Go("/chats/bert")
	p.AwaitLive()
	p.awaitKept("anna: /chats/bert")
	postMessage(t, bert, anna, "and one more")
	p.AwaitTexts("from bert", "and one more")
	p.OpenChat("carl")
	p.awaitKept("anna: /chats/bert /chats/carl")
	p.awaitAssets()
	p.Excuse(connectionErrors...)
	s.Stop()

	p.Go("/chats/bert")
	p.awaitOffline()
	p.AwaitTexts("from bert", "and one more")
	ask[bool](p, `() => window.same = true`)
	p.ClickChat("carl")
	p.AwaitTexts("from carl")
	require.True(t, ask[bool](p, `() => window.same === true`), "the pane comes into the page")
	p.Send("written offline")
	p.awaitStored("written offline")
	p.Go("/settings")
	p.Find("#pane", "heading", "You are offline")
	require.NotZero(t, ask[int](p, `() => document.querySelectorAll('#chats .row').length`))
	first.kill(t)

	second := keptProfile(t, folder)
	p = second.open(t, "anna", s.URL)
	p.withWorker()
	p.become(anna) // the test's cookie is of the browser's session
	p.Excuse(connectionErrors...)
	p.Go("/chats/carl")
	p.awaitOffline()
	p.Await("the message waits", `() => [...document.querySelectorAll('[data-pending] p')].map(p => p.textContent).join() === 'written offline'`)
	p.Write("half a thought")
	p.awaitStored("half a thought")
	p.Send("another one")
	p.awaitStored("another one")
	s.Restart()
	p.AwaitTexts("from carl", "written offline", "another one")
	p.AwaitLive()
	p.Await("it says so no more", `() => !document.documentElement.matches('.offline, .kept')`)
	b := enter(t, carl, s.URL, "/chats/anna")
	b.AwaitTexts("from carl", "written offline", "another one")
	requireOnce(t, b, 1, 3)
}

// What came meanwhile comes with the connection, into a page that was opened without it.
func TestOfflinePageCatchesUp(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, carl := trio(t, &s.Server)
	proxy := services.NewProxy(t, s.URL)
	postMessage(t, bert, anna, "one")
	require.Equal(t, http.StatusSeeOther, bert.Post("/chats/anna/timer", url.Values{"after": {"1d"}}, false).Status)
	postMessage(t, bert, anna, "fleeting")
	p := open(t, "anna", proxy.URL)
	p.withWorker()
	p.become(anna)
	p.Excuse(connectionErrors...)
	p.Excuse("(Bad Gateway)")
	p.Go("/chats/bert")
	p.AwaitLive()
	p.awaitKept("anna: /chats/bert")
	p.awaitAssets()
	proxy.Break(true)
	postMessage(t, bert, anna, "two")
	postMessage(t, carl, anna, "from carl")
	p.Reload()
	p.awaitOffline()
	require.Contains(t, ask[string](p, `() => document.querySelector('#pane').innerText`), "one")
	require.NotContains(t, ask[string](p, `() => document.documentElement.outerHTML`), "fleeting")
	p.Go("/saved")
	p.Find("#pane", "heading", "You are offline")
	proxy.Break(false)
	p.AwaitLive()
	p.Find("#pane", "heading", "Saved messages")
	p.AwaitUnread("carl", 1)
	p.OpenChat("bert")
	p.AwaitText("two")

	p.awaitKept("anna: /chats/bert")
	proxy.Break(true)
	p.Go("/chats/bert")
	p.awaitOffline()
	p.Await("it is blank", `() => !document.documentElement.outerHTML.includes('fleeting') && document.querySelector('#pane').innerText.includes('A disappearing message')`)
	proxy.Break(false)
	p.AwaitLive()
	p.AwaitText("fleeting")
	p.Await("the last line is back", `() => document.querySelector('#chats').innerText.includes('two')`)
}

// What one person has seen is gone once they sign out, their session ends, or another person is there.
func TestKeptPagesHaveOneOwner(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, carl := trio(t, &s.Server)
	postMessage(t, carl, anna, "for anna only")
	p := open(t, "anna", s.URL)
	p.withWorker()
	p.Excuse("409 (Conflict)", "401 (Unauthorized)")
	p.become(anna)
	p.Go("/chats/carl")
	p.AwaitLive()
	p.awaitKept("anna: /chats/carl")
	p.become(bert)
	p.Go("/chats/anna")
	p.AwaitLive()
	p.awaitKept("bert: /chats/anna")
	p.Excuse(connectionErrors...)
	s.Stop()
	p.Go("/chats/carl")
	p.awaitOffline()
	require.NotContains(t, ask[string](p, `() => document.documentElement.outerHTML`), "for anna only")
	s.Restart()
	p.AwaitLive()

	p.Go("/profile")
	p.AwaitLive()
	p.Click("#pane", "button", "Sign out")
	p.Find("", "button", "Sign in")
	p.awaitKept("")

	p.become(s.SignIn(t, "anna"))
	p.Go("/chats/carl")
	p.AwaitLive()
	p.awaitKept("anna: /chats/carl")
	s.SignIn(t, "anna").Post("/settings/sessions/revoke", nil, true)
	p.AwaitSignedOut()
	p.awaitKept("")

	p.become(s.SignIn(t, "anna"))
	p.Go("/chats/carl")
	p.AwaitLive()
	p.awaitKept("anna: /chats/carl")
	p.Go("/settings")
	p.Click("#pane", "DisclosureTriangle", "Delete account")
	p.fill("#delete-fields", "textbox", "Current password", harness.Password)
	p.Click("#pane details", "button", "Delete account")
	p.awaitStatus("Your account is deleted.")
	p.awaitKept("")
}

// The manifest is one by which a browser installs the app.
func TestInstallable(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, _, _ := trio(t, &s.Server)
	p := open(t, "anna", s.URL)
	p.withWorker()
	p.become(anna)
	p.Go("/")
	p.AwaitLive()
	p.awaitKept("anna: ")
	p.do(chromedp.ActionFunc(func(ctx context.Context) error {
		address, faults, data, _, err := page.GetAppManifest().Do(ctx)
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(address, s.URL+"/static/dchat."), address)
		require.Empty(t, faults)
		require.Contains(t, data, "share_target")
		missing, err := page.GetInstallabilityErrors().Do(ctx)
		require.NoError(t, err)
		for _, m := range missing {
			require.Equal(t, "in-incognito", m.ErrorID, "the test's profile is one")
		}
		return nil
	}))
}
