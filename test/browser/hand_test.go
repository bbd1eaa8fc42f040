package browser

import (
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

// hand is a way to use a page.
type hand interface {
	screen(p *Page)
	// write adds a text to the composer and sends it.
	write(p *Page, text string)
	// press presses a button or a link.
	press(p *Page, within, role, name string)
	// open opens the menu of the message in a row.
	open(p *Page, row string)
	// choose takes an item of that menu.
	choose(p *Page, row, role, item string)
}

type (
	mouse struct{}
	touch struct{}
	keys  struct{}
)

var hands = map[string]hand{"mouse": mouse{}, "touch": touch{}, "keyboard": keys{}}

func (mouse) screen(p *Page) { p.scheme("light", false) }
func (keys) screen(p *Page)  { p.scheme("light", false) }

func (touch) screen(p *Page) {
	p.touch()
	p.scheme("light", true)
}

// scheme sets the theme, without motion.
func (p *Page) scheme(scheme string, finger bool) {
	p.t.Helper()
	features := []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}
	if finger {
		features = append(features, &emulation.MediaFeature{Name: "pointer", Value: "coarse"}, &emulation.MediaFeature{Name: "hover", Value: "none"})
	}
	p.do(emulation.SetEmulatedMedia().WithFeatures(features))
}

func (mouse) write(p *Page, text string) {
	p.t.Helper()
	p.inBox()
	p.Type(text)
	p.Press(kb.Enter)
}

func (mouse) press(p *Page, within, role, name string) {
	p.t.Helper()
	p.Click(within, role, name)
}

func (mouse) open(p *Page, row string) {
	p.t.Helper()
	p.openMenu(row)
}

func (h mouse) choose(p *Page, row, role, item string) {
	p.t.Helper()
	h.open(p, row)
	p.Click("#actions", role, item)
}

func (h touch) write(p *Page, text string) {
	p.t.Helper()
	if there, _ := p.Focused("textbox", "Message"); !there { // a tap would move the caret
		h.press(p, "#composer", "textbox", "Message")
	}
	p.Type(text)
	h.press(p, "#composer", "button", "Send")
}

// press taps the first such element that is uncovered and does not move.
func (touch) press(p *Page, within, role, name string) {
	p.t.Helper()
	at := p.spotOf(within, role, name)
	p.do(
		input.DispatchTouchEvent(input.TouchStart, []*input.TouchPoint{{X: at.X, Y: at.Y}}),
		input.DispatchTouchEvent(input.TouchEnd, []*input.TouchPoint{}),
	)
}

// spotOf waits until such an element is uncovered and does not move.
func (p *Page) spotOf(within, role, name string) (at spot) {
	p.t.Helper()
	var before spot
	p.await(patience, "to tap "+role+" "+name, func() bool {
		before, at = at, spot{Why: "it does not exist"}
		for _, node := range p.all(within, role, name) {
			if err := p.call(node, locate, &at); err != nil {
				at.Why = err.Error()
			}
			if at.Why == "" {
				break
			}
		}
		return at.Why == "" && at == before
	}, func() string { return at.Why + "\n" + p.text() })
	return at
}

// open presses the time of the message long: a text may be a link, and a picture.
func (touch) open(p *Page, row string) {
	p.t.Helper()
	require.NoError(p.t, p.evaluate(nil, `row => document.querySelector(row).scrollIntoView({ block: 'center', behavior: 'instant' })`, row))
	x, y := p.centre(row + " time")
	p.do(input.DispatchTouchEvent(input.TouchStart, []*input.TouchPoint{{X: x, Y: y}}))
	p.Await("the menu", `() => document.querySelector('#actions').matches(':popover-open')`)
	p.do(input.DispatchTouchEvent(input.TouchEnd, []*input.TouchPoint{}))
}

func (h touch) choose(p *Page, row, role, item string) {
	p.t.Helper()
	h.open(p, row)
	h.press(p, "#actions", role, item)
}

func (keys) write(p *Page, text string) {
	p.t.Helper()
	p.TabTo("textbox", "Message")
	p.Type(text)
	p.Press(kb.Enter)
}

// press brings the focus to the element by Tab. Another part of the page may have such an element before.
func (keys) press(p *Page, within, role, name string) {
	p.t.Helper()
	p.Find(within, role, name)
	if within == "" {
		within = "html"
	}
	for range 5 {
		p.TabTo(role, name)
		if ask[bool](p, `within => document.querySelector(within).contains(document.activeElement)`, within) {
			p.Press(kb.Enter)
			return
		}
		p.Press(kb.Tab)
	}
	require.Fail(p.t, "Tab does not reach it", "%s %q in %q", role, name, within)
}

// open walks from the log to the row.
func (keys) open(p *Page, row string) {
	p.t.Helper()
	isHere := func() bool {
		return ask[bool](p, `row => document.activeElement === document.querySelector(row)`, row)
	}
	if !isHere() {
		p.TabTo("log", "*")
		p.Press(kb.ArrowUp)
		p.Await("the focus on a message", `() => document.activeElement.matches('#pane [role=log] article')`)
	}
	for range 30 {
		if isHere() {
			break
		}
		p.Press(kb.ArrowUp)
	}
	require.True(p.t, isHere(), "the arrows do not lead to %s", row)
	p.Press(kb.Enter)
	p.Await("the menu", `() => document.querySelector('#actions').matches(':popover-open')`)
}

func (h keys) choose(p *Page, row, _, item string) {
	p.t.Helper()
	h.open(p, row)
	for range 20 {
		if item == ask[string](p, `() => document.activeElement.ariaLabel || document.activeElement.textContent.trim()`) {
			p.Press(kb.Enter)
			return
		}
		p.Press(kb.ArrowRight)
	}
	require.Fail(p.t, "the arrows do not reach it", "%s", item)
}

// Each way finds what it presses: this is a test of the hands.
func TestHandsPressWhatTheyName(t *testing.T) {
	t.Parallel()
	for name, hand := range hands {
		p := open(t, name, "")
		hand.screen(p)
		require.NoError(t, p.evaluate(nil, `() => { document.body.innerHTML = '<button>one</button><p id="in"><button>one</button></p>'; window.pressed = []; addEventListener('click', e => pressed.push(e.target.parentElement.id)) }`))
		require.NotEqual(t, cdp.BackendNodeID(0), p.Find("#in", "button", "one"))
		hand.press(p, "#in", "button", "one")
		p.Await("the press", `() => pressed.join() === 'in'`)
	}
}
