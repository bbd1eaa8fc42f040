package browser

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"dchat/app/config"
	"dchat/test/harness"
	"dchat/test/services"

	"github.com/chromedp/cdproto/page"
	"github.com/stretchr/testify/require"
)

// bound is after how long a test fails that waits for what the design wants within a second: machines may be slow. What
// it took is logged.
const bound = 10 * time.Second

// memoryLife is for how long a node remembers what two people show each other.
const memoryLife = 1100 * time.Millisecond

// awaitTimed waits for the same on several pages, and logs after how long the last one had it.
func awaitTimed(t *testing.T, what string, from time.Time, pages []*Page, function string, args ...any) {
	t.Helper()
	for _, p := range pages {
		p.AwaitWithin(bound, what, function, args...)
	}
	t.Logf("%s: %v", what, time.Since(from).Round(time.Millisecond))
}

// notePassing keeps what the head shows of the other: in window.typings each sign of typing and when it came, in
// window.presences each text about their presence.
func (p *Page) notePassing() {
	p.t.Helper()
	ask[bool](p, `() => {
    window.typings = []
    window.presences = []
    let typing = false
    const look = () => {
      const types = !!document.querySelector('#pane .types > *')
      if (types && !typing) typings.push(Date.now())
      typing = types
      const text = document.querySelector('#pane .presence')?.textContent.trim()
      if (text !== presences.at(-1)) presences.push(text)
    }
    look()
    new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true })
    document.addEventListener('input', () => window.typedAt ??= Date.now(), true)
    return true
  }`)
}

// awaitPresence waits until the head says no more than that, or something that begins so.
func (p *Page) awaitPresence(want string) {
	p.t.Helper()
	p.Await("the presence is "+want, `want => {
    const text = document.querySelector('#pane .presence')?.textContent.trim()
    return want ? text?.startsWith(want) : text === ''
  }`, want)
}

func (p *Page) awaitTyping(want string) {
	p.t.Helper()
	p.Await("typing: "+want, `want => (document.querySelector('#pane .types > *')?.textContent ?? '') === want`, want)
}

// Five tabs of two people on two nodes tell of a message once, and know together what is read.
func TestFiveTabsOnTwoNodes(t *testing.T) {
	t.Parallel()
	b := harness.Postgres(t)
	one, two := b.Start(t), b.Start(t)
	s := harness.At(t, services.NewBalancer(t, one.URL, two.URL).URL)
	anna, bert, _ := trio(t, &s)
	annas := []*Page{enter(t, anna, s.URL, "/chats/carl")}
	berts := []*Page{enter(t, bert, s.URL, "/chats/anna")}
	annas[0].notifies()
	for _, path := range []string{"/chats/carl", "/"} {
		annas = append(annas, annas[0].Tab())
		annas[len(annas)-1].Go(path)
	}
	berts = append(berts, berts[0].Tab())
	berts[1].Go("/chats/anna")
	for _, p := range append(annas, berts...) {
		p.AwaitLive()
		p.countSounds()
		p.LookAway()
	}
	berts[0].do(page.BringToFront())
	berts[0].LookBack()

	sent := time.Now()
	berts[0].Send("one for all")
	berts[1].AwaitTexts("one for all")
	awaitTimed(t, "the badge, title and icon of three tabs", sent, annas, `() => document.title.startsWith('(1) ') &&
    document.querySelector('#chats .badge')?.dataset.unread === '1' && document.querySelector('link[rel=icon]').href.startsWith('blob:')`)
	for _, p := range annas {
		p.awaitNotifications("bert: one for all")
	}
	sounds := func() (sum int) {
		for _, p := range annas {
			sum += p.sounds()
		}
		return sum
	}
	annas[0].await(patience, "a sound", func() bool { return sounds() == 1 }, annas[0].text)

	annas[0].do(page.BringToFront())
	annas[0].LookBack()
	annas[0].ClickChat("bert")
	annas[0].AwaitTexts("one for all")
	awaitTimed(t, "all badges after reading on one tab", time.Now(), annas, `() => !document.title.startsWith('(') &&
    !document.querySelector('#chats .badge') && !document.querySelector('link[rel=icon]').href.startsWith('blob:')`)
	annas[2].awaitNotifications("")
	for _, p := range berts {
		p.awaitTicks("Read")
	}
	annas[0].Send("and back")
	berts[1].AwaitTexts("one for all", "and back")
	require.Equal(t, 1, sounds(), "one for all tabs")
	for _, p := range berts {
		require.Zero(t, p.sounds(), "the conversation is looked at")
	}
}

// typesTo types on one page until the other shows it, logs how long that took, and ends it.
func (p *Page) typesTo(other *Page, name string) {
	p.t.Helper()
	ask[bool](p, `() => { delete window.typedAt; return true }`)
	p.Fill("textbox", "Message", "a word")
	other.awaitTyping(name + " is typing")
	took := ask[int64](other, `() => typings.at(-1)`) - ask[int64](p, `() => typedAt`)
	p.t.Logf("typing is shown after %d ms", took)
	require.Less(p.t, took, bound.Milliseconds())
	p.Fill("textbox", "Message", "")
	other.awaitTyping("")
}

func shows(t *testing.T, p *harness.Person, what, is string) {
	t.Helper()
	require.Equal(t, http.StatusOK, p.Post("/settings/preferences", url.Values{what: {is}}, true).Status)
}

// duo is two people, each on a node of their own, who look at each other.
type duo struct {
	t          *testing.T
	back       *harness.Backend
	one        *harness.Node
	two        *harness.Process
	anna, bert *harness.Person
	a, b       *Page
}

func newDuo(t *testing.T) *duo {
	t.Helper()
	d := &duo{t: t, back: harness.Postgres(t)}
	d.one, d.two = d.back.Start(t, func(c *config.Config) { c.OnlineFor = "3s" }), d.back.Exec(t, "DCHAT_ONLINE_FOR=3s")
	d.anna, d.bert = d.one.SignUp(t, "anna"), d.one.SignUp(t, "bert").At(&d.two.Server)
	harness.Connect(t, d.anna, d.bert)
	d.a, d.b = enter(t, d.anna, d.one.URL, "/chats/bert"), enter(t, d.bert, d.two.URL, "/chats/anna")
	d.both("online")
	d.a.notePassing()
	d.b.notePassing()
	return d
}

func (d *duo) both(want string) {
	d.t.Helper()
	d.a.awaitPresence(want)
	d.b.awaitPresence(want)
}

// What passes between two nodes: typing and online, each switch both ways on open pages, a block, the death of a node, and
// Redis away.
func TestPresenceOnTwoNodes(t *testing.T) {
	t.Parallel()
	d := newDuo(t)
	d.b.Send("hello")
	d.a.AwaitTexts("hello")
	d.b.awaitTicks("Read")
	require.Equal(t, http.StatusOK, d.bert.Post("/profile", url.Values{"display_name": {"Berta"}}, true).Status)
	d.a.Await("the new name", `() => document.querySelector('#pane > header .name').textContent === 'Berta'`)
	require.Equal(t, []string{"online"}, ask[[]string](d.a, `() => presences`), "a change of the profile takes nothing away")
	for _, who := range []*harness.Person{d.anna, d.bert} {
		d.switches(who)
	}
	d.blocks()
	d.dies()
	d.back.Redis().Stop()
	d.both("")
	d.back.Redis().Start()
	d.both("online")
}

// switches turns each switch of one of the two off and on: the other sees nothing then, nor do they of the other.
func (d *duo) switches(who *harness.Person) {
	d.t.Helper()
	before := [2]int{ask[int](d.a, `() => typings.length`), ask[int](d.b, `() => typings.length`)}
	shows(d.t, who, "show_typing", "off")
	time.Sleep(memoryLife) // typing that was allowed before may still pass for so long
	for _, p := range []*Page{d.a, d.b} {
		p.Fill("textbox", "Message", "unseen")
		p.Fill("textbox", "Message", "")
	}
	time.Sleep(memoryLife) // until the nodes have dealt with it
	shows(d.t, who, "show_typing", "on")

	shows(d.t, who, "show_online", "off")
	shows(d.t, who, "show_read", "off")
	d.both("")
	d.b.awaitTicks("Delivered")
	shows(d.t, who, "show_online", "on")
	shows(d.t, who, "show_read", "on")
	d.both("online")
	d.b.awaitTicks("Read")

	time.Sleep(memoryLife)
	d.a.typesTo(d.b, "anna")
	d.b.typesTo(d.a, "Berta")
	after := [2]int{ask[int](d.a, `() => typings.length`), ask[int](d.b, `() => typings.length`)}
	require.Equal(d.t, [2]int{before[0] + 1, before[1] + 1}, after, "what was typed with the switch off was not seen: %v", ask[[]int64](d.a, `() => typings`))
}

// blocks blocks anna, who learns nothing meanwhile, neither on an open page nor on a new one.
func (d *duo) blocks() {
	d.t.Helper()
	d.a.Send("are you there?")
	d.a.awaitTicks("Read")
	require.Equal(d.t, http.StatusOK, d.bert.Post("/chats/anna/block", nil, true).Status)
	d.a.Find("#pane", "button", "Send chat request")
	d.a.awaitPresence("")
	d.a.awaitTicks("Sent")
	fresh := d.a.Tab()
	fresh.Go("/chats/bert")
	fresh.AwaitLive()
	fresh.notePassing()
	require.Equal(d.t, http.StatusOK, d.bert.Post("/chats/anna/unblock", nil, true).Status)
	d.a.Find("#pane", "textbox", "Message")
	d.both("online")
	fresh.awaitPresence("online")
	require.Equal(d.t, []string{"", "online"}, ask[[]string](fresh, `() => presences`))
	d.a.awaitTicks("Read")
	fresh.do(page.Close())
	d.a.do(page.BringToFront())
}

// dies kills the node of one of the two: the other sees when they were last there, and that stays.
func (d *duo) dies() {
	d.t.Helper()
	d.b.Excuse(connectionErrors...)
	d.two.Kill()
	died := time.Now()
	d.a.awaitPresence("last seen")
	d.t.Logf("who was online for 3 s after the last sign is last seen %v after their node died", time.Since(died).Round(time.Millisecond))
	database := d.back.Open(d.t)
	d.a.await(patience, "it is stored", func() bool {
		var stored int
		err := database.Read().NewRaw("SELECT count(*) FROM users WHERE username = 'bert' AND last_seen_at IS NOT NULL").Scan(d.t.Context(), &stored)
		return err == nil && stored == 1
	}, d.a.text)
	d.two.Start()
	d.both("online")
}
