package main

import (
	"bytes"
	"fmt"
	"strings"
)

// style is DChat's look (static/css/tokens.css) in colours that every viewer of pictures knows.
const style = `
  .paper { fill: #fefcfa; stroke: #e3dfda }
  .card { fill: #fff; stroke: #e3dfda }
  .head { fill: #ffece2 }
  .rule { stroke: #e3dfda }
  .line { fill: none; stroke: #98918b; stroke-width: 1.5 }
  .tip { fill: #665f5a }
  .dot { fill: #98918b }
  text { fill: #251f1b; font: 14px ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif }
  .title { font-size: 22px; font-weight: 600 }
  .name { font-weight: 600 }
  .column, .type { font: 12px ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace }
  .key { fill: #b73d10; font-weight: 600 }
  .quiet, .type { fill: #665f5a }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #141210; stroke: #2f2c28 }
    .card { fill: #201e1a; stroke: #2f2c28 }
    .head { fill: #2f1e17 }
    .rule { stroke: #2f2c28 }
    .line { stroke: #6e6762 }
    .tip { fill: #a29e98 }
    .dot { fill: #6e6762 }
    text { fill: #eae7e3 }
    .key { fill: #f78e58 }
    .quiet, .type { fill: #a29e98 }
  }
`

const dashes = `stroke-dasharray="5 4"`

func (s *sheet) svg() []byte {
	var b bytes.Buffer
	p := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	p(`<!-- Drawn by db/picture (go generate); changes by hand are lost. -->`)
	p(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-labelledby="title desc">`, s.w, s.h, s.w, s.h)
	p(`<title id="title">DChat's tables and how they refer to each other</title>`)
	p(`<desc id="desc">%s</desc>`, s.said())
	p(`<style>%s</style>`, style)
	p(`<rect class="paper" x="0.5" y="0.5" width="%d" height="%d" rx="18"/>`, s.w-1, s.h-1)
	p(`<text class="title" x="%d" y="46">What DChat stores</text>`, margin)
	p(`<text class="quiet" x="%d" y="72">Every table and column, and which row names which. The tables of River (jobs) and goose (migrations) are left out.</text>`, margin)
	for _, l := range s.lines {
		l.draw(p)
	}
	for _, t := range s.tables {
		t.draw(p)
	}
	s.legend(p)
	p(`</svg>`)
	return b.Bytes()
}

// said is the picture in words, for who cannot see it.
func (s *sheet) said() string {
	var words []string
	for _, t := range s.tables {
		for _, r := range t.refs {
			words = append(words, fmt.Sprintf("%s.%s names a row of %s.", t.name, strings.Join(r.from, " and "), r.to))
		}
	}
	return strings.Join(words, " ")
}

type printer func(format string, args ...any)

func (t *table) draw(p printer) {
	b := t.box
	p(`<g><rect class="card" x="%d" y="%d" width="%d" height="%d" rx="12"/>`, b.x, b.y, b.w, b.h)
	p(`<path class="head" d="M%d %dv-%da11 11 0 0 1 11 -11h%da11 11 0 0 1 11 11v%dz"/>`, b.x+1, b.y+title, title-12, b.w-24, title-12)
	p(`<text class="name" x="%d" y="%d">%s</text>`, b.x+textPad, b.y+22, t.name)
	for _, c := range t.columns {
		class, y := "column", t.at(c.name)+4
		if c.key {
			class += " key"
		}
		p(`<text class="%s" x="%d" y="%d">%s</text><text class="type" x="%d" y="%d" text-anchor="end">%s</text>`,
			class, b.x+textPad, y, c.name, b.right()-textPad, y, c.label())
	}
	y := b.y + title + 8 + len(t.columns)*line
	if len(t.unique) > 0 {
		p(`<path class="rule" d="M%d %dh%d"/>`, b.x+textPad, y, b.w-2*textPad)
	}
	for i, u := range t.unique {
		p(`<text class="type" x="%d" y="%d">unique %s</text>`, b.x+textPad, y+16+i*line, u)
	}
	p(`</g>`)
}

// label says with a question mark that a column may be empty.
func (c column) label() string {
	if c.null {
		return c.kind + "?"
	}
	return c.kind
}

func (l path) draw(p printer) {
	var d strings.Builder
	for i, at := range l.points {
		fmt.Fprintf(&d, "%c%d %d", "ML"[min(i, 1)], at.x, at.y)
	}
	dash := ""
	if l.logical {
		dash = " " + dashes
	}
	first, turn, last := l.points[0], l.points[len(l.points)-2], l.points[len(l.points)-1]
	p(`<path class="line"%s d="%s"/>`, dash, d.String())
	p(`<circle class="dot" cx="%d" cy="%d" r="3"/>`, first.x, first.y)
	switch {
	case turn.x < last.x:
		p(`<path class="tip" d="M%d %dl-8 -4.5v9z"/>`, last.x, last.y)
	case turn.x > last.x:
		p(`<path class="tip" d="M%d %dl8 -4.5v9z"/>`, last.x, last.y)
	}
}

func (s *sheet) legend(p printer) {
	y := s.h - 28
	p(`<text class="column key" x="%d" y="%d">name</text><text class="quiet" x="%d" y="%d">primary key</text>`, margin, y, margin+38, y)
	p(`<text class="type" x="%d" y="%d">type?</text><text class="quiet" x="%d" y="%d">may be empty</text>`, margin+150, y, margin+194, y)
	p(`<path class="line" d="M%d %dh40"/><text class="quiet" x="%d" y="%d">foreign key</text>`, margin+320, y-5, margin+370, y)
	p(`<path class="line" %s d="M%d %dh40"/><text class="quiet" x="%d" y="%d">a reference the code keeps</text>`, dashes, margin+490, y-5, margin+540, y)
	p(`<text class="quiet" x="%d" y="%d" text-anchor="end">types as in SQLite</text>`, s.w-margin, y)
}
