// Package firefox plays the main stories in a second browser engine.
package firefox

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"dchat/test/harness"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Keys as WebDriver names them (https://w3c.github.io/webdriver/#keyboard-actions).
const (
	enter     = "\uE007"
	shift     = "\uE008"
	backspace = "\uE003"
	control   = "\uE009"
)

// Page is a tab of a person.
type Page struct {
	Name string

	t             *testing.T
	session       *session
	context, user string
	url           string
}

// open opens a window with a new profile.
func open(t *testing.T, name, url string) *Page {
	t.Helper()
	p := &Page{Name: name, t: t, session: connect(t), url: url}
	var made struct{ UserContext, Context string }
	p.do("browser.createUserContext", map[string]any{}, &made)
	p.user = made.UserContext
	p.do("browsingContext.create", map[string]any{"type": "window", "userContext": p.user}, &made)
	p.context = made.Context
	t.Cleanup(func() {
		assert.Empty(t, p.session.logged(p.context), "the console of %s", name)
		_ = p.session.call("browser.removeUserContext", map[string]any{"userContext": p.user}, nil)
	})
	p.size(1280, 800)
	return p
}

// signIn opens a path as a person who signs in.
func signIn(t *testing.T, person *harness.Person, url, path string) *Page {
	t.Helper()
	p := open(t, person.Username, url)
	p.Go("/login?next=" + path)
	p.Fill("textbox", "Email or username", person.Username)
	p.Fill("", "Password", harness.Password)
	p.Click("button", "Sign in")
	p.Await("the page "+path, `path => location.pathname === path`, path)
	p.AwaitLive()
	return p
}

func (p *Page) do(method string, params map[string]any, result any) {
	p.t.Helper()
	require.NoError(p.t, p.session.call(method, params, result))
}

func (p *Page) size(width, height int) {
	p.t.Helper()
	p.do("browsingContext.setViewport", map[string]any{"context": p.context, "viewport": map[string]int{"width": width, "height": height}}, nil)
}

// Go opens a path and waits until it has loaded.
func (p *Page) Go(path string) {
	p.t.Helper()
	p.do("browsingContext.navigate", map[string]any{"context": p.context, "url": p.url + path, "wait": "complete"}, nil)
}

// Reload reloads the page.
func (p *Page) Reload() {
	p.t.Helper()
	p.do("browsingContext.reload", map[string]any{"context": p.context, "wait": "complete"}, nil)
}

// Show brings the tab to the front.
func (p *Page) Show() {
	p.t.Helper()
	p.do("browsingContext.activate", map[string]any{"context": p.context}, nil)
}

// evaluate calls a function in the page and decodes what it returns.
func (p *Page) evaluate(result any, function string, arguments ...any) error {
	given, err := json.Marshal(append([]any{}, arguments...))
	if err != nil {
		return err
	}
	var answer struct {
		Type             string
		Result           struct{ Value string }
		ExceptionDetails struct{ Text string }
	}
	err = p.session.call("script.callFunction", map[string]any{
		"functionDeclaration": fmt.Sprintf(`async given => JSON.stringify(await (%s)(...JSON.parse(given)) ?? null)`, function),
		"arguments":           []any{map[string]any{"type": "string", "value": string(given)}},
		"target":              map[string]any{"context": p.context}, "awaitPromise": true,
	}, &answer)
	if err != nil {
		return err
	}
	if answer.Type != "success" {
		return fmt.Errorf("exception: %s", answer.ExceptionDetails.Text)
	}
	return json.Unmarshal([]byte(answer.Result.Value), result)
}

// ask is evaluate for a call that must succeed.
func ask[T any](p *Page, function string, arguments ...any) (result T) {
	p.t.Helper()
	require.NoError(p.t, p.evaluate(&result, function, arguments...))
	return result
}

// Await waits until a function in the page returns true.
func (p *Page) Await(what, function string, arguments ...any) {
	p.t.Helper()
	var text string
	for until := time.Now().Add(patience); time.Now().Before(until); time.Sleep(20 * time.Millisecond) {
		var yes bool
		if p.evaluate(&yes, function, arguments...) == nil && yes {
			return
		}
	}
	_ = p.evaluate(&text, `() => document.title + '\n' + document.body.innerText`)
	require.Fail(p.t, p.Name+": "+what+" did not come", text)
}

// find waits for an element by its role and accessible name, or the beginning of it before an asterisk.
func (p *Page) find(role, name string) string {
	p.t.Helper()
	for until := time.Now().Add(patience); time.Now().Before(until); time.Sleep(20 * time.Millisecond) {
		if id := p.locate(role, name); id != "" {
			return id
		}
	}
	require.Fail(p.t, fmt.Sprintf("%s: no %s %q", p.Name, role, name), ask[string](p, `() => document.body.innerText`))
	return ""
}

func (p *Page) locate(role, name string) string {
	value := map[string]string{}
	if role != "" { // password fields have no role in Firefox
		value["role"] = role
	}
	beginning, open := strings.CutSuffix(name, "*")
	if !open {
		value["name"] = name
	}
	var found struct {
		Nodes []struct{ SharedID string }
	}
	locator := map[string]any{"type": "accessibility", "value": value}
	if p.session.call("browsingContext.locateNodes", map[string]any{"context": p.context, "locator": locator}, &found) != nil {
		return ""
	}
	for _, node := range found.Nodes {
		if !open || strings.HasPrefix(p.labelOf(node.SharedID), beginning) {
			return node.SharedID
		}
	}
	return ""
}

func (p *Page) labelOf(id string) string {
	var answer struct{ Result struct{ Value string } }
	_ = p.session.call("script.callFunction", map[string]any{
		"functionDeclaration": `element => element.ariaLabel ?? element.innerText.trim()`,
		"arguments":           []any{map[string]string{"sharedId": id}},
		"target":              map[string]any{"context": p.context}, "awaitPromise": false,
	}, &answer)
	return answer.Result.Value
}

// Click clicks the centre of an element.
func (p *Page) Click(role, name string) {
	p.t.Helper()
	p.Show()
	element := map[string]any{"type": "element", "element": map[string]string{"sharedId": p.find(role, name)}}
	p.act(map[string]any{"type": "pointer", "id": "mouse", "actions": []any{
		map[string]any{"type": "pointerMove", "x": 0, "y": 0, "origin": element},
		map[string]any{"type": "pointerDown", "button": 0},
		map[string]any{"type": "pointerUp", "button": 0},
	}})
}

// Fill replaces the text of a field.
func (p *Page) Fill(role, name, text string) {
	p.t.Helper()
	p.Click(role, name)
	p.chord(control, "a")
	p.Press(backspace)
	p.Press(text)
}

// Press presses keys one after the other.
func (p *Page) Press(keys string) {
	p.t.Helper()
	actions := []any{}
	for _, key := range keys {
		actions = append(actions, down(string(key)), up(string(key)))
	}
	p.act(map[string]any{"type": "key", "id": "keys", "actions": actions})
}

// chord presses a key while another is held.
func (p *Page) chord(held, key string) {
	p.t.Helper()
	p.act(map[string]any{"type": "key", "id": "keys", "actions": []any{down(held), down(key), up(key), up(held)}})
}

func down(key string) any { return map[string]string{"type": "keyDown", "value": key} }
func up(key string) any   { return map[string]string{"type": "keyUp", "value": key} }

func (p *Page) act(source map[string]any) {
	p.t.Helper()
	p.do("input.performActions", map[string]any{"context": p.context, "actions": []any{source}}, nil)
}
