package browser

import (
	"strings"
	"testing"

	"dchat/test/harness"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

// touch makes the window a phone that is operated by fingers.
func (p *Page) touch() {
	p.t.Helper()
	p.do(
		emulation.SetDeviceMetricsOverride(390, 844, 2, true),
		emulation.SetTouchEmulationEnabled(true),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "pointer", Value: "coarse"}, {Name: "hover", Value: "none"}}),
	)
}

func TestEnterBreaksTheLineOnATouchScreen(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	a.touch()
	a.Reload()
	a.AwaitChat("bert")
	a.Await("the pointer is coarse", `() => matchMedia('(pointer: coarse)').matches`)
	a.Click("#composer", "textbox", "Message")
	a.Type("one")
	a.Press(kb.Enter)
	a.Type("two")
	require.Equal(t, "one\ntwo", a.Composed())
	a.Click("#composer", "button", "Send")
	b.AwaitTexts("one\ntwo")

	a.Type("by the keyboard of a tablet")
	a.press(kb.Enter, input.ModifierCtrl)
	b.AwaitTexts("one\ntwo", "by the keyboard of a tablet")

	a.Type("日本")
	enter := input.DispatchKeyEvent(input.KeyRawDown).WithKey("Enter").WithCode("Enter").WithWindowsVirtualKeyCode(229)
	a.do(enter, input.DispatchKeyEvent(input.KeyUp).WithKey("Enter").WithCode("Enter").WithWindowsVirtualKeyCode(13))
	a.Press(kb.Enter)
	a.Type("語")
	require.Equal(t, "日本\n語", a.Composed(), "after a composition")
	a.press(kb.Enter, input.ModifierMeta)
	b.AwaitTexts("one\ntwo", "by the keyboard of a tablet", "日本\n語")

	a.Type("ac")
	a.Press(kb.ArrowLeft)
	a.Press(kb.Enter)
	a.Type("b")
	require.Equal(t, "a\nbc", a.Composed(), "in the middle of a line")
	a.Write("")
	a.do(
		emulation.SetTouchEmulationEnabled(false), emulation.SetDeviceMetricsOverride(1280, 800, 1, false),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "pointer", Value: "fine"}, {Name: "any-pointer", Value: "coarse"}}),
	)
	a.Await("there is a mouse", `() => !matchMedia('(pointer: coarse)').matches`)
	a.Click("#composer", "textbox", "Message")
	a.Type("with a mouse, or on a laptop with a touch screen")
	a.PressShift(kb.Enter)
	a.Type("x")
	a.Press(kb.Enter)
	b.AwaitText("with a mouse, or on a laptop with a touch screen\nx")
}

// The height of the box is the style sheet's, or the script's where the browser has no field-sizing.
func TestTheBoxGrowsToSixLines(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]string{
		"by style": "", "by script": `{ const real = CSS.supports; CSS.supports = (...what) => what[0] !== 'field-sizing' && real.apply(CSS, what)
			document.addEventListener('DOMContentLoaded', () => { const sheet = new CSSStyleSheet(); sheet.replaceSync('textarea { field-sizing: fixed !important }'); document.adoptedStyleSheets.push(sheet) }) }`,
	} {
		t.Run(name, func(t *testing.T) {
			s := harness.SQLite(t).Start(t)
			a, _ := couple(t, &s.Server)
			if before != "" {
				a.OnNewPages(before)
				a.Reload()
				a.AwaitChat("bert")
			}
			line := ask[float64](a, `() => parseFloat(getComputedStyle(document.querySelector('#composer textarea')).lineHeight)`)
			one := a.draft().Height
			heights := []int{}
			for above := range 7 {
				a.Fill("textbox", "Message", strings.Repeat("line\n", above)+"line")
				heights = append(heights, a.draft().Height)
			}
			for i, height := range heights {
				require.InDelta(t, float64(one)+line*float64(min(i, 5)), height, 2, "%d lines", i+1)
			}
			a.Fill("textbox", "Message", "")
			require.Equal(t, one, a.draft().Height)
			a.Write("two\nlines")
			a.Reload()
			a.AwaitChat("bert")
			require.InDelta(t, float64(one)+line, a.draft().Height, 2, "a draft that comes back")
		})
	}
}

// pasteBoth puts a text and a file into the focused field and reports whether the page took the file.
func (p *Page) pasteBoth(texts map[string]string, file string) bool {
	p.t.Helper()
	return ask[bool](p, `(texts, file) => {
    const clipboardData = new DataTransfer()
    for (const [type, text] of Object.entries(texts ?? {})) clipboardData.setData(type, text)
    if (file) clipboardData.items.add(new File(['x'], file, { type: 'image/png' }))
    return !document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
  }`, texts, file)
}

func TestWhatIsPastedIsTextOrFile(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, _ := couple(t, &s.Server)
	a.Click("#composer", "textbox", "Message")
	cells := map[string]string{"text/plain": "1\t2\n3\t4", "text/html": "<table></table>"}
	require.False(t, a.pasteBoth(cells, "image.png"), "cells of a spreadsheet are text")
	require.False(t, a.pasteBoth(map[string]string{"text/plain": "words", "text/rtf": "{}"}, "image.png"), "so are words of an office")
	require.False(t, a.pasteBoth(map[string]string{"text/plain": "words"}, ""), "and words alone")
	require.Empty(t, a.Tray())
	require.True(t, a.pasteBoth(nil, "image.png"), "a picture alone is attached")
	require.True(t, a.pasteBoth(map[string]string{"text/html": "<img>"}, "web.png"), "and a picture of a page")
	require.True(t, a.pasteBoth(map[string]string{"text/plain": "/home/ann/cat.png\n"}, "cat.png"), "and a file of a file manager, which adds its name")
	a.AwaitTray("done", "done", "done")
}
