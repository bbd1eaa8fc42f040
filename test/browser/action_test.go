package browser

import (
	"fmt"
	"strings"
	"testing"

	"dchat/test/harness"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

// loadActions waits for the script that comes when a person turns to a message.
func (p *Page) loadActions() {
	p.t.Helper()
	require.NoError(p.t, p.evaluate(nil, `() => import(document.querySelector('#actions').dataset.script).then(() => {})`))
}

// row waits for the message with a text and returns the selector of its row.
func (p *Page) row(text string) string {
	p.t.Helper()
	p.AwaitText(text)
	return "#" + ask[string](p, `text => [...document.querySelectorAll('#pane [role=log] article[id]')].find(row => row.querySelector('p')?.textContent === text).id`, text)
}

// awaitRow waits until a row matches a selector.
func (p *Page) awaitRow(row, matches string) {
	p.t.Helper()
	p.Await(row+" is "+matches, `(row, matches) => !!document.querySelector(row)?.matches(matches)`, row, matches)
}

// openMenu opens the menu of a row by its button.
func (p *Page) openMenu(row string) {
	p.t.Helper()
	p.Click(row, "button", "Message actions")
	p.Await("the menu", `() => document.querySelector('#actions').matches(':popover-open')`)
}

// choose opens the menu of a row and clicks an item.
func (p *Page) choose(row, item string) {
	p.t.Helper()
	p.openMenu(row)
	p.Click("#actions", "menuitem", item)
	p.awaitNoMenu()
}

// act does something to the message of a row without the page.
func (p *Page) act(row, verb, fields string) {
	p.t.Helper()
	require.True(p.t, ask[bool](p, `async (row, verb, fields) => {
    const url = document.querySelector('#pane [role=log]').dataset.path + '/messages/' + row.replace('#message-', '') + '/' + verb
    const answer = await fetch(url, { method: 'POST', headers: { 'HX-Request': 'true' }, body: new URLSearchParams(fields) })
    return answer.ok
  }`, row, verb, fields))
}

func (p *Page) awaitNoMenu() {
	p.t.Helper()
	p.Await("no menu", `() => !document.querySelector('#actions').matches(':popover-open')`)
}

func (p *Page) menuItems() []string {
	p.t.Helper()
	return ask[[]string](p, `() => [...document.querySelectorAll('#actions [role=menuitem]')].filter(e => e.checkVisibility()).map(e => e.textContent.trim())`)
}

// requireInScreen asserts that an element is whole in the window.
func (p *Page) requireInScreen(selector string) {
	p.t.Helper()
	require.True(p.t, ask[bool](p, `selector => {
    const r = document.querySelector(selector).getBoundingClientRect()
    return r.width > 0 && r.left >= 0 && r.top >= 0 && r.right <= innerWidth && r.bottom <= innerHeight
  }`, selector), selector)
}

func (p *Page) focusedText() string {
	p.t.Helper()
	return ask[string](p, `() => document.activeElement.textContent.trim()`)
}

// centre is the middle of an element.
func (p *Page) centre(selector string) (x, y float64) {
	p.t.Helper()
	at := ask[[]float64](p, `selector => { const r = document.querySelector(selector).getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2] }`, selector)
	return at[0], at[1]
}

func (p *Page) rightClick(selector string) {
	p.t.Helper()
	x, y := p.centre(selector)
	p.do(
		input.DispatchMouseEvent(input.MouseMoved, x, y),
		input.DispatchMouseEvent(input.MousePressed, x, y).WithButton(input.Right).WithClickCount(1),
		input.DispatchMouseEvent(input.MouseReleased, x, y).WithButton(input.Right).WithClickCount(1),
	)
}

func TestMessageMenu(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	a.Send("mine")
	b.Send("theirs")
	mine, theirs := a.row("mine"), a.row("theirs")
	b.row("mine")

	a.openMenu(mine)
	require.Equal(t, []string{"Reply", "React", "Edit", "Delete for everyone", "Delete for me", "Forward", "Save", "Copy text", "Info"}, a.menuItems())
	a.requireInScreen("#actions")
	a.Press(kb.Escape)
	a.awaitNoMenu()
	a.Await("the focus is on the button again", `id => document.activeElement.matches('.acts button') && document.activeElement.closest('article').id === id`, mine[1:])

	a.rightClick(theirs)
	a.Await("the menu", `() => document.querySelector('#actions').matches(':popover-open')`)
	require.Equal(t, []string{"Reply", "React", "Delete for me", "Forward", "Save", "Copy text", "Info"}, a.menuItems())
	a.requireInScreen("#actions")
	a.Click("#actions", "menuitemradio", "React with 👍")
	b.Find(theirs, "button", "👍 anna")
	a.rightClick(theirs)
	a.Await("it is one's own", `() => document.querySelector('#actions [role=menuitemradio][aria-checked=true]')?.textContent === '👍'`)
	a.Click("#actions", "menuitemradio", "React with 👍")
	b.AwaitAbsent(theirs, "button", "👍 anna")

	a.choose(theirs, "Save")
	a.awaitRow(theirs, ".saved")
	a.openMenu(theirs)
	require.Contains(t, a.menuItems(), "Unsave")
	a.Click("#actions", "menuitem", "Unsave")
	a.awaitRow(theirs, ":not(.saved)")

	a.choose(theirs, "Delete for me")
	a.awaitRow(theirs, ".void")
	b.awaitRow(theirs, ":not(.gone, .void)")
	a.choose(mine, "Delete for everyone")
	a.Click("#confirm", "button", "Cancel")
	a.awaitRow(mine, ":not(.gone)")
	a.Await("the focus is on the message again", `id => document.activeElement.id === id`, mine[1:])
	a.choose(mine, "Delete for everyone")
	a.Click("#confirm", "button", "Delete")
	a.awaitRow(mine, ".gone")
	b.awaitRow(mine, ".gone")
	a.openMenu(mine)
	require.Equal(t, []string{"Delete for me", "Info"}, a.menuItems())
	a.Click("#actions", "menuitem", "Info")
	a.Await("its page", `id => location.pathname.endsWith('/messages/' + id)`, strings.TrimPrefix(mine, "#message-"))
}

// A selection keeps the menu of the browser, and so does a link.
func TestMessageMenuLeavesBrowsersMenu(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, _ := couple(t, &s.Server)
	a.Send("see https://example.org/a")
	row := a.row("see https://example.org/a")
	a.loadActions()
	const prevented = `selector => {
    document.body.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }))
    const event = new PointerEvent('contextmenu', { bubbles: true, cancelable: true, pointerType: 'mouse' })
    document.querySelector(selector).dispatchEvent(event)
    return event.defaultPrevented
  }`
	require.False(t, ask[bool](a, prevented, row+" p a"))
	require.True(t, ask[bool](a, prevented, row+" p"))
	ask[bool](a, `row => { getSelection().selectAllChildren(document.querySelector(row + ' p')); return true }`, row)
	require.False(t, ask[bool](a, prevented, row+" p"))
}

func TestMessageMenuByKeyboard(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	for _, text := range []string{"one", "two", "three"} {
		a.Send(text)
	}
	b.AwaitText("three")
	b.Send("four")
	one, three, four := a.row("one"), a.row("three"), a.row("four")
	a.loadActions()
	focused := func(row string) {
		t.Helper()
		a.Await("the focus is on "+row, `id => document.activeElement.id === id`, row[1:])
	}
	a.PressShift(kb.Tab)
	a.Await("the log has the focus, or what is in it", `() => document.querySelector('#pane [role=log]').contains(document.activeElement)`)
	require.NoError(t, a.evaluate(nil, `() => document.querySelector('#pane [role=log]').focus()`))
	a.Press(kb.ArrowUp)
	focused(four)
	a.Press(kb.ArrowUp)
	focused(three)
	a.Press(kb.Tab)
	a.awaitFocus("button", "Message actions")
	a.Press(kb.Enter)
	a.Await("the menu", `() => document.querySelector('#actions').matches(':popover-open')`)
	require.Equal(t, "Reply", a.focusedText())
	a.Press(kb.ArrowDown)
	require.Equal(t, "React", a.focusedText())
	a.Press(kb.End)
	require.Equal(t, "Info", a.focusedText())
	a.Press(kb.ArrowDown)
	require.Equal(t, "👍", a.focusedText())
	a.Press(kb.ArrowRight)
	require.Equal(t, "❤️", a.focusedText())
	a.Press(kb.ArrowDown)
	require.Equal(t, "Reply", a.focusedText())
	a.Press("d")
	require.Equal(t, "Delete for everyone", a.focusedText())
	a.Press("d")
	require.Equal(t, "Delete for me", a.focusedText())
	a.Press(kb.Home)
	require.Equal(t, "👍", a.focusedText())
	a.Press(kb.Escape)
	a.awaitNoMenu()
	a.awaitFocus("button", "Message actions")

	require.NoError(t, a.evaluate(nil, `row => document.querySelector(row).focus()`, three))
	a.Press(kb.ArrowUp)
	a.Press(kb.ArrowUp)
	focused(one)
	a.Press(kb.ArrowUp)
	focused(one)
	b.Send("five")
	a.row("five")
	focused(one)
	b.act(one, "react", "emoji=🎉")
	a.Find(one, "button", "🎉 bert")
	focused(one)
	a.Press(kb.Enter)
	a.Await("the menu", `() => document.querySelector('#actions').matches(':popover-open')`)
	a.Press("s")
	a.Press(kb.Enter)
	a.awaitRow(one, ".saved")
	focused(one)
	a.Press(kb.Delete)
	a.Await("the menu at deleting", `() => document.activeElement.matches('#actions .delete')`)
	a.Press(kb.Enter)
	a.Await("the question", `() => document.querySelector('#confirm').open && document.activeElement.textContent === 'Cancel'`)
	a.Press(kb.Tab)
	a.Press(kb.Enter)
	a.awaitRow(one, ".gone")
	focused(one)
	a.Press(kb.Escape)
	a.awaitFocus("textbox", "Message")
}

// Forward leads to the contacts whom one can choose, and a message is forwarded by keyboard alone.
func TestForwardFromMenu(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, carl := trio(t, &s.Server)
	postMessage(t, bert, anna, "pass it on")
	a, c := enter(t, anna, s.URL, "/chats/bert"), enter(t, carl, s.URL, "/chats/anna")
	a.AwaitLive()
	c.AwaitLive()
	a.choose(a.row("pass it on"), "Forward")
	a.Await("the contacts", `() => document.activeElement.matches('#forward[open] input[type=checkbox]')`)
	a.Press(" ")
	a.TabTo("button", "Forward")
	a.Press(kb.Enter)
	c.awaitRow(c.row("pass it on"), ":has(.forwarded)")
}

func TestMessageMenuByTouch(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	b.Send("hello")
	a.touch()
	row := a.row("hello")
	press := func() {
		x, y := a.centre(row + " p")
		a.do(input.DispatchTouchEvent(input.TouchStart, []*input.TouchPoint{{X: x, Y: y}}))
	}
	lift := func() { a.do(input.DispatchTouchEvent(input.TouchEnd, []*input.TouchPoint{})) }
	a.Hold("/action*.js")
	press()
	a.AwaitHeld()
	lift()
	a.Release()
	a.loadActions()
	require.False(t, ask[bool](a, `() => document.querySelector('#actions').matches(':popover-open')`), "a tap opens nothing, also before the script is there")
	a.Reload()
	a.AwaitLive()
	press()
	a.Await("the menu", `() => document.querySelector('#actions').matches(':popover-open')`)
	lift()
	a.requireInScreen("#actions")
	require.True(t, ask[bool](a, `() => document.querySelector('#actions').matches(':popover-open')`), "it stays when the finger leaves")
	require.True(t, ask[bool](a, `() => [...document.querySelectorAll('#actions button')].filter(e => e.checkVisibility()).every(e => e.getBoundingClientRect().height >= 44)`))
	x, y := a.centre("#actions .reply")
	a.do(
		input.DispatchTouchEvent(input.TouchStart, []*input.TouchPoint{{X: x, Y: y}}),
		input.DispatchTouchEvent(input.TouchEnd, []*input.TouchPoint{}),
	)
	a.Find("#composer", "link", "Cancel reply")
	a.awaitNoMenu()
}

func TestAxeOfMessageMenu(t *testing.T) {
	t.Parallel()
	script := axeScript(t)
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	a.Send("the first")
	b.Send("the second")
	row := a.row("the second")
	a.choose(row, "Reply")
	a.Send("an answer")
	answer := a.row("an answer")
	a.openMenu(answer)
	a.Click("#actions", "menuitemradio", "React with 😂")
	a.Find(answer, "button", "😂 You")
	b.act(answer, "react", "emoji=🎉")
	a.Find(answer, "button", "🎉 bert")
	a.choose(row, "Save")
	a.choose(answer, "Edit")
	a.Send("an answer that is edited")
	a.row("an answer that is edited")
	for _, scheme := range []string{"light", "dark"} {
		for _, width := range []int64{1280, 320} {
			a.do(
				emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}),
				emulation.SetDeviceMetricsOverride(width, 720, 1, width < 500),
			)
			look := func(where string) {
				t.Helper()
				for _, v := range a.axe(script) {
					t.Errorf("%s, %s, %d px: %s (%s) %s\n%s", where, scheme, width, v.ID, v.Impact, v.Help, strings.Join(v.Where, "\n"))
				}
			}
			a.choose(row, "Reply")
			look("a reply")
			a.openMenu(answer)
			look("the menu")
			a.requireInScreen("#actions")
			a.Click("#actions", "menuitem", "Delete for everyone")
			a.Find("#confirm", "button", "Delete")
			look("the question")
			a.Click("#confirm", "button", "Cancel")
			a.Click("#composer", "button", "Emoji")
			a.Find("#emoji", "searchbox", "Search emoji")
			look("the grid")
			a.requireInScreen("#emoji")
			a.Press(kb.Escape)
			a.Press(kb.Escape)
			a.AwaitAbsent("#composer", "link", "Cancel reply")
		}
	}
}

// Nodes of the accessibility tree that must exist for others to work with the page.
func TestMessageMenuNames(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, _ := couple(t, &s.Server)
	a.Send("hello")
	row := a.row("hello")
	a.openMenu(row)
	for _, name := range []string{"Reply", "React", "Edit", "Delete for everyone", "Delete for me", "Forward", "Save", "Copy text", "Info"} {
		require.Equal(t, 1, len(a.all("#actions", "menuitem", name)), name)
	}
	require.NotEqual(t, cdp.BackendNodeID(0), a.Find("", "menu", "Message actions"), fmt.Sprint(row))
}
