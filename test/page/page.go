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
	"time"

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
	doc      *goquery.Document
	position position
	line     line
	missed   bool            // a log came that had no place
	path     string          // of the pane
	visits   int             // how many panes were asked for: of several answers the last counts
	pending  int             // requests that the page has made by itself
	holds    bool            // frames wait
	held     []string        // those that wait
	loading  bool            // another document replaces this one
	seen     map[string]bool // the messages that were reported to shown
	shown    func(Row)
	broken   error // what the server sent and the page could not take
}

// position is the open pane as it was rendered. gen counts what the page reports, and was opened when the pane came.
type position struct {
	head                                    *html.Node
	conversation, rev, version, gen, opened int64
}

// Open loads a page. It is not connected.
func Open(who *harness.Person, path string) (*Page, error) {
	p := &Page{who: who}
	p.changed = sync.NewCond(&p.mu)
	return p, p.Load(path)
}

// Shown calls f for each message that the page shows or will show, once. f must not call the page.
func (p *Page) Shown(f func(Row)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.shown, p.seen = f, map[string]bool{}
	p.notice()
}

// notice reports the messages that are new on the page.
func (p *Page) notice() {
	if p.shown == nil {
		return
	}
	for _, article := range p.doc.Find("#pane .log article.msg").EachIter() {
		if id := article.AttrOr("id", ""); !p.seen[id] {
			p.seen[id] = true
			p.shown(rowOf(article))
		}
	}
}

// HTML returns the element of a message, "" without it.
func (p *Page) HTML(r Row) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	text, _ := goquery.OuterHtml(p.doc.Find("#message-" + r.ID))
	return text
}

// Err returns what went wrong for good.
func (p *Page) Err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.broken
}

// Who returns the person of the page, at the node of the page.
func (p *Page) Who() *harness.Person { return p.who }

// Load loads another document into the page, which ends its connection.
func (p *Page) Load(path string) error {
	p.setLoading(true)
	defer p.setLoading(false)
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
	p.doc, p.position, p.path = answer.Doc(), position{}, path
	if _, err := p.cursor(); err != nil {
		return err
	}
	p.settle()
	return nil
}

func (p *Page) setLoading(is bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.loading = is
}

// Visit opens another pane, as a link in the page does.
func (p *Page) Visit(path string) error {
	p.mu.Lock()
	p.path = path
	p.visits++
	visit := p.visits
	p.mu.Unlock()
	answer, err := p.ask(http.MethodGet, path, nil, func() {}, func(answer *harness.Answer) { p.show(answer, visit) })
	if err == nil && answer.Status != http.StatusOK {
		err = fmt.Errorf("GET %s: %d %s", path, answer.Status, answer.Body)
	}
	return err
}

// show puts a pane into the page, unless another one was asked for meanwhile.
func (p *Page) show(answer *harness.Answer, visit int) {
	if visit == p.visits {
		p.replace("#pane", answer)
	}
}

// replace puts a part of an answer in the place of that of the page.
func (p *Page) replace(part string, answer *harness.Answer) {
	fresh, old := answer.Doc().Find(part), p.doc.Find(part)
	if fresh.Length() != 1 || old.Length() != 1 {
		p.fail(fmt.Errorf("no %s in %s", part, answer.Body))
		return
	}
	exchange(old.Nodes[0], fresh.Nodes[0])
}

// Post submits a form with the script, and puts the answer into the page.
func (p *Page) Post(path string, form url.Values) (*harness.Answer, error) {
	return p.PostAfter(path, form, func() {})
}

// PostAfter is Post with something that happens while the answer is on its way.
func (p *Page) PostAfter(path string, form url.Values, meanwhile func()) (*harness.Answer, error) {
	return p.ask(http.MethodPost, path, form, meanwhile, p.put)
}

// ask sends a request with htmx. meanwhile happens while the answer is on its way. Only what the server answers to this person reaches the page.
func (p *Page) ask(method, path string, form url.Values, meanwhile func(), put func(*harness.Answer)) (*harness.Answer, error) {
	header := http.Header{
		"HX-Request": {"true"}, "DChat-As": {p.who.Username}, "Origin": {p.who.Origin()},
		"Content-Type": {"application/x-www-form-urlencoded"},
	}
	p.mu.Lock()
	doc := p.doc
	p.mu.Unlock()
	answer, err := p.who.Do(method, path, header, strings.NewReader(form.Encode()))
	if err != nil || answer.Status != http.StatusOK || answer.Header.Get("DChat-As") != p.who.Username {
		return answer, err
	}
	meanwhile()
	p.mu.Lock()
	defer p.mu.Unlock()
	defer p.changed.Broadcast()
	if p.doc != doc {
		return answer, nil // the document is another one
	}
	put(answer)
	p.settle()
	return answer, p.broken
}

// put puts an answer into the page, unless it is older than what the page has.
func (p *Page) put(answer *harness.Answer) {
	cursor, err := p.cursor()
	if version := answer.Header.Get("DChat-Version"); err == nil && (version == "" || number(version) >= cursor.Version) {
		p.swap(answer.Body)
	}
}

// Hold lets what the socket brings wait until Release, as on a page that is busy.
func (p *Page) Hold() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.holds = true
}

// AwaitHeld waits until something that holds a text waits.
func (p *Page) AwaitHeld(within time.Duration, text string) error {
	return p.await(within, func() bool { return strings.Contains(strings.Join(p.held, ""), text) })
}

// Release ends Hold.
func (p *Page) Release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.holds = false
	p.changed.Broadcast()
}

// take applies a message of the socket.
func (p *Page) take(frame string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	defer p.changed.Broadcast()
	for p.held = append(p.held, frame); p.holds; {
		p.changed.Broadcast()
		p.changed.Wait()
	}
	p.held = nil
	p.swap(frame)
	p.settle()
	p.reopen()
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
	p.acknowledge()
}

// settle notices that another pane or log is open. The page then says where it stands: what happened since the pane was
// rendered is missing.
func (p *Page) settle() {
	p.notice()
	p.obey()
	head := p.head()
	if head == p.position.head {
		return
	}
	gen := p.position.gen + 1
	p.position = position{head: head, version: math.MaxInt64, gen: gen, opened: gen}
	if version, stated := p.doc.Find("#pane").Attr("data-version"); stated {
		p.position.version = number(version)
	}
	if log := p.log(); log != nil {
		p.position.conversation, p.position.rev = p.conversation(), number(attr(log, "data-rev"))
	}
	p.report()
}

// conversation returns that of the open log, whether the log has its end or not.
func (p *Page) conversation() int64 {
	return number(strings.TrimPrefix(p.doc.Find("#pane .log .older").AttrOr("id", ""), "older-"))
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
