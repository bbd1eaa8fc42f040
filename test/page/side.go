package page

import (
	"fmt"
	"math"
	"strings"

	"github.com/PuerkitoBio/goquery"
)

func chatOf(row *goquery.Selection) Chat {
	badge, flags := row.Find(".badge"), text(row.Find(".flags"))
	c := Chat{
		With: row.AttrOr("href", ""), Unread: badge.AttrOr("data-unread", ""), Last: text(row.Find(".last")),
		Kept: Kept{Pinned: strings.Contains(flags, "Pinned"), Muted: strings.Contains(flags, "Muted"), Archived: row.Parent().Is("#archived")},
	}
	if badge.HasClass("dot") {
		c.Unread = Marked
	}
	return c
}

// receipt is the Seq of a receipt of the open log.
func (p *Page) receipt(name string) int64 {
	at := p.doc.FindNodes(p.log()).Find("#"+name+"-"+fmt.Sprint(p.conversation())).AttrOr("data-seq", "0")
	return number(strings.SplitN(at, ".", 2)[0])
}

// menu is what the menu of the open conversation offers: the opposite of what is.
func (p *Page) menu() Menu {
	offers := func(field, value string) bool {
		return p.doc.Find(`#side input[name="`+field+`"][value="`+value+`"]`).Length() > 0
	}
	return Menu{
		Kept:  Kept{Pinned: offers("pinned", "off"), Muted: offers("for", "off"), Archived: offers("archived", "off")},
		Timer: p.doc.Find("#timer form:has([aria-pressed=true]) [name=after]").AttrOr("value", ""),
	}
}

// CheckOrder returns an error unless what the open log shows stands in its order.
func (p *Page) CheckOrder() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	log := p.log()
	if log == nil {
		return nil
	}
	last := math.Inf(-1)
	for row := range log.ChildNodes() {
		if at, ok := numberOf(row, "data-seq"); ok && at < last {
			return fmt.Errorf("in the log %v stands below %v", at, last)
		} else if ok {
			last = at
		}
	}
	return nil
}
