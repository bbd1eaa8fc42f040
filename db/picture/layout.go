package main

import (
	"fmt"
	"slices"
)

// places says where each table stands: columns from the left, tables from the top. What refers stands beside
// what it refers to.
var places = [][]string{
	{"push_subscriptions"},
	{"sessions", "uploads", "exports"},
	{"users", "person_versions", "meta", "message_reads"},
	{"memberships", "messages", "message_marks", "message_tokens"},
	{"conversations", "attachments", "reactions", "message_edits"},
}

// Sizes in pixels.
const (
	margin  = 28
	head    = 92 // the title above the tables
	lane    = 26 // a line that goes round, above or below all
	gutter  = 60
	space   = 30 // between two tables of a column
	title   = 34
	line    = 21
	textPad = 12
	glyph   = 7.3 // a letter of the columns' font
	foot    = 62  // the legend
)

type box struct{ x, y, w, h int }

func (b box) right() int  { return b.x + b.w }
func (b box) bottom() int { return b.y + b.h }

type sheet struct {
	tables []*table
	lines  []path
	w, h   int
	column map[string]int
	ends   []box // of each column of tables: from its first table's top to its last one's bottom
}

// lay gives every table its place.
func lay(tables []*table) (*sheet, error) {
	s := &sheet{column: map[string]int{}}
	x := margin
	for i, names := range places {
		b := box{x: x, y: head + lane}
		y := b.y
		for _, name := range names {
			t := find(tables, name)
			if t == nil {
				return nil, fmt.Errorf("layout.go: there is no table %s any more", name)
			}
			s.tables, s.column[name] = append(s.tables, t), i
			b.w = max(b.w, t.width())
		}
		for _, t := range s.tables[len(s.tables)-len(names):] {
			t.box = box{x, y, b.w, t.height()}
			y = t.box.bottom() + space
		}
		b.h = y - space - b.y
		s.ends = append(s.ends, b)
		s.h = max(s.h, b.bottom())
		x += b.w + gutter
	}
	s.w, s.h = x-gutter+margin+lane, s.h+lane+foot
	for _, t := range tables {
		if !slices.Contains(s.tables, t) {
			return nil, fmt.Errorf("layout.go: the table %s has no place yet; give it one in places", t.name)
		}
	}
	s.connect()
	return s, nil
}

func (t *table) height() int {
	h := title + len(t.columns)*line + 8
	if len(t.unique) > 0 {
		h += len(t.unique)*line + 6
	}
	return h
}

func (t *table) width() int {
	letters := len(t.name) + 4
	for _, c := range t.columns {
		letters = max(letters, len(c.name)+len(c.label())+2)
	}
	for _, u := range t.unique {
		letters = max(letters, len("unique ")+len(u))
	}
	return int(float64(letters)*glyph) + 2*textPad
}

// at is the middle of a column's row.
func (t *table) at(column string) int {
	return t.box.y + title + 4 + t.row(column)*line + line/2
}
