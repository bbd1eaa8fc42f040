package browser

import (
	"fmt"
	"strings"
	"testing"

	"dchat/test/harness"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

func TestIndentationAndBlankMessages(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, _, _ := trio(t, &s.Server)
	p := enter(t, anna, s.URL, "/chats/bert")
	p.AwaitLive()
	p.Write("\n  \n    if x:\n        y()\n\n")
	p.Press(kb.Enter)
	p.AwaitText("    if x:\n        y()")
	for _, c := range []struct{ typed, kept string }{
		{"\n\tfunc f() {\n\t}\n", "\tfunc f() {\n\t}"}, {"\u3000\u3000段落です。\u3000", "\u3000\u3000段落です。"}, {"  - שלום\n    - עולם \n", "  - שלום\n    - עולם"},
	} {
		p.Write(c.typed)
		p.Press(kb.Enter)
		p.Await(c.kept, `text => [...document.querySelectorAll('#pane article[id] > p')].some(p => p.textContent === text)`, c.kept)
	}
	awaitWhy := func(sentence, typed string) {
		p.Await(fmt.Sprintf("%q of %+q", sentence, typed), `sentence => document.querySelector('#composer textarea').validationMessage === sentence`, sentence)
	}
	for _, nothing := range []string{"\n\n  \n", "\u200b\u2060", "\u3164", "\u2800\n\u2800", "\U000e0020"} {
		p.Write(nothing)
		p.Press(kb.Enter)
		awaitWhy("Write something first.", nothing)
	}
	p.Write("words")
	awaitWhy("", "words")
}

// A long message is folded, with or without a script, and stays open when its row is replaced.
func TestLongMessagesFold(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, _ := trio(t, &s.Server)
	p := enter(t, anna, s.URL, "/chats/bert")
	p.AwaitLive()
	postMessage(t, bert, anna, "top"+strings.Repeat("\n", 9000)+"end")
	postMessage(t, bert, anna, strings.Repeat("a line\n", 300)+"end")
	p.Await("both", `() => document.querySelectorAll('#pane article[id]').length === 2`)
	heights := `() => [...document.querySelectorAll('#pane article[id]')].map(row => row.getBoundingClientRect().height)`
	high := ask[[]float64](p, heights)
	require.Less(t, high[0], 200.0)
	require.Less(t, high[1], 600.0)
	ask[bool](p, `() => { document.querySelector('#pane .rest summary').click(); return true }`)
	require.Greater(t, ask[[]float64](p, heights)[1], 4000.0)
	require.True(t, ask[bool](p, `() => {
    const row = document.querySelector('#pane article:has(.rest)'), again = row.cloneNode(true)
    again.querySelector('.rest').open = false
    again.dataset.rev = Number(row.dataset.rev) + 1
    const text = '<hx-upsert hx-target="#' + row.parentElement.id + '" key="data-seq" sort>' + again.outerHTML + '</hx-upsert>'
    return htmx.swap({ sourceElement: document.querySelector('#live'), target: document.querySelector('#live'), swap: 'none', text }).then(() => {
      const now = document.getElementById(row.id)
      return now.dataset.rev === again.dataset.rev && now.querySelector('.rest').open
    })
  }`))
}

// Each line has its own direction, and the time does not overlap the last.
func TestLinesHaveTheirOwnDirection(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, _ := trio(t, &s.Server)
	p := enter(t, anna, s.URL, "/chats/bert")
	p.AwaitLive()
	texts := []string{"שורה בעברית שהיא ארוכה\nand one\nשוב", "An English line, rather long\nשוב", "שורה ארוכה בעברית\nok", "مرحبا بكم هنا\nhi\nمرحبا", "سلام", "1. שלום עולם\n2. hello world"}
	for _, text := range texts {
		postMessage(t, bert, anna, text)
	}
	p.Await("all", `n => document.querySelectorAll('#pane article[id]').length === n`, len(texts))
	wrong := ask[[]string](p, `() => {
    const wrong = []
    for (const row of document.querySelectorAll('#pane article[id]')) {
      const p = row.querySelector('p'), node = p.firstChild, box = p.getBoundingClientRect(), time = row.querySelector('time').getBoundingClientRect()
      let at = 0
      for (const line of node.data.split('\n')) {
        const range = document.createRange()
        range.setStart(node, at), range.setEnd(node, at + line.length), at += line.length + 1
        const rect = range.getBoundingClientRect(), rtl = /^[^\p{L}]*[\p{Script=Hebrew}\p{Script=Arabic}]/u.test(line)
        if (Math.abs(rtl ? box.right - rect.right : rect.left - box.left) > 3) wrong.push('side: ' + line)
        if (rect.left < time.right && time.left < rect.right && rect.top < time.bottom && time.top < rect.bottom) wrong.push('time: ' + line)
      }
    }
    return wrong
  }`)
	require.Empty(t, wrong)
}

// Stacked combining marks stay inside the bubble and the row.
func TestCombiningMarksStayInBubble(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, _ := trio(t, &s.Server)
	p := enter(t, anna, s.URL, "/chats/bert")
	p.AwaitLive()
	heaps := []string{
		strings.Repeat("z"+strings.Repeat("\u0301", 30), 5), strings.Repeat("ש"+strings.Repeat("\u05b7\u0323", 20), 5), strings.Repeat("ก"+strings.Repeat("\u0e49", 40), 5),
		strings.Repeat("山"+strings.Repeat("\u20dd\u0489", 12), 5), "꧅𒐫﷽",
	}
	for _, heap := range heaps {
		postMessage(t, bert, anna, heap)
	}
	p.Await("all", `n => document.querySelectorAll('#pane article[id]').length === n`, len(heaps))
	require.Empty(t, ask[[]string](p, `() => [...document.querySelectorAll('#pane article[id]')].filter(row => getComputedStyle(row).overflowY !== 'clip').map(row => row.textContent)`))
	for _, clipped := range []string{"#pane article[id]", "#chats .row .last", "#chats .row .name", "#pane .top .name"} {
		require.Contains(t, []string{"clip", "hidden"}, ask[string](p, `s => getComputedStyle(document.querySelector(s)).overflowY`, clipped), clipped)
	}
}

// A copy of several messages contains only their authors, texts and times.
func TestCopyingMessages(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, _ := trio(t, &s.Server)
	p := enterInZone(t, anna, s.URL, "Europe/Berlin", "en-GB")
	p.Go("/chats/bert")
	p.AwaitLive()
	postMessage(t, bert, anna, "one")
	postMessage(t, anna, bert, "two\nlines")
	postMessage(t, bert, anna, "three")
	p.AwaitText("three")
	p.loadActions()
	copied := func(from, to int) string {
		return ask[string](p, `([from, to]) => {
      const rows = document.querySelectorAll('#pane article[id] > p'), event = new ClipboardEvent('copy', { clipboardData: new DataTransfer(), bubbles: true, cancelable: true })
      getSelection().setBaseAndExtent(rows[from].firstChild, 1, rows[to].firstChild, rows[to].firstChild.length)
      rows[from].dispatchEvent(event)
      return event.defaultPrevented ? event.clipboardData.getData('text/plain') : getSelection().toString()
    }`, []int{from, to})
	}
	clock := p.times().Clock
	require.Regexp(t, `^bert, \d\d:\d\d: ne\nanna, \d\d:\d\d: two\nlines\nbert, `+clock+`: three$`, copied(0, 2))
	require.Equal(t, "wo\nlines", copied(1, 1), "a part of one message is copied as text")
	require.Regexp(t, `^anna, \d\d:\d\d: wo\nlines\nbert, `+clock+`: three$`, copied(1, 2), "two, as they begin")
	more := []string{"שלום\nhello", "    if x:", "👨‍👩‍👧‍👦 see https://example.org/a"}
	for _, text := range more {
		postMessage(t, bert, anna, text)
	}
	p.Await("all", `() => document.querySelectorAll('#pane article[id]').length === 6`)
	for i, text := range more {
		got := ask[string](p, `i => {
      const rows = document.querySelectorAll('#pane article[id] > p'), event = new ClipboardEvent('copy', { clipboardData: new DataTransfer(), bubbles: true, cancelable: true })
      getSelection().setBaseAndExtent(rows[2], 0, rows[i], rows[i].childNodes.length)
      rows[2].dispatchEvent(event)
      return event.clipboardData.getData('text/plain')
    }`, 3+i)
		require.True(t, strings.HasSuffix(got, ": "+text), "%q ends with %q", got, text)
		require.NotContains(t, got, "Sent")
	}
	require.Equal(t, append([]string{"one", "two\nlines", "three"}, "שלום\nhello", "if x:", more[2]), ask[[]string](p, `() => [...document.querySelectorAll('#pane article[id]')].map(row => {
    getSelection().selectAllChildren(row)
    return getSelection().toString().trim()
  })`), "labels are not selected")
}

// Only new messages are announced, and once.
func TestHistoryIsNotAnnounced(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert := pair(s.Crowd(t, 2, 400))
	p := enter(t, anna, s.URL, "/chats/"+bert.Username)
	p.AwaitLive()
	ask[bool](p, `() => {
    window.announced = []
    new MutationObserver(list => list.forEach(({ addedNodes }) => addedNodes.forEach(node => {
      if (node.nodeType === 1 && node.matches('article') && node.closest('[aria-live], [role=log]').ariaLive !== 'off') announced.push(node.querySelector('p').textContent)
    }))).observe(document.querySelector('#pane [role=log]'), { childList: true })
    return true
  }`)
	p.pageUp()
	p.pageUp()
	require.Empty(t, ask[[]string](p, `() => announced`), "history")
	postMessage(t, bert, anna, "new")
	p.AwaitText("new")
	p.Send("answer")
	p.AwaitText("answer")
	p.Await("it is stored", `() => !document.querySelector('[data-pending]')`)
	require.Equal(t, []string{"new", "answer"}, ask[[]string](p, `() => announced`))
	for _, text := range []string{"שלום", "👨‍👩‍👧‍👦", "two\nlines"} { // loading an older page between new messages does not suppress them
		p.pageUp()
		postMessage(t, bert, anna, text)
		p.AwaitText(text)
	}
	require.Equal(t, []string{"new", "answer", "שלום", "👨‍👩‍👧‍👦", "two\nlines"}, ask[[]string](p, `() => announced`))
}

// A row shows the beginning of its message in either direction, and with large text on a phone the name.
func TestRowsShowBeginningOfMessage(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, _ := trio(t, &s.Server)
	p := enter(t, anna, s.URL, "/")
	p.AwaitLive()
	direction := `() => getComputedStyle(document.querySelector('#chats .row .last')).direction`
	for _, c := range []struct{ body, direction string }{
		{"שלום עולם, מה נשמע היום? מתי ניפגש", "rtl"}, {"متى نلتقي غدًا؟ أنا متفرّغ بعد الساعة", "rtl"}, {"آپ کیسے ہیں", "rtl"}, {"A word שלום", "ltr"}, {"山へ", "ltr"},
	} {
		for _, from := range []*harness.Person{anna, bert} {
			to := bert
			if from == bert {
				to = anna
			}
			postMessage(t, from, to, c.body)
			p.Await(c.body, `body => document.querySelector('#chats .row .last').textContent.endsWith(body)`, c.body)
			require.Equal(t, c.direction, ask[string](p, direction), c.body)
		}
	}
	p.do(emulation.SetDeviceMetricsOverride(390, 844, 1, true))
	require.NoError(t, p.evaluate(nil, `() => { document.documentElement.style.fontSize = '200%'; document.querySelector('#chats .row .name').textContent = 'Hildegard Brandt' }`))
	p.Await("the name has room", `() => document.querySelector('#chats .row .name').clientWidth > 190`)
}

// A wrapped line begins at the edge, without the space at which it was wrapped.
func TestWrappedLinesBeginAtEdge(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, _ := trio(t, &s.Server)
	p := enter(t, anna, s.URL, "/chats/bert")
	p.do(emulation.SetDeviceMetricsOverride(390, 844, 1, true))
	p.AwaitLive()
	texts := []string{
		strings.Repeat("A line of a poem that does not end,\n", 12), strings.Repeat("стихотворение не кончается, и\n", 12),
		strings.Repeat("שורה של שיר שאינו נגמר לעולם ועד\n", 12), "many" + strings.Repeat(" ", 200) + "spaces",
	}
	for _, text := range texts {
		postMessage(t, bert, anna, text)
	}
	p.Await("all", `n => document.querySelectorAll('#pane article[id]').length === n`, len(texts))
	for width := int64(300); width < 420; width += 7 { // line breaks depend on the fonts
		p.do(emulation.SetDeviceMetricsOverride(width, 844, 1, true))
		require.Empty(t, ask[[]string](p, `() => {
    const wrong = []
    for (const node of [...document.querySelectorAll('#pane article[id] > p')].map(p => p.firstChild)) {
      const range = document.createRange(), top = i => { range.setStart(node, i), range.setEnd(node, i + 1); return Math.round(range.getBoundingClientRect().top) }
      for (const { index } of node.data.matchAll(/(?<=\S) (?=\S)/g)) if (top(index) > top(index - 1) + 4) wrong.push(node.data.slice(index - 9, index + 9))
    }
    return wrong
  }`), "%d px", width)
	}
}
