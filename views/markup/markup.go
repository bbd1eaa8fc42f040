// Package markup finds the formatting in the text of a message: quotations, code, links, and marked words. The joined
// text of what it returns is the text of the message without its markers. A scan takes linear time.
package markup

import "strings"

// Kind is a kind of block.
type Kind int

const (
	Paragraph Kind = iota
	Quote
	CodeBlock
)

// Block is a group of lines of one kind.
type Block struct {
	Kind  Kind
	Spans []Span
}

// Style is what a span of a text is.
type Style uint8

const (
	Text Style = iota
	Code
	Link
	Begin // of marked words
	End
)

// Span is a part of a line: a text, or the place where marked words begin or end.
type Span struct {
	Text    string
	Address *Address // of a link
	Style   Style
	Mark    byte // one of Marks, for Begin and End
}

// Address is where a link leads.
type Address struct {
	URL   string // http, https or mailto
	Title string // the host in ASCII, "" if it was typed so
}

// Marks are the characters around bold, italic and struck words.
const Marks = "*_~"

// Plain returns a text without its markers.
func Plain(body string) string {
	if !strings.ContainsAny(body, Marks+"`>") {
		return body
	}
	var b strings.Builder
	for i, block := range Parse(body) {
		if i > 0 {
			b.WriteByte('\n')
		}
		for _, s := range block.Spans {
			b.WriteString(s.Text)
		}
	}
	return b.String()
}
