package browser

import (
	"testing"

	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

// ticks returns what a screen reader says of the state of one's own messages in the open log.
const ticks = `() => [...document.querySelectorAll('#pane [role=log] article.mine[id]')].map(row => {
    const state = row.querySelector('.state'), said = getComputedStyle(state, '::after').content
    return said.startsWith('"') ? said.slice(1, -1) : state.firstElementChild.textContent
  })`

func (p *Page) awaitTicks(want ...string) {
	p.t.Helper()
	p.Await("the ticks", `want => JSON.stringify((`+ticks+`)()) === JSON.stringify(want)`, want)
}

// A message is sent, delivered once some page of the other has it, and read once the other looks at it. No row is
// rendered again for that, and the run of messages stays together.
func TestTicks(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, _ := trio(t, &s.Server)
	a := enter(t, anna, s.URL, "/chats/bert")
	a.AwaitLive()
	a.Send("one")
	a.AwaitTexts("one")
	a.awaitTicks("Sent")
	require.True(t, ask[bool](a, `() => window.first = document.querySelector('#pane [role=log] article.mine[id]'), !!window.first`))

	b := enter(t, bert, s.URL, "/")
	b.AwaitLive()
	a.awaitTicks("Delivered")
	b.OpenChat("anna")
	a.awaitTicks("Read")
	require.True(t, ask[bool](a, `() => window.first.isConnected`), "the row is the same")

	b.LookAway()
	a.Send("two")
	a.Send("three")
	a.AwaitTexts("one", "two", "three")
	a.awaitTicks("Read", "Delivered", "Delivered")
	require.Equal(t, []bool{false, true, true}, ask[[]bool](a, `() => [...document.querySelectorAll('#pane [role=log] article.mine[id]')].map(row =>
    parseFloat(getComputedStyle(row).marginBlockStart) < 4 && !row.previousElementSibling.matches('.day'))`), "receipts do not part a run")
	require.Equal(t, []bool{false, false, true}, ask[[]bool](a, `() => [...document.querySelectorAll('#pane [role=log] article.mine[id]')].map(row =>
    parseFloat(getComputedStyle(row).borderEndEndRadius) < 8)`), "the last has the tail")

	a.Reload()
	a.AwaitTexts("one", "two", "three")
	a.awaitTicks("Read", "Delivered", "Delivered")
	b.LookBack()
	a.awaitTicks("Read", "Read", "Read")
	require.Empty(t, ask[[]string](a, `() => [...document.querySelectorAll('#pane [role=log] .receipt')].filter(e => e.checkVisibility()).map(e => e.id)`))
}

// Who does not show what they read does not see it either: on the pages that are open, at once.
func TestTicksOfThoseWhoKeepThemToThemselves(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	a.Send("hers")
	b.AwaitText("hers")
	a.awaitTicks("Read")
	b.Send("his")
	a.AwaitText("his")
	b.awaitTicks("Read")

	settings := b.Tab()
	settings.Go("/settings")
	settings.AwaitLive()
	settings.Click("#pane", "checkbox", "Show when I have read messages")
	settings.Await("it is saved", `() => document.querySelector('#privacy-said').textContent === 'Saved.'`)
	a.awaitTicks("Delivered")
	b.awaitTicks("Delivered")
	settings.Click("#pane", "checkbox", "Show when I have read messages")
	a.awaitTicks("Read")
	b.awaitTicks("Read")
}

// The end of a long log that is read far up goes, and what it knew of receipts stays.
func TestReceiptsOutliveTrimming(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	crowd := s.Crowd(t, 2, 420)
	p := enter(t, crowd[0], s.URL, "/chats/"+crowd[1].Username)
	p.AwaitLive()
	p.Await("the end is gone", `() => {
    const l = document.querySelector('#pane [role=log]')
    if (l.id) l.scrollTop = 0
    return !l.id
  }`)
	marks := `() => [...document.querySelectorAll('#pane [role=log] .receipt')].map(e => e.dataset.seq)`
	require.Equal(t, []string{"420.1", "420.2"}, ask[[]string](p, marks))
	require.NotContains(t, ask[[]string](p, ticks), "Sent")
	t.Logf("a receipt moves in %.2f ms with %d rows", ask[float64](p, `() => {
    const l = document.querySelector('#pane [role=log]'), mark = l.querySelector('.read'), began = performance.now()
    for (let i = 0; i < 20; i++) {
      mark.remove()
      l.append(mark)
      getComputedStyle(l.querySelector('article.mine time > .icon')).color
      l.offsetHeight
    }
    return (performance.now() - began) / 20
  }`), ask[int](p, `() => document.querySelectorAll('#pane [role=log] article').length`))
}
