package page

import (
	"slices"
	"sort"
	"strconv"

	"golang.org/x/net/html"
)

// upsert puts rows with a number into a list that is sorted by it: what is there under the id is replaced.
func (p *Page) upsert(t task) {
	list := t.list
	if found := p.find(t.target); len(found) > 0 {
		list = found[0]
	}
	if list == nil {
		return
	}
	u := upsert{list: list, key: t.key, desc: t.desc}
	for child := range list.ChildNodes() {
		if _, ok := numberOf(child, t.key); ok {
			u.rows = append(u.rows, child)
		}
	}
	for _, row := range t.rows {
		if known := p.byID(attr(row, "id")); known == nil || !u.replace(known, row) {
			u.insert(row)
		}
	}
}

type upsert struct {
	list *html.Node
	rows []*html.Node // those of the list that have a number
	key  string
	desc bool
}

// replace reports whether the row now stands where another state of it stood.
func (u *upsert) replace(known, row *html.Node) bool {
	at := slices.Index(u.rows, known)
	was, _ := numberOf(known, u.key)
	is, _ := numberOf(row, u.key)
	if at < 0 || was == is {
		if at >= 0 {
			u.rows[at] = row
		}
		exchange(known, row)
		return true
	}
	u.rows = slices.Delete(u.rows, at, at+1)
	remove(known)
	return false
}

func (u *upsert) insert(row *html.Node) {
	n, _ := numberOf(row, u.key)
	at := sort.Search(len(u.rows), func(i int) bool {
		other, _ := numberOf(u.rows[i], u.key)
		if u.desc {
			return other < n
		}
		return other > n
	})
	remove(row)
	var before *html.Node
	switch {
	case at < len(u.rows):
		before = u.rows[at]
	case len(u.rows) > 0:
		before = u.rows[len(u.rows)-1].NextSibling
	}
	u.list.InsertBefore(row, before)
	u.rows = slices.Insert(u.rows, at, row)
}

func numberOf(node *html.Node, key string) (float64, bool) {
	n, err := strconv.ParseFloat(attr(node, key), 64)
	return n, err == nil
}
