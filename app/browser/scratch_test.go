package browser

import (
	"testing"
	"time"
	"fmt"
	"strings"

	"dchat/app/apptest"

	"github.com/chromedp/cdproto/emulation"
	"github.com/stretchr/testify/require"
)

const gap = `() => { const l = document.querySelector('#pane [role=log]'); return l.scrollHeight - l.scrollTop - l.clientHeight }`

func TestXRapidSwitching(t *testing.T) {
	t.Parallel()
	s := apptest.SQLite(t).Start(t)
	anna, bert, carl := trio(t, &s.Server)
	say(t, bert, anna, "from bert")
	say(t, carl, anna, "from carl")
	p := enter(t, anna, s.URL, "/")
	p.AwaitLive()
	p.Latency(300 * time.Millisecond)
	for range 4 {
		p.ClickChat("bert")
		p.ClickChat("carl")
	}
	p.ClickChat("bert")
	p.AwaitChat("bert")
	p.AwaitTexts("from bert")
	p.Await("address", `() => location.pathname === '/chats/bert' && document.querySelectorAll('[aria-current]').length === 1 && document.querySelector('[aria-current]').pathname === '/chats/bert'`)
	p.Latency(0)
	say(t, bert, anna, "more")
	say(t, carl, anna, "more of carl")
	p.AwaitTexts("from bert", "more")
	p.AwaitUnread("bert", 0)
}

func TestXBackAndForward(t *testing.T) {
	t.Parallel()
	s := apptest.SQLite(t).Start(t)
	anna, bert, carl := trio(t, &s.Server)
	p := enter(t, anna, s.URL, "/")
	p.AwaitLive()
	p.OpenChat("bert")
	p.OpenChat("carl")
	p.do(back)
	p.AwaitChat("bert")
	say(t, bert, anna, "after back")
	p.AwaitTexts("after back")
	p.AwaitUnread("bert", 0)
	p.Send("and mine")
	p.AwaitTexts("after back", "and mine")
	p.do(back)
	p.Find("#pane", "link", "Find people")
	say(t, carl, anna, "for carl")
	p.AwaitUnread("carl", 1)
	p.AwaitTitle("(1) DChat")
	ask[bool](p, `() => { history.go(2); return true }`)
	p.AwaitChat("carl")
	p.AwaitTexts("for carl")
	p.AwaitTitle("carl · DChat")
	say(t, carl, anna, "for carl again")
	p.AwaitTexts("for carl", "for carl again")
	p.AwaitUnread("carl", 0)
}

func TestXFarBehind(t *testing.T) {
	t.Parallel()
	s := apptest.SQLite(t).Start(t)
	anna, bert, _ := trio(t, &s.Server)
	p := enter(t, anna, s.URL, "/chats/bert")
	p.Excuse(lostLine...)
	p.AwaitLive()
	say(t, bert, anna, "first")
	p.AwaitTexts("first")
	p.Offline(true)
	p.Send("mine, unsent")
	p.awaitState("failed", 1)
	s.Stop() // the line is gone for sure
	s.Restart()
	for i := range 250 {
		say(t, bert, anna, fmt.Sprint("n", i))
	}
	p.Offline(false)
	p.AwaitText("mine, unsent")
	p.Await("all", `() => [...document.querySelectorAll('#pane article')].at(-1).dataset.seq === '252'`)
	rows := p.Log()
	t.Log(len(rows), rows[0].Seq, dividers(p))
	requireOnce(t, p, rows[0].Seq, 252)
	a := p.pageUp()
	p.requireSteady(a)
}

func TestXTwoTabs(t *testing.T) {
	t.Parallel()
	s := apptest.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	tab := a.Tab()
	tab.Go("/chats/bert")
	tab.AwaitLive()
	a.Show()
	for _, text := range numbered("n %d", 5) {
		a.Send(text)
	}
	tab.AwaitTexts(numbered("n %d", 5)...)
	b.AwaitTexts(numbered("n %d", 5)...)
	a.AwaitTexts(numbered("n %d", 5)...)
}

func TestXTypedSurvivesJump(t *testing.T) {
	t.Parallel()
	s := apptest.SQLite(t).Start(t)
	anna, bert := pair(s.Crowd(t, 2, 500))
	p := enter(t, anna, s.URL, "/chats/"+bert.Username)
	p.AwaitLive()
	for p.firstSeq() > 50 {
		p.pageUp()
	}
	p.Write("half")
	p.Latency(300 * time.Millisecond)
	p.Click("#pane", "button", "Jump to latest*")
	p.Type(" typed")
	p.Await("latest", `() => [...document.querySelectorAll('#pane article')].at(-1).dataset.seq === '500'`)
	require.Equal(t, "half typed", p.Composed())
}

func TestXSendFarUp(t *testing.T) {
	t.Parallel()
	s := apptest.SQLite(t).Start(t)
	anna, bert := pair(s.Crowd(t, 2, 500))
	p := enter(t, anna, s.URL, "/chats/"+bert.Username)
	p.AwaitLive()
	for p.firstSeq() > 50 {
		p.pageUp()
	}
	p.Latency(300 * time.Millisecond)
	p.Send("one")
	p.Type("two")
	p.AwaitText("one")
	p.Await("latest", `() => [...document.querySelectorAll('#pane article')].at(-1).dataset.seq === '501'`)
	require.Equal(t, "two", p.Composed())
	require.Less(t, ask[float64](p, gap), 5.0)
}

func TestXManyUnread(t *testing.T) {
	for _, n := range []int{60, 250} {
		for _, old := range []int{0, 1} {
			t.Run(fmt.Sprint(n, " ", old), func(t *testing.T) {
				s := apptest.SQLite(t).Start(t)
				anna, bert, _ := trio(t, &s.Server)
				for range old {
					say(t, anna, bert, "old")
				}
				for _, text := range numbered("new %d", n) {
					say(t, bert, anna, text)
				}
				p := enter(t, anna, s.URL, "/")
				p.AwaitUnread("bert", n)
				p.OpenChat("bert")
				rows := p.Log()
				t.Log(len(rows), rows[0].Seq, dividers(p), ask[float64](p, gap))
				p.Find("#pane", "button", fmt.Sprintf("%d Jump to latest", n))
				p.AwaitUnread("bert", n)
				p.Click("#pane", "button", fmt.Sprintf("%d Jump to latest", n))
				p.AwaitUnread("bert", 0)
			})
		}
	}
}

func TestXComposerGrows(t *testing.T) {
	t.Parallel()
	s := apptest.SQLite(t).Start(t)
	anna, bert := pair(s.Crowd(t, 2, 60))
	p := enter(t, anna, s.URL, "/chats/"+bert.Username)
	p.AwaitLive()
	t.Log("at first", ask[float64](p, gap))
	p.Write(strings.Repeat("line\n", 6))
	p.Await("still at the end after growing", `() => (`+gap+`)() < 5`)
}

func TestXFailedInSight(t *testing.T) {
	t.Parallel()
	s := apptest.SQLite(t).Start(t)
	anna, bert := pair(s.Crowd(t, 2, 60))
	p := enter(t, anna, s.URL, "/chats/"+bert.Username)
	p.AwaitLive()
	p.Offline(true)
	p.Send("lost")
	p.awaitState("failed", 1)
	t.Log(ask[float64](p, gap))
	require.Less(t, ask[float64](p, gap), 5.0)
}

func TestXResize(t *testing.T) {
	t.Parallel()
	s := apptest.SQLite(t).Start(t)
	anna, bert := pair(s.Crowd(t, 2, 60))
	p := enter(t, anna, s.URL, "/chats/"+bert.Username)
	p.AwaitLive()
	p.do(emulation.SetDeviceMetricsOverride(390, 844, 2, true))
	p.Await("at the end when it narrows", `() => (`+gap+`)() < 5`)
	p.do(emulation.SetDeviceMetricsOverride(390, 444, 2, true))
	p.Await("at the end above the keyboard", `() => (`+gap+`)() < 5`)
}

func TestXAnnouncedOnce(t *testing.T) {
	t.Parallel()
	s := apptest.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	for _, p := range []*Page{a, b} {
		ask[bool](p, `() => { window.added = {}; new MutationObserver(list => { for (const m of list) for (const n of m.addedNodes) if (n.tagName === 'ARTICLE') { const k = n.querySelector('p').textContent + (n.id ? '' : ' pending'); added[k] = (added[k] || 0) + 1 } }).observe(document.querySelector('#pane [role=log]'), {childList: true}); return true }`)
	}
	for _, text := range numbered("n %d", 5) {
		a.Send(text)
	}
	b.AwaitTexts(numbered("n %d", 5)...)
	a.AwaitTexts(numbered("n %d", 5)...)
	t.Log(ask[map[string]int](a, `() => added`))
	t.Log(ask[map[string]int](b, `() => added`))
}

func TestXBFCache(t *testing.T) {
	t.Parallel()
	s := apptest.SQLite(t).Start(t)
	anna, bert, _ := trio(t, &s.Server)
	p := enter(t, anna, s.URL, "/chats/bert")
	p.AwaitLive()
	ask[bool](p, `() => { addEventListener('pageshow', e => { window.persisted = e.persisted }); return window.mark = true }`)
	p.Go("/profile")
	say(t, bert, anna, "meanwhile")
	p.do(back)
	p.AwaitTexts("meanwhile")
	t.Log("from bfcache:", ask[*bool](p, `() => window.persisted ?? null`))
	p.AwaitLive()
	say(t, bert, anna, "and live")
	p.AwaitTexts("meanwhile", "and live")
	p.AwaitUnread("bert", 0)
	p.Send("mine")
	p.AwaitTexts("meanwhile", "and live", "mine")
}

func TestXHostile(t *testing.T) {
	t.Parallel()
	s := apptest.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	texts := []string{`<img src=x onerror="alert(1)">`, `<script>alert(1)</script>`, `</hx-upsert><hx-partial hx-target="body">x</hx-partial>`, `{"content":"x","target":"body"}`, `javascript:alert(1)`, `&amp; "quotes" 'too'`, "a\n\n  b\t c", "שלום world"}
	for _, text := range texts {
		a.Send(text)
	}
	a.AwaitTexts(texts...)
	b.AwaitTexts(texts...)
}
