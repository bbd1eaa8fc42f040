package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"dchat/test/harness"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// Page is a tab. A browser error that the test does not excuse fails the test.
type Page struct {
	Name string // of the person

	t       *testing.T
	ctx     context.Context
	url     string // the server's
	browser *browser
	profile cdp.BrowserContextID

	mu      sync.Mutex
	faults  []string
	excused []string
	held    []fetch.RequestID
	warned  int // how often the browser asked before leaving
	sockets int // number opened by the page
}

// open opens a window with a new profile.
func open(t *testing.T, name, url string) *Page {
	t.Helper()
	return chromium.open(t, name, url)
}

func (b *browser) open(t *testing.T, name, url string) *Page {
	t.Helper()
	chrome := b.start(t)
	if b.folder != "" {
		return b.newPage(t, name, url, "", true)
	}
	profile, err := target.CreateBrowserContext().Do(chrome)
	require.NoError(t, err)
	t.Cleanup(func() { _ = target.DisposeBrowserContext(profile).Do(chrome) })
	return b.newPage(t, name, url, profile, true)
}

// Tab opens another tab in the same profile.
func (p *Page) Tab() *Page {
	p.t.Helper()
	return p.browser.newPage(p.t, p.Name, p.url, p.profile, false)
}

func (b *browser) newPage(t *testing.T, name, url string, profile cdp.BrowserContextID, window bool) *Page {
	t.Helper()
	id, err := target.CreateTarget("about:blank").WithBrowserContextID(profile).WithNewWindow(window).Do(b.start(t))
	require.NoError(t, err)
	ctx, end := chromedp.NewContext(b.ctx, chromedp.WithTargetID(id))
	p := &Page{Name: name, t: t, ctx: ctx, url: url, browser: b, profile: profile}
	require.NoError(t, chromedp.Run(ctx))
	t.Cleanup(func() {
		p.report()
		end()
	})
	chromedp.ListenTarget(ctx, p.record)
	p.do(
		runtime.AddBinding("reportFault"),
		chromedp.ActionFunc(func(ctx context.Context) error {
			_, err := page.AddScriptToEvaluateOnNewDocument(domInvariants + withoutWorker).Do(ctx)
			return err
		}),
		emulation.SetDeviceMetricsOverride(1280, 800, 1, false),
	)
	return p
}

// enter opens a window of a signed-in person at a path.
func enter(t *testing.T, person *harness.Person, url, path string) *Page {
	t.Helper()
	return chromium.enter(t, person, url, path)
}

func (b *browser) enter(t *testing.T, person *harness.Person, url, path string) *Page {
	t.Helper()
	p := b.open(t, person.Username, url)
	p.become(person)
	p.Go(path)
	return p
}

func (p *Page) become(person *harness.Person) {
	p.t.Helper()
	cookies, err := http.ParseCookie(person.Jar.String())
	require.NoError(p.t, err)
	for _, c := range cookies {
		p.do(network.SetCookie(c.Name, c.Value).WithURL(p.url).WithHTTPOnly(true))
	}
}

// record stores events of the browser.
func (p *Page) record(event any) {
	switch e := event.(type) {
	case *runtime.EventBindingCalled:
		p.fault("page: " + e.Payload)
	case *runtime.EventExceptionThrown:
		p.fault("exception: " + e.ExceptionDetails.Error())
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.APITypeError || e.Type == runtime.APITypeWarning {
			var words []string
			for _, arg := range e.Args {
				words = append(words, string(arg.Value)+arg.Description)
			}
			p.fault("console: " + strings.Join(words, " "))
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.LevelError || e.Entry.Level == log.LevelWarning {
			p.fault(fmt.Sprintf("%s: %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL))
		}
	case *fetch.EventRequestPaused:
		p.mu.Lock()
		defer p.mu.Unlock()
		p.held = append(p.held, e.RequestID)
	case *page.EventJavascriptDialogOpening: // answered in another goroutine, as this one receives the event of the answer
		p.mu.Lock()
		defer p.mu.Unlock()
		p.warned++
		go func() { _ = chromedp.Run(p.ctx, page.HandleJavaScriptDialog(true)) }()
	case *network.EventWebSocketCreated:
		p.mu.Lock()
		defer p.mu.Unlock()
		p.sockets++
	}
}

func (p *Page) fault(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = append(p.faults, text)
}

// Excuse ignores browser errors that contain one of the texts, such as those of a lost connection.
func (p *Page) Excuse(texts ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.excused = append(p.excused, texts...)
}

// connectionErrors are the errors about an unreachable server.
var connectionErrors = []string{"net::ERR_", "WebSocket connection to", "htmx:ws:error"}

// lateIcon is the error about the icon with a count of a page that was left while the browser asked for it.
const lateIcon = "net::ERR_FILE_NOT_FOUND blob:"

func (p *Page) report() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, text := range p.faults {
		if !strings.Contains(text, lateIcon) && !slices.ContainsFunc(p.excused, func(e string) bool { return strings.Contains(text, e) }) {
			p.t.Errorf("the page of %s reports: %s", p.Name, text)
		}
	}
}

func (p *Page) do(actions ...chromedp.Action) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	require.NoError(p.t, chromedp.Run(ctx, actions...), p.Name)
}

// Go opens a path of the server and waits until its script runs.
func (p *Page) Go(path string) {
	p.t.Helper()
	p.do(chromedp.Navigate(p.url + path))
	p.Await("the page is loaded", `() => document.readyState === 'complete'`)
}

// Show brings the tab to the front of its window, which hides the previous one.
func (p *Page) Show() {
	p.t.Helper()
	p.do(page.BringToFront())
	p.Await("the tab is visible", `() => document.visibilityState === 'visible' && document.hasFocus()`)
}

// LookAway takes the focus from the page, which stays visible, as when another program's window is active.
// (A headless browser gives the focus to all its windows.)
func (p *Page) LookAway() {
	p.t.Helper()
	ask[bool](p, `() => { document.hasFocus = () => false; return dispatchEvent(new Event('blur')) }`)
}

// LookBack ends LookAway.
func (p *Page) LookBack() {
	p.t.Helper()
	ask[bool](p, `() => { delete document.hasFocus; return dispatchEvent(new Event('focus')) }`)
}

// Reload reloads the page.
func (p *Page) Reload() {
	p.t.Helper()
	p.do(chromedp.Reload())
	p.Await("the page is loaded again", `() => document.readyState === 'complete'`)
}

// evaluate calls a function in the page.
func (p *Page) evaluate(result any, function string, args ...any) error {
	texts := make([]string, len(args))
	for i, arg := range args {
		text, err := json.Marshal(arg)
		if err != nil {
			return err
		}
		texts[i] = string(text)
	}
	expression := fmt.Sprintf("(%s)(%s)", function, strings.Join(texts, ","))
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.ActionFunc(func(ctx context.Context) error {
		value, exception, err := runtime.Evaluate(expression).WithReturnByValue(true).WithAwaitPromise(true).Do(ctx)
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

// ask calls a function in the page and returns its result.
func ask[T any](p *Page, function string, args ...any) T {
	p.t.Helper()
	var result T
	require.NoError(p.t, p.evaluate(&result, function, args...), "%s: %s", p.Name, function)
	return result
}

// Await waits until a function in the page returns true.
func (p *Page) Await(what, function string, args ...any) {
	p.t.Helper()
	p.AwaitWithin(patience, what, function, args...)
}

// AwaitWithin is Await with another timeout.
func (p *Page) AwaitWithin(within time.Duration, what, function string, args ...any) {
	p.t.Helper()
	var err error
	p.await(within, what, func() bool {
		var yes bool
		err = p.evaluate(&yes, function, args...)
		return err == nil && yes
	}, func() string { return fmt.Sprintf("%v\n%s", err, p.text()) })
}

// await polls until is returns true.
func (p *Page) await(within time.Duration, what string, is func() bool, why func() string) {
	p.t.Helper()
	deadline := time.NewTimer(within)
	defer deadline.Stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-tick.C:
		case <-deadline.C:
			require.FailNow(p.t, fmt.Sprintf("%s timed out after %v: %s", p.Name, within, what), "%s", why())
		}
	}
}

// text returns the visible text of the page.
func (p *Page) text() string {
	var text string
	if err := p.evaluate(&text, `() => location.href + '\n' + document.title + '\n' + document.body.innerText`); err != nil {
		return err.Error()
	}
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > 1200 {
		text = text[:600] + " … " + text[len(text)-600:]
	}
	return text
}
