package browser

import (
	"context"
	"sort"
	"fmt"
	"testing"

	"dchat/app/apptest"

	"github.com/chromedp/cdproto/profiler"
	"github.com/chromedp/chromedp"
)

func TestXProbe(t *testing.T) {
	s := apptest.SQLite(t).Start(t)
	anna, bert := pair(s.Crowd(t, 2, 400))
	p := enter(t, anna, s.URL, "/chats/"+bert.Username)
	p.AwaitLive()
	for p.firstSeq() > 100 {
		p.pageUp()
	}
	p.scrollTo(1000000)
	t.Log("rows", len(p.Log()))
	say(t, bert, anna, "x")
	p.AwaitText("x")
	p.do(profiler.Enable(), profiler.SetSamplingInterval(200), profiler.Start())
	ask[bool](p, `() => { window.took = []; let t0; document.addEventListener('htmx:before:swap', () => { t0 = performance.now() }, true); document.addEventListener('htmx:finally:swap', () => { took.push(performance.now() - t0) }); return true }`)
	for _, text := range numbered("y %d", 30) { say(t, bert, anna, text) }
	p.AwaitText("y 30")
	t.Log("swap ms", ask[[]float64](p, `() => took`))
	p.do(chromedp.ActionFunc(func(ctx context.Context) error {
		prof, err := profiler.Stop().Do(ctx)
		if err != nil { return err }
		self := map[string]int{}
		names := map[int64]string{}
		for _, n := range prof.Nodes { names[n.ID] = fmt.Sprintf("%s %s:%d", n.CallFrame.FunctionName, n.CallFrame.URL[max(0,len(n.CallFrame.URL)-30):], n.CallFrame.LineNumber) }
		for _, id := range prof.Samples { self[names[id]]++ }
		var keys []string
		for k := range self { keys = append(keys, k) }
		sort.Slice(keys, func(i, j int) bool { return self[keys[i]] > self[keys[j]] })
		for _, k := range keys[:min(15, len(keys))] { t.Log(self[k], k) }
		return nil
	}))
}
