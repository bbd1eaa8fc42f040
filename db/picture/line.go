package main

import "slices"

// path is a reference as it is drawn, from the referring row to the one referred to.
type path struct {
	points  []point
	logical bool
	to      string // table and column: what goes to the same place may share its way
}

type point struct{ x, y int }

// connect finds the lines' ways. All that leads to one row shares the last piece; the first columns of a key
// of several join its last one.
func (s *sheet) connect() {
	for _, t := range s.tables {
		for _, r := range t.refs {
			to := find(s.tables, r.to)
			for i, from := range r.from {
				points := s.way(t, from, to, r.column)
				if i < len(r.from)-1 {
					points = append(points[:2], point{points[1].x, t.at(r.from[len(r.from)-1])})
				}
				s.lines = append(s.lines, path{points, r.logical, r.to + "." + r.column})
			}
		}
	}
	slices.SortStableFunc(s.lines, func(a, b path) int { return solid(a) - solid(b) }) // what holds lies on top
}

func solid(l path) int {
	if l.logical {
		return 0
	}
	return 1
}

// way leads from a row to another: across the gutter beside the table that is referred to, and before that,
// where more than the gutter lies between, around all tables.
func (s *sheet) way(from *table, column string, to *table, key string) []point {
	a, b := s.column[from.name], s.column[to.name]
	y, end := from.at(column), to.at(key)
	if a <= b { // rightward, or within a column by its left side
		x := to.box.x - gutter*2/3
		start := from.box.right()
		if a == b {
			start = from.box.x
		}
		return []point{{start, y}, {x, y}, {x, end}, {to.box.x, end}}
	}
	x := to.box.right() + gutter*2/3
	if a == b+1 {
		return []point{{from.box.x, y}, {x, y}, {x, end}, {to.box.right(), end}}
	}
	aside, round := from.box.right()+gutter/3, head+lane/4
	if from.box.y != s.ends[a].y {
		round = s.h - foot - lane/2
	}
	return []point{{from.box.right(), y}, {aside, y}, {aside, round}, {x, round}, {x, end}, {to.box.right(), end}}
}
