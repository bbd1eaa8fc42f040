package browser

import (
	"strings"
	"testing"

	"dchat/test/harness"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

// formatted are messages with all formatting, also from right to left, each as it is typed and as it is shown.
var formatted = [][2]string{
	{"*bold* _italic_ ~struck~ *_both_* `code`", "bold italic struck both code"},
	{"> Shall we meet?\n> *At nine*.\nYes.", "Shall we meet?\nAt nine.\nYes."},
	{"> מתי ניפגש?\n> and where\n\nבתשע", "מתי ניפגש?\nand where\n\nבתשע"},
	{"So:\n```go\nfunc main() { fmt.Println(\"a line that is too long for a phone\") } // *as typed*\n\treturn\n```", "So:\nfunc main() { fmt.Println(\"a line that is too long for a phone\") } // *as typed*\n\treturn"},
	{"```\nx = 1\n```\nשלום `rm -rf /` עולם", "x = 1\nשלום rm -rf / עולם"},
	{"הקוד:\n```\nif (x) { שלום }\n```", "הקוד:\nif (x) { שלום }"},
	{"*" + strings.Repeat("long", 40) + "* `" + strings.Repeat("code", 40) + "`", strings.Repeat("long", 40) + " " + strings.Repeat("code", 40)},
	{"> a quotation at the end", "a quotation at the end"},
	{"👍🏽", "👍🏽"},
	{"snake_case_name, 2*3*4 and :*", "snake_case_name, 2*3*4 and :*"},
}

func enterFormatted(t *testing.T) *Page {
	t.Helper()
	s := harness.SQLite(t).Start(t)
	anna, bert, _ := trio(t, &s.Server)
	p := enter(t, anna, s.URL, "/chats/bert")
	p.AwaitLive()
	for i, text := range formatted {
		if from, to := anna, bert; i%2 == 0 {
			postMessage(t, from, to, text[0])
		} else {
			postMessage(t, to, from, text[0])
		}
	}
	p.Await("all", `n => document.querySelectorAll('#pane article[id]').length === n`, len(formatted))
	return p
}

func TestFormattedMessagesLookSo(t *testing.T) {
	t.Parallel()
	p := enterFormatted(t)
	style := func(selector, property string) string {
		return ask[string](p, `([selector, property]) => getComputedStyle(document.querySelector('#pane article ' + selector))[property]`, []string{selector, property})
	}
	require.GreaterOrEqual(t, ask[int](p, `() => Number(getComputedStyle(document.querySelector('#pane article strong')).fontWeight)`), 600)
	require.Equal(t, "italic", style("em", "fontStyle"))
	require.Equal(t, "line-through", style("s", "textDecorationLine"))
	for _, code := range []string{"p > code", "pre"} {
		require.NotEqual(t, "rgba(0, 0, 0, 0)", style(code, "backgroundColor"), code)
	}
	require.Contains(t, style("p > code", "fontFamily"), "monospace")
	require.Contains(t, style("pre > code", "fontFamily"), "monospace")
	require.Equal(t, []float64{3, 0, 0, 3}, ask[[]float64](p, `() => [...document.querySelectorAll('#pane blockquote')].slice(0, 2).flatMap(quote => {
    const { borderLeftWidth, borderRightWidth } = getComputedStyle(quote)
    return [parseFloat(borderLeftWidth), parseFloat(borderRightWidth)]
  })`), "the line of a quotation is where its lines begin")
	require.Greater(t, ask[float64](p, `() => parseFloat(getComputedStyle(document.querySelector('#pane .emoji')).fontSize)`), 32.0)
	for _, width := range []int64{320, 390, 1280} {
		p.do(emulation.SetDeviceMetricsOverride(width, 844, 1, true))
		require.Empty(t, ask[[]string](p, misplaced), "%d px", width)
	}
}

// misplaced are parts of messages that leave their row, lie over the time, or are on the wrong side.
const misplaced = `() => {
  const wrong = [], width = document.scrollingElement.scrollWidth
  if (width > innerWidth) wrong.push('the page is ' + width + ' px wide')
  for (const row of document.querySelectorAll('#pane article[id]')) {
    const box = row.getBoundingClientRect(), time = row.querySelector('time').getBoundingClientRect()
    for (const block of row.querySelectorAll('p, .body > *')) {
      const rect = block.getBoundingClientRect()
      if (rect.left < box.left || rect.right > box.right || rect.top < box.top || rect.bottom > box.bottom) wrong.push('outside: ' + block.outerHTML)
      if (block.matches('pre') && rect.bottom > time.top && rect.top < time.bottom) wrong.push('time: ' + block.outerHTML)
    }
    const texts = document.createTreeWalker(row, NodeFilter.SHOW_TEXT, node => node.parentElement.closest('p, .body > :not(pre)') ? NodeFilter.FILTER_ACCEPT : NodeFilter.FILTER_SKIP)
    for (let node; (node = texts.nextNode());) {
      const range = document.createRange()
      range.selectNodeContents(node)
      for (const rect of range.getClientRects()) {
        if (rect.width && rect.left < time.right - 1 && time.left + 1 < rect.right && rect.top < time.bottom && time.top < rect.bottom - 4) wrong.push('time: ' + node.data)
      }
      const p = node.parentElement
      if (!p.matches('p, .body > *')) continue
      let at = 0
      for (const line of node.data.split('\n')) {
        range.setStart(node, at), range.setEnd(node, at + line.length), at += line.length + 1
        const rect = range.getBoundingClientRect(), side = p.getBoundingClientRect(), rtl = /^[^\p{L}]*\p{Script=Hebrew}/u.test(line)
        if (line && node === p.firstChild && Math.abs(rtl ? side.right - rect.right : rect.left - side.left) > (p.matches('blockquote') ? 16 : 3)) wrong.push('side: ' + line)
      }
    }
    for (const code of row.querySelectorAll('code')) if (getComputedStyle(code).direction !== 'ltr') wrong.push('direction: ' + code.outerHTML)
  }
  return wrong
}`

// Long code scrolls within its bubble, also by keyboard.
func TestCodeScrollsByKeyboard(t *testing.T) {
	t.Parallel()
	p := enterFormatted(t)
	p.do(emulation.SetDeviceMetricsOverride(360, 844, 1, true))
	scrolls := `() => [...document.querySelectorAll('#pane pre')].map(pre => [pre.scrollWidth > pre.clientWidth, pre.tabIndex === 0])`
	require.Equal(t, [][]bool{{true, true}, {false, false}, {false, false}}, ask[[][]bool](p, scrolls), "only what scrolls is a stop")
	p.TabTo("group", "Code")
	p.Press(kb.ArrowRight)
	p.Await("it scrolls", `() => document.querySelector('#pane pre').scrollLeft > 0`)
}

// Copied text is what the page shows, without markers.
func TestFormattedMessagesAreCopiedAsShown(t *testing.T) {
	t.Parallel()
	p := enterFormatted(t)
	var shown []string
	for _, text := range formatted {
		shown = append(shown, text[1])
	}
	require.Equal(t, shown, ask[[]string](p, `() => [...document.querySelectorAll('#pane article[id]')].map(row => {
    getSelection().selectAllChildren(row)
    return getSelection().toString().trim()
  })`), "of one message")
	p.loadActions()
	several := ask[string](p, `() => {
    const rows = document.querySelectorAll('#pane article[id]'), event = new ClipboardEvent('copy', { clipboardData: new DataTransfer(), bubbles: true, cancelable: true })
    getSelection().setBaseAndExtent(rows[0], 0, rows[rows.length - 1], rows[rows.length - 1].childNodes.length)
    rows[0].dispatchEvent(event)
    return event.clipboardData.getData('text/plain')
  }`)
	for _, text := range shown {
		require.Contains(t, several+"\n", ": "+text+"\n", "of several messages")
	}
	require.Contains(t, ask[string](p, `() => document.querySelector('#chats .last').textContent`), "snake_case_name")
}

// An edit begins with the text as typed, and a reply names the text as shown.
func TestEditOfFormattedMessageHasMarkers(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert := couple(t, &s.Server)
	typed := "> *quoted*\n\n\n\n\nanswer"
	anna.Send(typed)
	anna.Await("the quotation", `() => !!document.querySelector('#pane article[data-rev] blockquote > strong')`)
	row := "#" + ask[string](anna, `() => document.querySelector('#pane article[data-rev]').id`)
	anna.choose(row, "Edit")
	anna.awaitComposed(typed)
	anna.Press(kb.Escape)
	anna.choose(row, "Reply")
	anna.Await("the excerpt", `() => document.querySelector('#mode .excerpt')?.textContent === 'quoted answer'`)
	anna.Send("*yes*")
	for _, p := range []*Page{anna, bert} {
		p.Await("the reply", `() => document.querySelector('#pane .quote')?.textContent.includes('quoted answer') && !!document.querySelector('#pane p > strong')`)
	}
}

// Long code and quotations are folded as other texts are.
func TestLongBlocksFold(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, _ := trio(t, &s.Server)
	p := enter(t, anna, s.URL, "/chats/bert")
	p.AwaitLive()
	postMessage(t, bert, anna, "```\n"+strings.Repeat("a line\n", 200)+"```\nend")
	postMessage(t, bert, anna, strings.Repeat("> a line\n", 200))
	p.Await("both", `() => document.querySelectorAll('#pane article[id]').length === 2`)
	heights := func() []float64 {
		return ask[[]float64](p, `() => [...document.querySelectorAll('#pane article[id]')].map(row => row.getBoundingClientRect().height)`)
	}
	for _, height := range heights() {
		require.Less(t, height, 600.0)
	}
	ask[bool](p, `() => { document.querySelectorAll('#pane .rest summary').forEach(summary => summary.click()); return true }`)
	for _, height := range heights() {
		require.Greater(t, height, 2000.0)
	}
}
