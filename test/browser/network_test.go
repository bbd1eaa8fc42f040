package browser

import (
	"encoding/base64"
	"time"

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
	p.Excuse(connectionErrors...)
	p.do(network.EmulateNetworkConditions(off, 0, -1, -1))
}

// Hold keeps back the answers to requests whose address ends so, until Release.
func (p *Page) Hold(suffix string) {
	p.t.Helper()
	p.hold(suffix, fetch.RequestStageResponse)
}

// HoldRequests keeps back the requests themselves.
func (p *Page) HoldRequests(suffix string) {
	p.t.Helper()
	p.hold(suffix, fetch.RequestStageRequest)
}

func (p *Page) hold(suffix string, stage fetch.RequestStage) {
	p.t.Helper()
	p.do(fetch.Enable().WithPatterns([]*fetch.RequestPattern{{URLPattern: "*" + suffix, RequestStage: stage}}))
}

// AwaitHeld waits until something is kept back.
func (p *Page) AwaitHeld() {
	p.t.Helper()
	p.await(patience, "something to keep back", func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return len(p.held) > 0
	}, p.text)
}

// Release lets go what was held.
func (p *Page) Release() {
	p.t.Helper()
	for _, id := range p.takeHeld() {
		_ = chromedp.Run(p.ctx, fetch.ContinueRequest(id)) // the page may have given it up
	}
	p.do(fetch.Disable())
}

// Refuse answers what was held by HoldRequests in the server's place: come back in a second.
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

// Lose breaks the connections of what was held: by Hold after the server did what it was asked to do.
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

// Back is the browser's button.
func (p *Page) Back() {
	p.t.Helper()
	require.NoError(p.t, p.evaluate(nil, `() => { history.back() }`))
}
