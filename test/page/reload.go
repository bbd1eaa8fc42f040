package page

import (
	"cmp"
	"net/http"
	"time"

	"dchat/test/harness"
)

// obey loads the pane again if a frame or an answer has said so.
func (p *Page) obey() {
	orders := p.doc.Find("#pane > i[hx-trigger=load][hx-get]")
	path, ordered := orders.Attr("hx-get")
	orders.Remove()
	if !ordered {
		return
	}
	p.visits++
	visit := p.visits
	p.insist(cmp.Or(path, p.path), func(answer *harness.Answer) { p.show(answer, visit) })
}

// insist asks for something to look at until the server answers, as the script does. The page is not at rest before.
func (p *Page) insist(path string, put func(*harness.Answer)) {
	p.pending++
	doc := p.doc
	go func() {
		for end := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
			answer, err := p.ask(http.MethodGet, path, nil, func() {}, put)
			p.mu.Lock()
			if err == nil && answer.Status < 500 || p.doc != doc || p.line.left || time.Now().After(end) {
				if err != nil && p.doc == doc && !p.line.left {
					p.fail(err)
				}
				p.pending--
				p.changed.Broadcast()
				p.mu.Unlock()
				return
			}
			p.mu.Unlock()
		}
	}()
}
