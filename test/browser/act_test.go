package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

// Find waits for the first element with a role and an accessible name, inside the element of a selector (""
// for the whole page).
func (p *Page) Find(within, role, name string) cdp.BackendNodeID {
	p.t.Helper()
	var found []cdp.BackendNodeID
	what := fmt.Sprintf("%s %q in %q", role, name, within)
	p.await(patience, what, func() bool {
		found = p.all(within, role, name)
		return len(found) > 0
	}, p.text)
	return found[0]
}

// Has reports whether such an element exists now.
func (p *Page) Has(within, role, name string) bool { return len(p.all(within, role, name)) > 0 }

// AwaitAbsent waits until no such element exists.
func (p *Page) AwaitAbsent(within, role, name string) {
	p.t.Helper()
	p.await(patience, fmt.Sprintf("no %s %q in %q", role, name, within), func() bool { return !p.Has(within, role, name) }, p.text)
}

// axNode is a node of the accessibility tree. (The library's own type fails on properties it does not know.)
type axNode struct {
	Ignored bool              `json:"ignored"`
	Role    axValue           `json:"role"`
	Name    axValue           `json:"name"`
	Element cdp.BackendNodeID `json:"backendDOMNodeId"`
}

type axValue struct {
	Value any `json:"value"`
}

func (n *axNode) is(role, name string) bool {
	text, _ := n.Name.Value.(string)
	beginning, open := strings.CutSuffix(name, "*")
	return !n.Ignored && n.Role.Value == role && (text == name || open && strings.HasPrefix(text, beginning))
}

// ax returns the nodes at and below the element of an expression, in document order.
func (p *Page) ax(expression, role string) (nodes []axNode, err error) {
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	err = chromedp.Run(ctx, chromedp.ActionFunc(func(ctx context.Context) error {
		root, _, err := runtime.Evaluate(expression).Do(ctx)
		if err != nil || root.ObjectID == "" {
			return err
		}
		var result struct {
			Nodes []axNode `json:"nodes"`
		}
		query := accessibility.QueryAXTree().WithObjectID(root.ObjectID).WithRole(role)
		err = cdp.Execute(ctx, accessibility.CommandQueryAXTree, query, &result)
		nodes = result.Nodes
		return err
	}))
	return nodes, err
}

// all returns the elements with a role and name. A name that ends in an asterisk is a prefix.
func (p *Page) all(within, role, name string) []cdp.BackendNodeID {
	if within == "" {
		within = "html"
	}
	nodes, err := p.ax(fmt.Sprintf("document.querySelector(%q)", within), role)
	if err != nil {
		return nil // the page is changing
	}
	var found []cdp.BackendNodeID
	for i := range nodes {
		if nodes[i].is(role, name) {
			found = append(found, nodes[i].Element)
		}
	}
	return found
}

// spot is the centre of an element, or the reason why it cannot be clicked.
type spot struct {
	X, Y float64
	Why  string
}

const locate = `function() {
  this.scrollIntoView({ block: 'nearest', inline: 'nearest', behavior: 'instant' })
  const r = this.getBoundingClientRect(), x = r.x + r.width / 2, y = r.y + r.height / 2
  const top = document.elementFromPoint(x, y)
  const why = !r.width || !r.height ? 'it has no size' : this.contains(top) ? '' : 'it is covered by ' + (top?.outerHTML || 'nothing').slice(0, 200)
  return { X: x, Y: y, Why: why }
}`

// call calls a function on an element.
func (p *Page) call(node cdp.BackendNodeID, function string, result any) error {
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.ActionFunc(func(ctx context.Context) error {
		object, err := dom.ResolveNode().WithBackendNodeID(node).Do(ctx)
		if err != nil {
			return err
		}
		value, exception, err := runtime.CallFunctionOn(function).WithObjectID(object.ObjectID).WithReturnByValue(true).Do(ctx)
		if err != nil {
			return err
		}
		if exception != nil {
			return exception
		}
		if result == nil {
			return nil
		}
		return json.Unmarshal(value.Value, result)
	}))
}

// aim makes the page ignore the next press, and the click that it makes, if it does not hit the element or one with its
// id: what moves in the last moment, a list for example, must not have another row clicked.
const aim = `function() {
  const { id } = this
  const isHit = target => this.contains(target) || id && target.closest('#' + CSS.escape(id))
  const aimed = window.aimed = { missed: false, end }
  const events = ['pointerdown', 'click']
  for (const name of events) addEventListener(name, judge, true)
  function judge(event) {
    if (event.type === 'pointerdown') aimed.missed = !isHit(event.target)
    if (!aimed.missed) return
    event.preventDefault()
    event.stopImmediatePropagation()
  }
  function end() {
    for (const name of events) removeEventListener(name, judge, true)
    return aimed.missed
  }
}`

// Click clicks the first such element once it is uncovered and does not move.
func (p *Page) Click(within, role, name string) {
	p.t.Helper()
	for p.click(within, role, name) {
	}
}

// click reports whether the element has moved away before it was pressed.
func (p *Page) click(within, role, name string) (missed bool) {
	p.t.Helper()
	var at, before spot
	var target cdp.BackendNodeID
	p.await(patience, fmt.Sprintf("to click %s %q in %q", role, name, within), func() bool {
		before, at = at, spot{Why: "it does not exist"}
		for _, target = range p.all(within, role, name) {
			if err := p.call(target, locate, &at); err != nil {
				at.Why = err.Error()
			}
			if at.Why == "" {
				break
			}
		}
		return at.Why == "" && at == before && p.call(target, aim, nil) == nil
	}, func() string { return at.Why + "\n" + p.text() })
	p.do(
		input.DispatchMouseEvent(input.MouseMoved, at.X, at.Y),
		input.DispatchMouseEvent(input.MousePressed, at.X, at.Y).WithButton(input.Left).WithClickCount(1),
		input.DispatchMouseEvent(input.MouseReleased, at.X, at.Y).WithButton(input.Left).WithClickCount(1),
	)
	err := p.evaluate(&missed, `() => window.aimed?.end() ?? false`)
	return err == nil && missed // a page that is left cannot be asked, and was hit
}

// Fill replaces the text of a field.
func (p *Page) Fill(role, name, text string) {
	p.t.Helper()
	p.fill("", role, name, text)
}

func (p *Page) fill(within, role, name, text string) {
	p.t.Helper()
	node := p.Find(within, role, name)
	p.do(dom.Focus().WithBackendNodeID(node))
	require.NoError(p.t, p.call(node, `function() { this.select() }`, nil))
	p.Type(text)
}

// Type inserts text at the focus.
func (p *Page) Type(text string) {
	p.t.Helper()
	p.do(input.InsertText(text))
}

// Press presses and releases keys: kb.Tab, kb.Enter, or the characters of a text.
func (p *Page) Press(keys string) {
	p.t.Helper()
	p.press(keys, 0)
}

// PressShift presses keys while Shift is held.
func (p *Page) PressShift(keys string) {
	p.t.Helper()
	p.press(keys, input.ModifierShift)
}

// press lets the browser insert the character of a key press, so that a page can prevent it.
func (p *Page) press(keys string, with input.Modifier) {
	p.t.Helper()
	for _, key := range keys {
		events := kb.Encode(key)
		down, up := events[0], events[len(events)-1]
		if len(events) == 3 {
			down.Text, down.UnmodifiedText = events[1].Text, events[1].UnmodifiedText
		}
		down.Modifiers, up.Modifiers = down.Modifiers|with, up.Modifiers|with
		p.do(down, up)
	}
}

// Focused reports whether the focus is on such an element, and describes where it is.
func (p *Page) Focused(role, name string) (yes bool, where string) {
	p.t.Helper()
	nodes, err := p.ax("document.activeElement", "")
	require.NoError(p.t, err)
	if len(nodes) == 0 {
		return false, "nothing"
	}
	return nodes[0].is(role, name), fmt.Sprint(nodes[0].Role.Value, " ", nodes[0].Name.Value)
}

// TabTo presses Tab until the focus is on such an element.
func (p *Page) TabTo(role, name string) {
	p.t.Helper()
	var path []string
	for range 60 {
		there, where := p.Focused(role, name)
		if there {
			return
		}
		path = append(path, where)
		p.Press(kb.Tab)
	}
	require.Fail(p.t, "Tab does not reach it", "%s %q, but: %s", role, name, strings.Join(path, " → "))
}
