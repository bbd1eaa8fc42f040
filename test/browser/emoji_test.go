package browser

import (
	"testing"

	"dchat/test/harness"

	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

func (p *Page) openGrid() {
	p.t.Helper()
	p.Click("#composer", "button", "Emoji")
	p.Find("#emoji", "searchbox", "Search emoji")
	p.Await("the focus in the search", `() => document.activeElement.matches('#emoji input')`)
}

func TestEmojiGrid(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	a.Write("ab")
	a.Press(kb.ArrowLeft)
	a.openGrid()
	a.requireInScreen("#emoji")
	require.Greater(t, ask[int](a, `() => document.querySelectorAll('#emoji .cell').length`), 1500)
	a.Press("part")
	a.Await("what is found", `() => [...document.querySelectorAll('#emoji .cell')].filter(e => e.checkVisibility()).some(e => e.ariaLabel === 'party popper')`)
	a.Press(kb.Enter)
	a.Await("the grid closes", `() => !document.querySelector('#emoji').matches(':popover-open')`)
	require.Regexp(t, `^a\S+b$`, a.Composed())
	a.awaitFocus("textbox", "Message")
	a.Type("!")
	require.Regexp(t, `^a\S+!b$`, a.Composed(), "the caret follows the emoji")

	a.openGrid()
	require.True(t, ask[bool](a, `() => document.querySelector('#emoji section').ariaLabel === 'Recent' && document.querySelector('#emoji section .cell').checkVisibility()`))
	a.Press("face")
	a.Press(kb.ArrowDown)
	a.Await("the first", `() => document.activeElement.ariaLabel === 'grinning face'`)
	a.Press(kb.ArrowRight)
	a.Await("the next", `() => document.activeElement.ariaLabel === 'grinning face with big eyes'`)
	a.Press(kb.ArrowDown)
	a.Press(kb.ArrowUp)
	a.Await("back", `() => document.activeElement.ariaLabel === 'grinning face with big eyes'`)
	a.Press(kb.ArrowUp)
	a.Await("the search", `() => document.activeElement.matches('#emoji input')`)
	a.Press(kb.Escape)
	a.awaitFocus("textbox", "Message")

	b.Send("react to me")
	row := a.row("react to me")
	require.NoError(t, a.evaluate(nil, `row => { const e = document.querySelector(row); e.tabIndex = -1; e.focus() }`, row))
	a.Press("+")
	a.Await("the focus in the search", `() => document.activeElement.matches('#emoji input')`)
	a.Press("rocket")
	a.Press(kb.Enter)
	b.Find(row, "button", "🚀 anna")
	a.Await("the focus is on the message", `row => document.activeElement === document.querySelector(row)`, row)
	require.Equal(t, "🚀", ask[string](a, `() => JSON.parse(localStorage.getItem('emoji-' + document.querySelector('#live').dataset.me))[0]`))
	a.choose(row, "React")
	a.Await("the focus in the search", `() => document.activeElement.matches('#emoji input')`)
	a.Press(kb.Escape)

	a.Go("/profile")
	a.Click("", "button", "Sign out")
	a.Await("signed out", `() => !document.querySelector('#live')`)
	a.Await("the storage is empty", `() => localStorage.length === 0`)
}
