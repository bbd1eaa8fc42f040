package browser

import (
	"context"
	"strings"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// Latency makes every request take longer by it.
func (p *Page) Latency(d time.Duration) {
	p.t.Helper()
	p.do(network.EmulateNetworkConditions(false, float64(d.Milliseconds()), -1, -1))
}

// Offline takes the network away, and gives it back.
func (p *Page) Offline(off bool) {
	p.t.Helper()
	p.Excuse(lostLine...)
	p.do(network.EmulateNetworkConditions(off, 0, -1, -1))
}

// heldAnswer is an answer of the server that the page has not got yet.
type heldAnswer struct{ id fetch.RequestID }

// Hold keeps back the answers to script requests whose address ends so, until Release.
func (p *Page) Hold(suffix string) {
	p.t.Helper()
	p.mu.Lock()
	p.holding = suffix
	p.mu.Unlock()
	p.do(fetch.Enable().WithPatterns([]*fetch.RequestPattern{{URLPattern: "*", RequestStage: fetch.RequestStageResponse}}))
}

// AwaitHeld waits until an answer is kept back.
func (p *Page) AwaitHeld() {
	p.t.Helper()
	p.await(patience, "an answer to keep back", func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return len(p.held) > 0
	}, p.text)
}

// Release lets go what was held.
func (p *Page) Release() {
	p.t.Helper()
	p.mu.Lock()
	held := p.held
	p.held, p.holding = nil, ""
	p.mu.Unlock()
	for _, h := range held {
		p.do(fetch.ContinueRequest(h.id))
	}
	p.do(fetch.Disable())
}

func (p *Page) paused(e *fetch.EventRequestPaused) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.holding != "" && strings.HasSuffix(e.Request.URL, p.holding) {
		p.held = append(p.held, heldAnswer{e.RequestID})
		return
	}
	executor := cdp.WithExecutor(p.ctx, chromedp.FromContext(p.ctx).Target)
	go func(ctx context.Context) { _ = fetch.ContinueRequest(e.RequestID).Do(ctx) }(executor)
}

// Back is the browser's button.
func (p *Page) Back() {
	p.t.Helper()
	require.NoError(p.t, p.evaluate(nil, `() => { history.back() }`))
}
