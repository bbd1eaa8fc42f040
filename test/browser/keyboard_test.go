package browser

import (
	"testing"

	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

// A keyboard that lies over the page, as on an iPhone, covers neither the composer nor the last message; it is none
// where one magnifies the page. (No browser on a desk has such a keyboard, so what it says of it is made up.)
func TestAKeyboardOverThePage(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert := pair(s.Crowd(t, 2, 60))
	p := enter(t, anna, s.URL, "/chats/"+bert.Username)
	p.touch()
	p.AwaitLive()
	p.AwaitEnd()
	const covers = `(height, scale) => {
    const view = window.visualViewport
    Object.defineProperty(view, 'height', { configurable: true, value: height })
    Object.defineProperty(view, 'scale', { configurable: true, value: scale })
    return view.dispatchEvent(new Event('resize'))
  }`
	const bottom = `() => Math.round(document.querySelector('#composer').getBoundingClientRect().bottom)`
	ask[bool](p, covers, 500, 1)
	p.Await("the composer is above the keyboard", `() => document.querySelector('#composer').getBoundingClientRect().bottom <= 500`)
	p.AwaitEnd()
	ask[bool](p, covers, 844, 1)
	p.Await("there is room again", `() => document.querySelector('#composer').getBoundingClientRect().bottom > 800`)
	p.AwaitEnd()
	p.safeArea(47, 0, 34, 0)
	ask[bool](p, covers, 500, 1)
	p.Await("the composer is above the keyboard, which has the edge of the screen to itself", `() => {
    const composer = document.querySelector('#composer'), above = 500 - composer.getBoundingClientRect().bottom
    return above >= 0 && above < 34 && document.querySelector('#pane .top h1').getBoundingClientRect().top >= 47
  }`)
	p.AwaitEnd()
	ask[bool](p, covers, 844, 1)
	p.Await("the composer is above the home bar", `() => { const { bottom } = document.querySelector('#composer').getBoundingClientRect(); return bottom > 700 && bottom <= innerHeight - 34 }`)
	p.safeArea(0, 0, 0, 0)
	whole := ask[int](p, bottom)
	ask[bool](p, covers, 300, 2.5)
	require.Equal(t, whole, ask[int](p, bottom))
}
