package markup

import (
	"strings"

	"dchat/app/text"
)

// Parse returns the blocks of a text. A line feed separates two blocks.
func Parse(body string) []Block {
	p := parser{left: maxLinks}
	p.parse(body)
	return p.blocks
}

type parser struct {
	blocks   []Block
	left     int  // links that may still follow
	unclosed bool // no later line closes a fence
	read     int  // bytes, which tests compare with the length
}

func (p *parser) parse(body string) {
	begin := 0 // of the lines that are in no block yet
	for at := 0; at < len(body); {
		block, end, ok := p.block(body, at)
		if ok {
			if begin < at {
				p.paragraph(body[begin : at-1])
			}
			p.blocks = append(p.blocks, block)
			begin = end + 1
		}
		p.read += end + 1 - at
		at = end + 1
	}
	if begin <= len(body) {
		p.paragraph(body[begin:])
	}
}

func (p *parser) paragraph(lines string) {
	p.blocks = append(p.blocks, Block{Kind: Paragraph, Spans: p.spans(lines)})
}

// block reads the quotation or the code that begins with the line at at. Without one, it returns the end of the lines
// that are plain.
func (p *parser) block(body string, at int) (block Block, end int, ok bool) {
	switch {
	case strings.HasPrefix(body[at:], quoted):
		lines, end := p.quote(body, at)
		if text.Visible(lines) {
			return Block{Kind: Quote, Spans: p.spans(lines)}, end, true
		}
		return Block{}, end, false
	case strings.HasPrefix(body[at:], fence) && !p.unclosed:
		code, end := p.fenced(body, at)
		if text.Visible(code) {
			return Block{Kind: CodeBlock, Spans: []Span{{Text: code}}}, end, true
		}
	}
	return Block{}, lineEnd(body, at), false
}

// quoted begins the lines of a quotation. Within, its space may be missing from a line that is empty.
const quoted = "> "

// quote returns the lines of a quotation without their markers.
func (p *parser) quote(body string, at int) (lines string, end int) {
	var b strings.Builder
	for begin := at; at < len(body); at = end + 1 {
		lineEnd := lineEnd(body, at)
		line := body[at:lineEnd]
		if !strings.HasPrefix(line, quoted) && line != strings.TrimSpace(quoted) {
			break
		}
		if at > begin {
			b.WriteByte('\n')
		}
		b.WriteString(line[min(len(quoted), len(line)):])
		end = lineEnd
	}
	p.read += b.Len()
	return b.String(), end
}

func lineEnd(s string, at int) int {
	if n := strings.IndexByte(s[at:], '\n'); n >= 0 {
		return at + n
	}
	return len(s)
}
