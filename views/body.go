package views

import (
	"context"
	"io"
	"strings"

	"dchat/app/chat"
	"dchat/app/text"

	"github.com/a-h/templ"
	"golang.org/x/text/unicode/bidi"
)

// segment is a part of a message: plain text, or a link.
type segment struct {
	Text  string
	URL   string // "" for plain text; else http, https or mailto
	Title string // the host of URL in ASCII, "" if it was typed so
}

// maxLinks is the most links in one message.
const maxLinks = 200

// segments finds the links in a text. The joined texts of the segments are the whole text.
func segments(body string) []segment {
	var found []segment
	s := linkScanner{text: body}
	for at, left := 0, maxLinks; at < len(body) && left > 0; {
		l, resume, ok := s.at(at)
		if at = resume; !ok {
			continue
		}
		if l.begin > s.from {
			found = append(found, segment{Text: body[s.from:l.begin]})
		}
		found = append(found, segment{Text: body[l.begin:l.end], URL: l.url, Title: l.title})
		s.from = l.end
		left--
	}
	if s.from < len(body) || len(found) == 0 {
		found = append(found, segment{Text: body[s.from:]})
	}
	return found
}

// maxBlank is the most consecutive blank lines shown. The stored message keeps all of them.
const maxBlank = 2

// limitBlankLines returns a text without more than maxBlank consecutive blank lines.
func limitBlankLines(body string) string {
	if !strings.Contains(body, "\n") {
		return body
	}
	var b strings.Builder
	blank := 0
	for line := range strings.Lines(body) {
		if blank++; !isBlank(line) {
			blank = 0
		}
		if blank <= maxBlank {
			b.WriteString(line)
		}
	}
	return b.String()
}

// A message is folded if it is higher than foldFrom lines of about lineLength columns. The stylesheet then shows only
// its first lines.
const (
	foldFrom   = 24
	lineLength = 55
)

// isFolded reports whether a text is shown folded.
func isFolded(body string) bool {
	if len(body)+lineLength*strings.Count(body, "\n") <= foldFrom*lineLength {
		return false // the usual case: a column takes at least one byte
	}
	return text.Higher(body, foldFrom, lineLength)
}

// endsRightToLeft reports whether the last line of a text is read from right to left (Unicode Standard Annex 9, rules
// P2 and P3, without isolates).
func endsRightToLeft(body string) bool {
	for _, r := range body[strings.LastIndexByte(body, '\n')+1:] {
		p, _ := bidi.LookupRune(r)
		switch p.Class() {
		case bidi.L:
			return false
		case bidi.R, bidi.AL:
			return true
		}
	}
	return false
}

// emptyText replaces a text without visible characters.
const emptyText = "Empty message"

// Body shows the text of a message. It is not a templ template because line breaks are significant here, and a
// template would add white space.
func Body(body string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		var b strings.Builder
		b.Grow(len(body) + 64)
		body := limitBlankLines(body)
		if !text.Visible(body) { // older versions stored such texts
			_, err := io.WriteString(w, `<p class="empty">`+emptyText+`</p>`)
			return err
		}
		b.WriteString(`<p dir="auto"`)
		if endsRightToLeft(body) {
			b.WriteString(` class="leftward"`)
		}
		b.WriteString(`>`)
		for _, s := range segments(body) {
			s.write(&b)
		}
		b.WriteString(`</p>`)
		if isFolded(body) {
			b.WriteString(`<details class="rest"><summary><span class="closed">Show more</span><span class="opened">Show less</span></summary></details>`)
		}
		_, err := io.WriteString(w, b.String())
		return err
	})
}

func (s segment) write(b *strings.Builder) {
	if s.URL == "" {
		b.WriteString(templ.EscapeString(s.Text))
		return
	}
	b.WriteString(`<a href="`)
	b.WriteString(templ.EscapeString(s.URL))
	if s.Title != "" {
		b.WriteString(`" title="`)
		b.WriteString(templ.EscapeString(s.Title))
	}
	b.WriteString(`" target="_blank" rel="noopener noreferrer nofollow">`)
	b.WriteString(templ.EscapeString(s.Text))
	b.WriteString(`</a>`)
}

// excerptLength is the most grapheme clusters of a message in the sidebar.
const excerptLength = 120

// excerpt returns the beginning of a message as one line. It omits directional controls: in the message they end with
// their line, but here they would turn the lines after it too.
func excerpt(body string) string {
	head := text.HeadRunes(body, chat.MaxExcerpt)
	line := strings.Join(strings.Fields(strings.Map(unturned, head)), " ")
	short := text.Head(line, excerptLength)
	if len(short) < len(line) || len(head) < len(body) {
		return strings.TrimSpace(short) + "…"
	}
	return line
}

// unturned leaves out embeddings, overrides and isolates, and keeps the marks, which turn nothing else.
func unturned(r rune) rune {
	if r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
		return -1
	}
	return r
}

func isBlank(line string) bool { return !text.Visible(line) }
