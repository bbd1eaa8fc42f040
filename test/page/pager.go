package page

import (
	"fmt"
	"net/http"
	"slices"

	"dchat/test/harness"

	"golang.org/x/net/html"
)

// Older loads the page of messages before those that the log shows, if there are any.
func (p *Page) Older() error { return p.OlderAfter(func() {}) }

// OlderAfter is Older with something that happens while the answer is on its way.
func (p *Page) OlderAfter(meanwhile func()) error { return p.turn(".older", meanwhile) }

// Newer loads the page of messages after those that the log shows, if there are any.
func (p *Page) Newer() error { return p.NewerAfter(func() {}) }

// NewerAfter is Newer with something that happens while the answer is on its way.
func (p *Page) NewerAfter(meanwhile func()) error { return p.turn(".newer", meanwhile) }

func (p *Page) turn(kind string, meanwhile func()) error {
	p.mu.Lock()
	found := p.doc.Find("#pane .log " + kind + "[hx-get]")
	rev := p.position.rev
	p.mu.Unlock()
	if found.Length() == 0 {
		return nil
	}
	pager := found.Nodes[0]
	_, err := p.ask(http.MethodGet, attr(pager, "hx-get"), nil, meanwhile, func(answer *harness.Answer) {
		if !p.isConnected(pager) { // its log has changed meanwhile: there would be a gap
			return
		}
		p.put(answer)
		p.follow(rev)
	})
	return err
}

// follow asks for what came since a pager asked, at a revision: a change to a message that the page did not have yet has
// gone by, and the answer may be older. A log that has come to its end takes new messages again.
func (p *Page) follow(rev int64) {
	log := p.log()
	joins := attr(log, "id") == "" && p.doc.FindNodes(log).Find(".newer").Length() == 0
	if !joins && rev == p.position.rev {
		return
	}
	p.position.rev = rev
	p.position.gen++
	if joins {
		log.Attr = append(log.Attr, html.Attribute{Key: "id", Val: fmt.Sprint("messages-", p.position.conversation)})
		p.position.opened = p.position.gen
	}
	p.report()
}

func (p *Page) isConnected(node *html.Node) bool {
	for node.Parent != nil {
		node = node.Parent
	}
	return node == p.doc.Nodes[0]
}

// misses reports whether a log that comes anew finds no place, since the page shows another part of the conversation.
func (p *Page) misses(tasks []task) bool {
	log := p.log()
	if log == nil || attr(log, "id") != "" {
		return false
	}
	older := fmt.Sprint("older-", p.conversation())
	return slices.ContainsFunc(tasks, func(t task) bool {
		return t.style != "upsert" && len(t.nodes) == 0 && slices.ContainsFunc(t.rows, func(row *html.Node) bool { return attr(row, "id") == older })
	})
}

// reopen loads the part of the conversation that the log shows once more, if the last frame had a log without a place.
func (p *Page) reopen() {
	if !p.missed {
		return
	}
	p.missed = false
	log := p.doc.FindNodes(p.log())
	rows := log.Find(".msg[data-rev]")
	seq := number(rows.Eq(rows.Length()/2).AttrOr("data-seq", ""))
	path := fmt.Sprintf("%s?before=%d", log.AttrOr("data-path", ""), seq+25)
	p.insist(path, func(answer *harness.Answer) { p.replace("#pane .log", answer) })
}
