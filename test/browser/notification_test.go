package browser

import (
	"encoding/json"
	"testing"

	"dchat/test/harness"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/serviceworker"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// notifies lets the browser of a page show notifications, with its service worker, as after a click in the settings.
func (p *Page) notifies() {
	p.t.Helper()
	granted := []cdpbrowser.PermissionType{cdpbrowser.PermissionTypeNotifications}
	require.NoError(p.t, cdpbrowser.GrantPermissions(granted).WithOrigin(p.url).WithBrowserContextID(p.profile).Do(p.browser.start(p.t)))
	ask[bool](p, `async () => {
    delete navigator.serviceWorker.register
    await navigator.serviceWorker.register('/sw.js', { scope: '/' })
    await navigator.serviceWorker.ready
    return true
  }`)
}

// countSounds replaces the sound by a count in window.sounds.
func (p *Page) countSounds() {
	p.t.Helper()
	ask[bool](p, `() => {
    window.sounds = 0
    const part = { gain: { setValueAtTime() {}, linearRampToValueAtTime() {}, exponentialRampToValueAtTime() {} }, frequency: {}, connect: () => part, start() {}, stop() {} }
    window.AudioContext = class {
      state = 'running'
      currentTime = 0
      async resume() { window.sounds++ }
      createOscillator() { return part }
      createGain() { return part }
    }
    Object.defineProperty(navigator, 'userActivation', { value: { hasBeenActive: true } })
    return true
  }`)
}

func (p *Page) sounds() int { return ask[int](p, `() => window.sounds`) }

// shownNotifications are the titles and texts of the notifications that the browser shows.
const shownNotifications = `async () => {
  const worker = await navigator.serviceWorker.getRegistration()
  return (await worker.getNotifications()).map(n => n.title + ': ' + n.body).sort().join(' | ')
}`

func (p *Page) awaitNotifications(want string) {
	p.t.Helper()
	p.await(patience, "the notifications are "+want, func() bool { return ask[string](p, shownNotifications) == want },
		func() string { return ask[string](p, shownNotifications) })
}

// Of two tabs that are not looked at, one tells of a message; what is read is withdrawn.
func TestOneTabTellsOfAMessage(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, carl := trio(t, &s.Server)
	p := enter(t, anna, s.URL, "/chats/carl")
	p.AwaitLive()
	p.notifies()
	p.countSounds()
	q := p.Tab()
	q.Go("/chats/carl")
	q.AwaitLive()
	q.countSounds()
	p.LookAway()
	q.LookAway()

	postMessage(t, bert, anna, "from bert")
	for _, tab := range []*Page{p, q} {
		tab.AwaitTitle("(1) carl · DChat")
		tab.Await("the icon has a count", `() => document.querySelector('link[rel=icon]').href.startsWith('blob:')`)
		tab.awaitNotifications("bert: from bert")
	}
	p.Await("one tab plays a sound", `(theirs) => window.sounds + theirs === 1`, q.sounds())

	postMessage(t, carl, anna, "from carl")
	p.awaitNotifications("bert: from bert | carl: from carl")
	require.Equal(t, 2, p.sounds()+q.sounds(), "one sound for each message, of all tabs together")

	p.do(page.BringToFront())
	p.LookBack()
	p.AwaitTitle("(1) carl · DChat")
	p.awaitNotifications("bert: from bert")
	p.OpenChat("bert")
	q.AwaitTitle("carl · DChat")
	q.Await("the icon has no count", `() => !document.querySelector('link[rel=icon]').href.startsWith('blob:')`)
	p.awaitNotifications("")
}

// A message in the conversation that is looked at makes no noise, one in another conversation a sound only.
func TestLookedAtPageShowsNoNotification(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, carl := trio(t, &s.Server)
	p := enter(t, anna, s.URL, "/chats/carl")
	p.AwaitLive()
	p.notifies()
	p.countSounds()
	postMessage(t, carl, anna, "from carl")
	p.AwaitTitle("carl · DChat")
	postMessage(t, bert, anna, "from bert")
	p.AwaitTitle("(1) carl · DChat")
	p.Await("there is a sound", `() => window.sounds === 1`)
	p.awaitNotifications("")
}

// The worker shows a push message, and withdraws what was read elsewhere.
func TestWorkerShowsPushMessages(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, _, _ := trio(t, &s.Server)
	p := enter(t, anna, s.URL, "/settings")
	found := make(chan string, 100)
	chromedp.ListenTarget(p.ctx, func(event any) {
		if e, ok := event.(*serviceworker.EventWorkerRegistrationUpdated); ok {
			for _, r := range e.Registrations {
				found <- string(r.RegistrationID)
			}
		}
	})
	p.do(serviceworker.Enable())
	p.notifies()
	p.Tab() // in front of the page
	p.Await("the page is hidden", `() => document.visibilityState === 'hidden'`)
	worker := <-found
	now := 0
	deliver := func(tag, title string, others ...string) {
		now++
		payload, err := json.Marshal(map[string]any{"tag": tag, "title": title, "body": "hello", "url": "/chats/bert", "at": now, "now": now, "unread": 1, "others": others})
		require.NoError(t, err)
		p.do(serviceworker.DeliverPushMessage(s.URL, serviceworker.RegistrationID(worker), string(payload)))
	}
	// Of conversations that the page does not know: it withdraws what its person has read.
	deliver("chat-901", "bert", "chat-901")
	p.awaitNotifications("bert: hello")
	deliver("chat-902", "carl", "chat-901", "chat-902")
	p.awaitNotifications("bert: hello | carl: hello")
	deliver("chat-902", "carl", "chat-902")
	p.awaitNotifications("carl: hello")

	p.do(page.BringToFront())
	p.Await("the page is in sight", `() => document.visibilityState === 'visible'`)
	deliver("chat-903", "dora", "chat-903")
	p.awaitNotifications("") // what was read is withdrawn, and the page in sight tells of the new one itself
}

// The permission is asked for by a click only, and a browser without a push service says so.
func TestPermissionIsAskedByAClick(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, _, _ := trio(t, &s.Server)
	p := enter(t, anna, s.URL, "/settings")
	p.Await("the button is shown", `() => !document.querySelector('#device').hidden`)
	require.Equal(t, 0, ask[int](p, `async () => (await navigator.serviceWorker.getRegistrations()).length`), "nothing is set up before")
	ask[bool](p, `() => {
    window.asked = 0
    Notification.requestPermission = async () => { window.asked++; return 'denied' }
    return true
  }`)
	p.Click("#pane", "button", "Notify me in this browser")
	p.Await("it is asked once", `() => window.asked === 1`)
}
