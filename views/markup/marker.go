package markup

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// marker reads a character that may begin or end marked words. The words are in one line, and there is something
// in them besides punctuation.
func (s *scanner) marker(at int) int {
	mark := s.text[at]
	if s.closes(at) && s.closeMark(at, mark) {
		return at + 1
	}
	if s.opens(at) {
		s.forget(mark)
		s.open = append(s.open, int32(len(s.tokens)))
		s.tokens = append(s.tokens, token{begin: int32(at), end: int32(at + 1), mark: mark, other: s.inner})
		s.edge = at + 1
	}
	return at + 1
}

// closeMark ends the words after the last open marker of a kind. Markers within that are still open have no counterpart.
func (s *scanner) closeMark(at int, mark byte) bool {
	i, begin := s.openMark(mark)
	if i < 0 || s.tokens[begin].other == s.inner {
		return false
	}
	s.open = s.open[:i]
	s.tokens[begin].style = Begin
	s.tokens = append(s.tokens, token{begin: int32(at), end: int32(at + 1), style: End, mark: mark, other: begin})
	return true
}

// openMark returns the open marker of a kind: its place in s.open, which is negative if there is none, and in s.tokens.
func (s *scanner) openMark(mark byte) (i int, begin int32) {
	for i, begin := range s.open {
		if s.tokens[begin].mark == mark {
			return i, begin
		}
	}
	return -1, 0
}

// forget leaves a marker as typed, because a later one of its kind is closer to the end of the words.
func (s *scanner) forget(mark byte) {
	if i, _ := s.openMark(mark); i >= 0 {
		s.open = append(s.open[:i], s.open[i+1:]...)
	}
}

// withoutMarkers returns a link without the markers around it that it could contain, too.
func (s *scanner) withoutMarkers(l link) link {
	if i, begin := s.openMark('_'); i >= 0 && int(s.tokens[begin].begin) == l.begin && strings.HasPrefix(s.text[l.end:], "_") && s.closes(l.end) {
		l.begin++ // of an email address
		l.url = "mailto:" + s.text[l.begin:l.end]
	}
	end := l.end
	for end > l.begin && strings.IndexByte(Marks, s.text[end-1]) >= 0 && s.closes(end-1) {
		if i, _ := s.openMark(s.text[end-1]); i < 0 {
			break
		}
		s.read++
		end--
	}
	if end < l.end {
		end = l.begin + len(strings.TrimRightFunc(s.text[l.begin:end], isTrailing))
		l.url = l.url[:len(l.url)-(l.end-end)]
		l.end = end
	}
	return l
}

// opens reports whether marked words may begin with the marker at at.
func (s *scanner) opens(at int) bool {
	before, after, ok := s.around(at)
	return ok && !unicode.IsSpace(after) && index(closers, after) < 0 && isEdge(before, openingEdges)
}

// closes reports whether marked words may end with the marker at at.
func (s *scanner) closes(at int) bool {
	before, after, ok := s.around(at)
	if !ok || unicode.IsSpace(before) || index(openers, before) >= 0 || !isEdge(after, closingEdges) {
		return false
	}
	if after == '.' { // as in _config_.yml
		next, _ := utf8.DecodeRuneInString(s.text[at+2:])
		return !inWord(next)
	}
	return true
}

// around returns the characters before and after the marker at at, which are spaces at the ends of the text. A marker
// that is doubled, combined with another character, or quoted alone is none.
func (s *scanner) around(at int) (before, after rune, ok bool) {
	before, after = ' ', ' '
	if at > 0 {
		before, _ = utf8.DecodeLastRuneInString(s.text[:at])
	}
	if at+1 < len(s.text) {
		after, _ = utf8.DecodeRuneInString(s.text[at+1:])
	}
	mark := rune(s.text[at])
	ok = before != mark && after != mark && !unicode.Is(unicode.M, after) && (before != after || !unicode.IsPunct(before))
	return before, after, ok
}

// The punctuation that may precede and follow marked words. Between other punctuation, a marker is part of a path, an
// expression or an emoticon.
const (
	openingEdges = "()[]{}\"'-,!?|*_~`"
	closingEdges = ")]}\"'-,.:;!?|*_~`"
)

// isEdge reports whether a word may end, or begin, with its neighbour r.
func isEdge(r rune, punctuation string) bool {
	if r < utf8.RuneSelf {
		return r <= ' ' || strings.ContainsRune(punctuation, r)
	}
	return !inWord(r)
}
