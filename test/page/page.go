// Package page is a page of DChat without a browser: a document, a socket, and what the script does with what the
// server sends. It keeps to static/js: swap.js, upsert.js and socket.js. Only tests import it.
package page

import (
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"dchat/app/live"
	"dchat/test/harness"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
)

// Page is an open page of a signed-in person. Its methods may be called at the same time.
type Page struct {
	mu       sync.Mutex
	changed  *sync.Cond
	who      *harness.Person
	path     string // in the address bar
	doc      *goquery.Document
	position position
	line     line
	broken   error // what the server sent and the page could not take
}

// position is the open pane as it was rendered.
type position struct {
	head                            *html.Node
	conversation, rev, version, gen int64
}

// Open loads a page. It is not connected.
func Open(who *harness.Person, path string) (*Page, error) {
	p := &Page{who: who}
	p.changed = sync.NewCond(&p.mu)
	return p, p.Load(path)
}

// Who returns the person of the page, at the node of the page.
func (p *Page) Who() *harness.Person { return p.who }

// Load loads another document into the page, which ends its connection.
func (p *Page) Load(path string) error {
	p.Disconnect()
	answer, err := p.who.Do(http.MethodGet, path, http.Header{}, nil)
	if err != nil {
		return err
	}
	if answer.Status != http.StatusOK {
		return fmt.Errorf("GET %s: %d %s", path, answer.Status, answer.Body)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.path, p.doc, p.position = path, answer.Doc(), position{}
	if _, err := p.cursor(); err != nil {
		return err
	}
	p.settle()
	return nil
}

// Visit opens another pane, as a link in the page does.
func (p *Page) Visit(path string) error {
	answer, err := p.ask(http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	if answer.Status != http.StatusOK {
		return fmt.Errorf("GET %s: %d %s", path, answer.Status, answer.Body)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	pane, old := answer.Doc().Find("#pane"), p.doc.Find("#pane")
	if pane.Length() != 1 || old.Length() != 1 {
		return fmt.Errorf("GET %s: no pane in %s", path, answer.Body)
	}
	p.path = path
	exchange(old.Nodes[0], pane.Nodes[0])
	p.settle()
	return nil
}

// Older loads the page of messages before those that the log shows, if there are any.
func (p *Page) Older() error { return p.turn(".older") }

// Newer loads the page of messages after those that the log shows, if there are any.
func (p *Page) Newer() error { return p.turn(".newer") }

func (p *Page) turn(pager string) error {
	p.mu.Lock()
	path, found := p.doc.Find("#pane .log " + pager).Attr("hx-get")
	p.mu.Unlock()
	if !found {
		return nil
	}
	_, err := p.ask(http.MethodGet, path, nil)
	return err
}

// Post submits a form with the script, and puts the answer into the page.
func (p *Page) Post(path string, form url.Values) (*harness.Answer, error) {
	return p.ask(http.MethodPost, path, form)
}

// ask sends a request with htmx. Only what the server answers to this person reaches the page.
func (p *Page) ask(method, path string, form url.Values) (*harness.Answer, error) {
	header := http.Header{
		"HX-Request": {"true"}, "DChat-As": {p.who.Username}, "Origin": {p.who.Origin()},
		"Content-Type": {"application/x-www-form-urlencoded"},
	}
	answer, err := p.who.Do(method, path, header, strings.NewReader(form.Encode()))
	if err != nil || answer.Status != http.StatusOK || answer.Header.Get("DChat-As") != p.who.Username {
		return answer, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	defer p.changed.Broadcast()
	cursor, err := p.cursor()
	if version := answer.Header.Get("DChat-Version"); err != nil || version != "" && number(version) < cursor.Version {
		return answer, err
	}
	p.swap(answer.Body)
	p.settle()
	return answer, p.broken
}

// take applies a message of the socket.
func (p *Page) take(frame string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	defer p.changed.Broadcast()
	p.swap(frame)
	p.settle()
	cursor, err := p.cursor()
	if err != nil {
		p.fail(err)
		return
	}
	// What it says of the pane counts only if it means this very rendering of it.
	if cursor.Gen == p.position.gen {
		p.position.rev, p.position.version = cursor.Rev, math.MaxInt64
		p.line.answered()
	}
}

// settle notices that another pane or log is open. The page then says where it stands: what happened since the pane was
// rendered is missing.
func (p *Page) settle() {
	head := p.head()
	if head == p.position.head {
		return
	}
	p.position = position{head: head, version: math.MaxInt64, gen: p.position.gen + 1}
	if version, stated := p.doc.Find("#pane").Attr("data-version"); stated {
		p.position.version = number(version)
	}
	if log := p.log(); log != nil {
		p.position.conversation, p.position.rev = place(log)
	}
	p.report()
}

// place returns the conversation and the revision of a log as it was rendered.
func place(log *html.Node) (conversation, rev int64) {
	id, ok := strings.CutPrefix(attr(log, "id"), "messages-")
	if !ok {
		return 0, 0
	}
	return number(id), number(attr(log, "data-rev"))
}

func (p *Page) head() *html.Node {
	if log := p.log(); log != nil {
		return log
	}
	if pane := p.doc.Find("#pane").Children(); pane.Length() > 0 {
		return pane.Nodes[0]
	}
	return nil
}

// log returns the log of the pane, nil without one.
func (p *Page) log() *html.Node {
	if log := p.doc.Find("#pane .log[role=log]"); log.Length() > 0 {
		return log.Nodes[0]
	}
	return nil
}

// cursor returns how far the server has brought the page.
func (p *Page) cursor() (live.Cursor, error) {
	text := p.doc.Find("#cursor").Text()
	cursor, ok := live.ParseCursor(text)
	if !ok {
		return cursor, fmt.Errorf("the page of %s has the cursor %q", p.who.Username, text)
	}
	return cursor, nil
}

// where returns the cursor that the page sends: the pane may be older than the rest.
func (p *Page) where() string {
	cursor, err := p.cursor()
	if err != nil {
		p.fail(err)
		return ""
	}
	at := p.position
	return live.Cursor{
		Epoch: cursor.Epoch, Version: min(cursor.Version, at.version), Conversation: at.conversation, Rev: at.rev, Gen: at.gen,
	}.String()
}

func (p *Page) fail(err error) {
	if p.broken == nil {
		p.broken = err
	}
}

func number(text string) int64 {
	n, _ := strconv.ParseInt(text, 10, 64)
	return n
}
