package markup

import (
	"strings"
	"unicode/utf8"

	"dchat/app/text"
)

// maxLinks is the most links in one message.
const maxLinks = 200

// A token is what a scanner finds between plain texts. A long text may have a token for each of its characters.
type token struct {
	begin, end int32 // its bytes in the text
	other      int32 // its Address, its backticks, the Begin of an End, or inner at a marker
	style      Style // Text for a marker that has no counterpart
	mark       byte
}

// scanner finds the code, the links and the markers in lines, from their start to their end.
type scanner struct {
	linkScanner
	tokens    []token
	addresses []Address
	open      []int32 // the tokens that may begin marked words, at most one for each mark
	inner     int32   // how many characters worth marking it has read
	left      int     // links that may still follow
}

// spans returns the spans of some lines.
func (p *parser) spans(lines string) []Span {
	s := scanner{linkScanner: linkScanner{text: lines}, left: p.left}
	s.scan()
	p.left, p.read = s.left, p.read+s.read
	return s.spans()
}

func (s *scanner) spans() []Span {
	n := 1
	for _, t := range s.tokens {
		if t.style != Text {
			n += 2
		}
	}
	spans := make([]Span, 0, n)
	from := 0
	for _, t := range s.tokens {
		if t.style == Text {
			continue
		}
		begin, end := int(t.begin), int(t.end)
		if begin > from {
			spans = append(spans, Span{Text: s.text[from:begin]})
		}
		span := Span{Style: t.style, Mark: t.mark}
		switch t.style {
		case Code:
			ticks := int(t.other)
			span.Text = s.text[begin+ticks : end-ticks]
		case Link:
			span.Text, span.Address = s.text[begin:end], &s.addresses[t.other]
		}
		spans, from = append(spans, span), end
	}
	if from < len(s.text) {
		spans = append(spans, Span{Text: s.text[from:]})
	}
	return spans
}

func (s *scanner) scan() {
	for at := 0; at < len(s.text); {
		s.read++
		switch s.text[at] {
		case '`':
			at = s.code(at)
		case '*', '_', '~':
			at = s.marker(at)
		default:
			at = s.other(at)
		}
	}
}

// other reads a link or a character without a meaning.
func (s *scanner) other(at int) int {
	if s.left > 0 {
		if l, resume, ok := s.at(at); ok {
			return s.link(l)
		} else if resume > at+1 {
			s.inner++
			return resume
		}
	}
	c := s.text[at]
	switch {
	case c == '\n':
		s.open = s.open[:0]
	case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z':
		s.inner++
	case c >= utf8.RuneSelf:
		if r, _ := utf8.DecodeRuneInString(s.text[at:]); !text.Invisible(r) && utf8.RuneStart(c) {
			s.inner++
		}
	}
	return at + 1
}

// link adds a link. Markers that belong to it, such as the underscores of an email address, no longer count.
func (s *scanner) link(l link) int {
	if len(s.open) > 0 {
		l = s.withoutMarkers(l)
	}
	for n := len(s.tokens); n > 0 && int(s.tokens[n-1].begin) >= l.begin; n = len(s.tokens) {
		if t := s.tokens[n-1]; t.style == End {
			s.tokens[t.other].style = Text
		}
		s.tokens = s.tokens[:n-1]
	}
	for n := len(s.open); n > 0 && int(s.open[n-1]) >= len(s.tokens); n = len(s.open) {
		s.open = s.open[:n-1]
	}
	s.add(token{begin: int32(l.begin), end: int32(l.end), style: Link, other: int32(len(s.addresses))})
	s.addresses = append(s.addresses, Address{URL: l.url, Title: l.title})
	s.left--
	return l.end
}

// add appends a link or code, before which nothing is read again.
func (s *scanner) add(t token) {
	s.tokens = append(s.tokens, t)
	s.from = int(t.end)
	s.inner++
}

// maxTicks is the longest run of backticks that begins code in a line.
const maxTicks = 3

// code reads code in a line: what stands between two runs of equally many backticks.
func (s *scanner) code(at int) int {
	n := len(s.text[at:]) - len(strings.TrimLeft(s.text[at:], "`"))
	s.read += n
	before, _ := utf8.DecodeLastRuneInString(s.text[:at])
	if n > maxTicks || at > 0 && inWord(before) {
		return at + n
	}
	end, found := s.closingTicks(at+n, n)
	if !found || !text.Visible(s.text[at+n:end]) {
		return at + n
	}
	s.add(token{begin: int32(at), end: int32(end + n), style: Code, other: int32(n)})
	return end + n
}

// closingTicks returns the begin of the next run of n backticks. Only the last runs of a line have none, one for each n.
func (s *scanner) closingTicks(at, n int) (end int, found bool) {
	for at < len(s.text) && s.text[at] != '\n' {
		run := at
		for at < len(s.text) && s.text[at] == '`' {
			at++
		}
		s.read += at - run + 1
		if at-run == n {
			return run, true
		}
		if at == run {
			at++
		}
	}
	return at, false
}
