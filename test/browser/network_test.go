package browser

import (
	"encoding/base64"
	"time"

	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// Latency delays every request.
func (p *Page) Latency(d time.Duration) {
	p.t.Helper()
	p.do(network.EmulateNetworkConditions(false, float64(d.Milliseconds()), -1, -1))
}

// Offline disables or enables the network.
func (p *Page) Offline(off bool) {
	p.t.Helper()
	p.Excuse(connectionErrors...)
	p.do(network.EmulateNetworkConditions(off, 0, -1, -1))
}

// Hold delays the answers to requests whose URL has a suffix, until Release.
func (p *Page) Hold(suffix string) {
	p.t.Helper()
	p.hold(suffix, fetch.RequestStageResponse)
}

// HoldRequests delays the requests themselves.
func (p *Page) HoldRequests(suffix string) {
	p.t.Helper()
	p.hold(suffix, fetch.RequestStageRequest)
}

func (p *Page) hold(suffix string, stage fetch.RequestStage) {
	p.t.Helper()
	p.do(fetch.Enable().WithPatterns([]*fetch.RequestPattern{{URLPattern: "*" + suffix, RequestStage: stage}}))
}

// AwaitHeld waits until a request or an answer is held.
func (p *Page) AwaitHeld() {
	p.t.Helper()
	p.await(patience, "a held request", func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return len(p.held) > 0
	}, p.text)
}

// Release continues what is held.
func (p *Page) Release() {
	p.t.Helper()
	for _, id := range p.takeHeld() {
		_ = chromedp.Run(p.ctx, fetch.ContinueRequest(id)) // the page may have cancelled it
	}
	p.do(fetch.Disable())
}

// Refuse answers the held requests in place of the server, with Retry-After: 1.
func (p *Page) Refuse(status int64, sentence string, header ...string) {
	p.t.Helper()
	entries := []*fetch.HeaderEntry{{Name: "Retry-After", Value: "1"}, {Name: "Content-Type", Value: "text/html"}}
	for i := 0; i+1 < len(header); i += 2 {
		entries = append(entries, &fetch.HeaderEntry{Name: header[i], Value: header[i+1]})
	}
	for _, id := range p.takeHeld() {
		p.do(fetch.FulfillRequest(id, status).WithBody(base64.StdEncoding.EncodeToString([]byte(sentence))).WithResponseHeaders(entries))
	}
	p.do(fetch.Disable())
}

// Lose fails what is held: after Hold, the server has already handled the request.
func (p *Page) Lose() {
	p.t.Helper()
	for _, id := range p.takeHeld() {
		p.do(fetch.FailRequest(id, network.ErrorReasonConnectionReset))
	}
	p.do(fetch.Disable())
}

func (p *Page) takeHeld() []fetch.RequestID {
	p.mu.Lock()
	defer p.mu.Unlock()
	held := p.held
	p.held = nil
	return held
}

// Back is the browser's back button.
func (p *Page) Back() {
	p.t.Helper()
	require.NoError(p.t, p.evaluate(nil, `() => { history.back() }`))
}
