package page

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/PuerkitoBio/goquery"
)

// State is what a page shows.
type State struct {
	Rows  []Row  // of the open log; what is hidden is none
	From  int64  // the Seq of its first row, hidden or not; 0 without rows
	To    int64  // and of its last one
	Tail  bool   // new messages are added to the log
	Chats []Chat // the sidebar, from top to bottom
	Asks  []string

	Delivered, Read int64 // the Seq of the last messages that the other has received, and read; 0 if nothing is shown
	Menu            Menu  // of the open conversation
}

// Row is what a message shows.
type Row struct {
	ID, Key   string
	Seq, Rev  int64
	Text      string
	Quote     string // "" without one, QuoteGone if nothing of its message is shown
	Pills     []Pill
	Mine      bool
	Gone      bool
	Edited    bool
	Saved     bool
	Forwarded bool
	Notice    bool
}

// QuoteGone is the Quote of a row that answers a message which is gone.
const QuoteGone = "gone"

// Pill is a reaction as a row shows it.
type Pill struct {
	Emoji string
	Count string
	Own   bool
}

// Chat is a row of the sidebar.
type Chat struct {
	With   string // the path
	Unread string // Marked without a number
	Last   string
	Kept   Kept
}

// Marked is the Unread of a chat that its person has marked.
const Marked = "marked"

// Kept is how a person keeps a conversation.
type Kept struct{ Pinned, Muted, Archived bool }

// Menu is what the menu of a conversation shows.
type Menu struct {
	Kept  Kept
	Timer string // after which time messages disappear
}

// State reads the page.
func (p *Page) State() State {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state()
}

func (p *Page) state() State {
	var s State
	if log := p.log(); log != nil {
		s.Tail = attr(log, "id") != ""
		for _, article := range p.doc.FindNodes(log).Find("article.msg").EachIter() {
			row := rowOf(article)
			if s.To = row.Seq; s.From == 0 {
				s.From = row.Seq
			}
			if !article.HasClass("void") {
				s.Rows = append(s.Rows, row)
			}
		}
		s.Delivered, s.Read = p.receipt("delivered"), p.receipt("read")
		s.Menu = p.menu()
	}
	for _, row := range p.doc.Find("#chats > .row, #archived > .row").EachIter() {
		s.Chats = append(s.Chats, chatOf(row))
	}
	for _, ask := range p.doc.Find("#requests > .ask .who").EachIter() {
		s.Asks = append(s.Asks, ask.AttrOr("href", ""))
	}
	return s
}

func rowOf(article *goquery.Selection) Row {
	row := Row{
		ID: strings.TrimPrefix(article.AttrOr("id", ""), "message-"), Key: article.AttrOr("data-key", ""),
		Seq: number(article.AttrOr("data-seq", "")), Rev: number(article.AttrOr("data-rev", "")),
		Mine: article.HasClass("mine"), Gone: article.HasClass("gone"), Saved: article.HasClass("saved"), Notice: article.HasClass("notice"),
		Edited: article.Find(".edited").Length() > 0, Forwarded: article.Find(".forwarded").Length() > 0,
		Quote: article.Find(".quote").AttrOr("aria-label", ""),
	}
	if article.Find(".quote.gone").Length() > 0 {
		row.Quote = QuoteGone
	}
	for _, pill := range article.Find(".pills .pill").EachIter() {
		row.Pills = append(row.Pills, Pill{text(pill), pill.AttrOr("data-count", ""), pill.HasClass("own")})
	}
	slices.SortFunc(row.Pills, func(a, b Pill) int { return strings.Compare(a.Emoji, b.Emoji) })
	row.Text = text(article.ChildrenFiltered("p, .body"))
	return row
}

func text(s *goquery.Selection) string { return strings.Join(strings.Fields(s.Text()), " ") }

// Await waits until a condition holds, which is checked whenever the page changes. Its error says where the page stands.
func (p *Page) Await(within time.Duration, holds func(s State) bool) error {
	return p.await(within, func() bool { return holds(p.state()) })
}

// AwaitConnected waits until the page is connected.
func (p *Page) AwaitConnected(within time.Duration) error {
	return p.await(within, func() bool { return p.line.conn != nil })
}

// AwaitVersion waits until the page is connected and shows what the server knew at a version of its person.
func (p *Page) AwaitVersion(within time.Duration, version int64) error {
	return p.await(within, func() bool {
		cursor, err := p.cursor()
		return err == nil && p.line.conn != nil && p.pending == 0 && cursor.Version >= version && cursor.Gen == p.position.gen
	})
}

func (p *Page) await(within time.Duration, holds func() bool) error {
	end := time.Now().Add(within)
	timer := time.AfterFunc(within, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.changed.Broadcast()
	})
	defer timer.Stop()
	p.mu.Lock()
	defer p.mu.Unlock()
	for !holds() && p.broken == nil {
		if !time.Now().Before(end) {
			return fmt.Errorf("the page of %s waits in vain: connected %v, at %s, sent %s", p.who.Username, p.line.conn != nil, p.doc.Find("#cursor").Text(), p.where())
		}
		p.changed.Wait()
	}
	return p.broken
}
