package browser

import (
	"testing"

	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

// In a page with many chats, a fragment changes only the rows that it names.
func TestFragmentTouchesFewRows(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, _ := trio(t, &s.Server)
	for range 60 {
		postMessage(t, bert, anna, "old")
	}
	p := enter(t, anna, s.URL, "/chats/bert")
	p.AwaitLive()
	cost := ask[map[string]float64](p, `async () => {
    const chats = document.querySelector('#chats'), row = chats.querySelector('.row:not([aria-current])')
    const rows = Array.from({ length: 1500 }, (_, i) => row.outerHTML.replaceAll('/carl', '/other').replace(/id="(chat|last)-\d+"/g, 'id="$1-' + (1e6 + i) + '"')).join('')
    const live = document.querySelector('#live')
    let changed = 0
    const began = performance.now()
    await htmx.swap({ sourceElement: live, target: live, swap: 'none', text: '<hx-partial hx-target="#chats" hx-swap="beforeend settle:0">' + rows + '</hx-partial>' })
    chats.offsetHeight
    const snapshot = performance.now() - began
    const observer = new MutationObserver(list => { changed += list.length })
    observer.observe(chats, { subtree: true, attributes: true, childList: true })
    await htmx.swap({ sourceElement: live, target: live, swap: 'none', text: '<hx-partial hx-target="#requests-count" hx-swap="innerHTML">0</hx-partial>' })
    await Promise.resolve()
    const swaps = performance.now()
    for (let i = 0; i < 25; i++) await htmx.swap({ sourceElement: live, target: live, swap: 'none', text: '<hx-partial hx-target="#requests-count" hx-swap="innerHTML settle:0">0</hx-partial>' })
    return { snapshot, changed, each: (performance.now() - swaps) / 25 }
  }`)
	t.Logf("1,500 rows: %.0f ms; a swap beside them: %.1f ms", cost["snapshot"], cost["each"])
	require.Zero(t, cost["changed"], "rows that a fragment does not name are unchanged")
	p.OpenChat("carl")
	require.Equal(t, 1, ask[int](p, `() => document.querySelectorAll('#chats > [aria-current=page][href="/chats/carl"]').length`))
}
