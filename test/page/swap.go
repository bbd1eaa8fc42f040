package page

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"dchat/app/live"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// task is a part of an answer or a frame, and where it goes.
type task struct {
	target string
	nodes  []*html.Node // for a partial; it looks for them before anything is swapped
	list   *html.Node   // of an upsert, instead of the target
	style  string       // upsert, innerHTML, outerHTML, beforeend or delete
	key    string       // of an upsert
	desc   bool
	rows   []*html.Node // the content
}

// swap puts an answer or a frame into the document.
func (p *Page) swap(text string) {
	body := &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body}
	nodes, err := html.ParseFragment(strings.NewReader(text), body)
	if err != nil {
		p.fail(err)
		return
	}
	var tasks []task
	for _, node := range nodes {
		if t, ok := p.taskOf(node); ok {
			tasks = append(tasks, t)
		}
	}
	if p.unheard(tasks) {
		tasks = slices.DeleteFunc(tasks, func(t task) bool { return strings.HasPrefix(t.target, "#messages-") })
	}
	for i := range tasks {
		if tasks[i].style == "upsert" {
			p.restrict(&tasks[i])
		}
	}
	p.missed = p.missed || p.misses(tasks)
	for _, t := range tasks {
		p.run(t)
	}
}

// unheard reports whether the server wrote a frame before it heard of the open pane: the frame need not follow on that.
// The answer to the report brings all.
func (p *Page) unheard(tasks []task) bool {
	for _, t := range tasks {
		if t.target == "#cursor" && len(t.rows) > 0 {
			cursor, ok := live.ParseCursor(t.rows[0].Data)
			return ok && cursor.Gen < p.position.opened
		}
	}
	return false
}

func (p *Page) taskOf(node *html.Node) (task, bool) {
	t := task{target: attr(node, "hx-target"), key: attr(node, "key"), desc: attr(node, "sort") == "desc"}
	switch {
	case node.Type != html.ElementNode:
		return t, false
	case node.Data == "hx-upsert":
		t.style = "upsert"
	case node.Data == "hx-partial":
		t.style, _, _ = strings.Cut(attr(node, "hx-swap"), " ")
		t.nodes = p.find(t.target)
	default:
		return t, false
	}
	for child := range node.ChildNodes() {
		t.rows = append(t.rows, child)
	}
	for _, row := range t.rows {
		node.RemoveChild(row)
	}
	return t, true
}

// restrict leaves in an upsert what enters the log: a row that is there if it is newer than what stands, and another row
// if its place is loaded. What is outside of it comes with the pagers. A log without its end has no id, so that nothing
// new lands in it, but what it holds still changes.
func (p *Page) restrict(t *task) {
	isUpdate, first, log := strings.HasPrefix(t.target, "#messages-"), int64(0), p.log()
	if isUpdate && (log == nil || "#"+attr(log, "id") != t.target) {
		first = math.MaxInt64
		t.list = log
	} else if isUpdate {
		first = p.first()
	}
	kept := t.rows[:0]
	for _, row := range t.rows {
		if row.Type != html.ElementNode {
			continue
		}
		if isMessage(row) && !p.wants(row, first) {
			if n := len(kept); n > 0 && hasClass(kept[n-1], "day") && p.byID(attr(row, "id")) == nil {
				kept = kept[:n-1] // the divider of a day comes with the first row of the day
			}
			continue
		}
		kept = append(kept, row)
	}
	t.rows = kept
}

func (p *Page) wants(row *html.Node, first int64) bool {
	if known := p.byID(attr(row, "id")); known != nil {
		return number(attr(row, "data-rev")) > number(attr(known, "data-rev"))
	}
	return number(attr(row, "data-seq")) >= first
}

// first returns the Seq of the first message that an update may add to the log.
func (p *Page) first() int64 {
	log := p.doc.FindNodes(p.log())
	if log.Find(".older[hx-get]").Length() == 0 {
		return 0
	}
	return number(log.Find(".msg[data-rev]").AttrOr("data-seq", ""))
}

func isMessage(row *html.Node) bool { return hasClass(row, "msg") && attr(row, "data-rev") != "" }

func (p *Page) run(t task) {
	if t.style == "upsert" {
		p.upsert(t)
		return
	}
	for i, target := range t.nodes {
		rows := t.rows
		if i > 0 {
			rows = copies(t.rows)
		}
		switch t.style {
		case "innerHTML":
			for target.FirstChild != nil {
				target.RemoveChild(target.FirstChild)
			}
			appendAll(target, rows)
		case "beforeend":
			appendAll(target, rows)
		case "outerHTML":
			exchange(target, rows...)
		case "delete":
			remove(target)
		default:
			p.fail(fmt.Errorf("unknown swap style %q", t.style))
		}
	}
}

func (p *Page) byID(id string) *html.Node {
	if id == "" {
		return nil
	}
	for node := range p.doc.Nodes[0].Descendants() {
		if node.Type == html.ElementNode && attr(node, "id") == id {
			return node
		}
	}
	return nil
}

func appendAll(to *html.Node, nodes []*html.Node) {
	for _, node := range nodes {
		remove(node)
		to.AppendChild(node)
	}
}

func exchange(old *html.Node, nodes ...*html.Node) {
	if old.Parent == nil {
		return
	}
	for _, node := range nodes {
		remove(node)
		old.Parent.InsertBefore(node, old)
	}
	remove(old)
}

func remove(node *html.Node) {
	if node.Parent != nil {
		node.Parent.RemoveChild(node)
	}
}

func copies(nodes []*html.Node) []*html.Node {
	return (&goquery.Selection{Nodes: nodes}).Clone().Nodes
}

func attr(node *html.Node, name string) string {
	for _, a := range node.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func hasClass(node *html.Node, class string) bool {
	for name := range strings.FieldsSeq(attr(node, "class")) {
		if name == class {
			return true
		}
	}
	return false
}
