package browser

import (
	"testing"
	"time"

	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

func TestQuickSendsOnSlowConnection(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	a.Latency(300 * time.Millisecond)
	want := numbered("quick %d", 5)
	for _, text := range want {
		a.Send(text)
	}
	require.Equal(t, want, a.Texts(), "every message is shown at once")
	a.Type("and more")
	b.AwaitTexts(want...)
	a.AwaitTexts(want...)
	require.Equal(t, "and more", a.Composed())
	a.Reload()
	a.AwaitTexts(want...)
}

func TestSendingFromTwoTabs(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	tab := a.Tab()
	tab.Go("/chats/bert")
	tab.AwaitLive()
	want := numbered("from the second tab %d", 3)
	for _, text := range want {
		tab.Send(text)
	}
	a.AwaitTexts(want...)
	a.Show()
	a.Send("from the first")
	want = append(want, "from the first")
	for _, p := range []*Page{a, tab, b} {
		p.AwaitTexts(want...)
	}
}

// A message is shown exactly as typed, even if it looks like markup.
func TestTextIsShownAsTyped(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	texts := []string{
		`<img src=x onerror="alert(1)">`, `<script>alert(1)</script>`, `</hx-upsert><hx-partial hx-target="body">x</hx-partial>`,
		`{"content":"x","target":"body"}`, `javascript:alert(1)`, `&amp; "quotes" 'too'`, "a\n\n  b\t c", "שלום world", "👩‍👩‍👧‍👦",
	}
	for _, text := range texts {
		a.Send(text)
	}
	a.AwaitTexts(texts...)
	b.AwaitTexts(texts...)
}

// A screen reader announces a new message once.
func TestNewMessagesAreAnnouncedOnce(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	for _, p := range []*Page{a, b} {
		require.NoError(t, p.evaluate(nil, `() => {
      window.added = {}
      new MutationObserver(changes => changes.flatMap(c => [...c.addedNodes]).filter(n => n.id?.startsWith('message-')).forEach(n => { added[n.id] = (added[n.id] || 0) + 1 }))
        .observe(document.querySelector('#pane [role=log]'), { childList: true })
    }`))
	}
	want := numbered("n %d", 5)
	for _, text := range want {
		a.Send(text)
	}
	for _, p := range []*Page{a, b} {
		p.AwaitTexts(want...)
		for id, times := range ask[map[string]int](p, `() => added`) {
			require.Equal(t, 1, times, "%s on the page of %s", id, p.Name)
		}
	}
}
