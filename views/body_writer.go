package views

import (
	"strings"

	"dchat/views/markup"

	"github.com/a-h/templ"
	"golang.org/x/text/unicode/bidi"
)

// bodyWriter writes the text of a message as HTML.
type bodyWriter struct{ strings.Builder }

// message writes blocks: a paragraph that is alone as such, and others in a group, which has no paragraphs, because
// browsers copy an empty line after each. Between two blocks there is a line feed, so that the group has the text that
// is shown.
func (b *bodyWriter) message(body string, blocks []markup.Block) {
	var classes []string
	if endsRightToLeft(blocks[len(blocks)-1]) {
		classes = append(classes, "leftward")
	}
	if len(blocks) == 1 && blocks[0].Kind == markup.Paragraph {
		if markup.IsEmoji(body) {
			classes = append(classes, "emoji")
		}
		b.WriteString(`<p dir="auto"`)
		b.classes(classes)
		b.WriteString(`>`)
		b.spans(blocks[0].Spans)
		b.WriteString(`</p>`)
		return
	}
	b.WriteString(`<div`)
	b.classes(append([]string{"body"}, classes...))
	b.WriteString(`>`)
	for i, block := range blocks {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.block(block)
	}
	b.WriteString(`</div>`)
}

func (b *bodyWriter) block(block markup.Block) {
	open, end := `<div dir="auto">`, `</div>`
	switch block.Kind {
	case markup.Quote:
		open, end = `<blockquote dir="auto">`, `</blockquote>`
	case markup.CodeBlock:
		open, end = `<pre dir="ltr"><code>`, `</code></pre>`
		if isWide(block.Spans[0].Text) {
			open = `<pre dir="ltr" tabindex="0" role="group" aria-label="Code"><code>`
		}
	}
	b.WriteString(open)
	b.spans(block.Spans)
	b.WriteString(end)
}

func (b *bodyWriter) classes(classes []string) {
	if len(classes) > 0 {
		b.WriteString(` class="` + strings.Join(classes, " ") + `"`)
	}
}

// elements are the elements of the markers.
var elements = map[byte]string{'*': "strong>", '_': "em>", '~': "s>"}

func (b *bodyWriter) spans(spans []markup.Span) {
	for _, s := range spans {
		switch s.Style {
		case markup.Text:
			b.WriteString(templ.EscapeString(s.Text))
		case markup.Code:
			b.WriteString(`<code dir="ltr">` + templ.EscapeString(s.Text) + `</code>`)
		case markup.Link:
			b.link(s)
		case markup.Begin:
			b.WriteString("<" + elements[s.Mark])
		case markup.End:
			b.WriteString("</" + elements[s.Mark])
		}
	}
}

func (b *bodyWriter) link(s markup.Span) {
	b.WriteString(`<a href="`)
	b.WriteString(templ.EscapeString(s.Address.URL))
	if s.Address.Title != "" {
		b.WriteString(`" title="`)
		b.WriteString(templ.EscapeString(s.Address.Title))
	}
	b.WriteString(`" target="_blank" rel="noopener noreferrer nofollow">`)
	b.WriteString(templ.EscapeString(s.Text))
	b.WriteString(`</a>`)
}

// narrowest is how many columns of code every screen has room for. Longer lines scroll, for which the keyboard has to
// reach them.
const narrowest = 24

func isWide(code string) bool {
	for line := range strings.Lines(code) {
		if len(line)+3*strings.Count(line, "\t") > narrowest {
			return true
		}
	}
	return false
}

// endsRightToLeft reports whether the last line of a block is read from right to left (Unicode Standard Annex 9, rules
// P2 and P3, without isolates). Code is an isolate, and code blocks are read from left to right.
func endsRightToLeft(block markup.Block) bool {
	if block.Kind == markup.CodeBlock {
		return false
	}
	direction := bidi.ON
	for _, s := range block.Spans {
		if begin := strings.LastIndexByte(s.Text, '\n') + 1; begin > 0 {
			s.Text, direction = s.Text[begin:], bidi.ON
		}
		if direction == bidi.ON && s.Style != markup.Code {
			direction = firstStrong(s.Text)
		}
	}
	return direction == bidi.R
}

// firstStrong returns the direction of the first character that has one: L, R, or else ON.
func firstStrong(s string) bidi.Class {
	for _, r := range s {
		p, _ := bidi.LookupRune(r)
		switch p.Class() {
		case bidi.L:
			return bidi.L
		case bidi.R, bidi.AL:
			return bidi.R
		}
	}
	return bidi.ON
}
