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

// Page is one tab. Every complaint of the browser that the test has not excused fails the test at its end.
type Page struct {
	Name string // whose it is

	t       *testing.T
	ctx     context.Context
	url     string // the server's
	browser *browser
	profile cdp.BrowserContextID

	mu      sync.Mutex
	faults  []string
	excused []string
	held    []fetch.RequestID
	warned  int // how often the browser asked whether to leave
	sockets int // how many the page has opened
}

// open makes a window with a profile of its own.
func open(t *testing.T, name, url string) *Page {
	t.Helper()
	return chromium.open(t, name, url)
}

func (b *browser) open(t *testing.T, name, url string) *Page {
	t.Helper()
	chrome := b.start(t)
	profile, err := target.CreateBrowserContext().Do(chrome)
	require.NoError(t, err)
	t.Cleanup(func() { _ = target.DisposeBrowserContext(profile).Do(chrome) })
	return b.newPage(t, name, url, profile, true)
}

// Tab is one more tab of the same person, beside the first.
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
			_, err := page.AddScriptToEvaluateOnNewDocument(domInvariants).Do(ctx)
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

// heard notes what the browser reports.
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
	case *page.EventJavascriptDialogOpening: // answered elsewhere: this goroutine hears of the answer
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

// Excuse lets pass the complaints that contain one of the texts: a browser calls a lost line an error.
func (p *Page) Excuse(texts ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.excused = append(p.excused, texts...)
}

// connectionErrors are the complaints about a server that cannot be reached.
var connectionErrors = []string{"net::ERR_", "WebSocket connection to", "htmx:ws:error"}

func (p *Page) report() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, text := range p.faults {
		if !slices.ContainsFunc(p.excused, func(e string) bool { return strings.Contains(text, e) }) {
			p.t.Errorf("the page of %s complains: %s", p.Name, text)
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
	p.Await("the page is there", `() => document.readyState === 'complete'`)
}

// Show brings the tab to the front of its window; the one that was there is hidden.
func (p *Page) Show() {
	p.t.Helper()
	p.do(page.BringToFront())
	p.Await("it is in sight", `() => document.visibilityState === 'visible' && document.hasFocus()`)
}

// LookAway takes the focus from the page, which stays in sight, as another program's window does.
// LookBack returns it. (A browser without a screen gives the focus to all its windows.)
func (p *Page) LookAway() {
	p.t.Helper()
	ask[bool](p, `() => { document.hasFocus = () => false; return dispatchEvent(new Event('blur')) }`)
}

// LookBack ends LookAway.
func (p *Page) LookBack() {
	p.t.Helper()
	ask[bool](p, `() => { delete document.hasFocus; return dispatchEvent(new Event('focus')) }`)
}

// Reload is the browser's.
func (p *Page) Reload() {
	p.t.Helper()
	p.do(chromedp.Reload())
	p.Await("the page is there again", `() => document.readyState === 'complete'`)
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

// ask calls a function in the page and returns its answer.
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

// AwaitWithin is Await with a deadline of its own.
func (p *Page) AwaitWithin(within time.Duration, what, function string, args ...any) {
	p.t.Helper()
	var err error
	p.await(within, what, func() bool {
		var yes bool
		err = p.evaluate(&yes, function, args...)
		return err == nil && yes
	}, func() string { return fmt.Sprintf("%v\n%s", err, p.text()) })
}

// await asks again and again until the answer is yes.
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

// text is what the page shows, for a failure's report.
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
