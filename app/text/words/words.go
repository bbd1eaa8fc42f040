// Package words divides texts into the words that a search compares, the same for every database. Words are
// normalized by text.Normalize. Scripts without spaces between words are indexed by single characters and
// overlapping pairs.
package words

import (
	"strings"
	"unicode/utf8"

	"dchat/app/text"
)

// MaxWord is how many characters of a word count.
const MaxWord = 64

// Word is a word of a text, or one character of a script without spaces.
type Word struct {
	Text       string // normalized
	Start, End int    // where it is in the text, in bytes
	Dense      bool   // a character of a script without spaces
	Joined     bool   // Dense, and directly after the Dense one before
	Part       bool   // a piece of the word before, between apostrophes
}

// Split returns the words of a text, in order.
func Split(s string) []Word {
	sp := splitter{text: s}
	if plain := strings.Count(s, " ") + 1; plain < 64 {
		sp.words = make([]Word, 0, plain)
	}
	for i := 0; i < len(s); {
		i = sp.next(i)
	}
	return sp.words
}

type splitter struct {
	text  string
	words []Word
}

// next takes what begins at i and returns where it ends.
func (s *splitter) next(i int) int {
	r, size := rune(s.text[i]), 1
	if r >= utf8.RuneSelf {
		r, size = utf8.DecodeRuneInString(s.text[i:])
	}
	switch classOf(r) {
	case letter:
		return s.letters(i)
	case dense:
		return s.dense(i)
	case symbol:
		return s.symbol(i)
	default:
		return i + size
	}
}

// letters takes a word, whole and in the pieces between its apostrophes.
func (s *splitter) letters(start int) int {
	plain, cuts := true, []int(nil)
	i := start
	for i < len(s.text) {
		if b := s.text[i]; b < utf8.RuneSelf && b != '\'' {
			if !isASCIILetter(b) {
				break
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s.text[i:])
		if isApostrophe(r) && s.classAt(i+size) == letter {
			cuts = append(cuts, i, i+size)
		} else if c := classOf(r); c != letter && c != joining {
			break
		}
		plain = false
		i += size
	}
	s.word(start, i, plain, false)
	if cuts != nil {
		cuts = append(append([]int{start}, cuts...), i)
		for ; len(cuts) > 0; cuts = cuts[2:] {
			s.word(cuts[0], cuts[1], false, true)
		}
	}
	return i
}

func (s *splitter) classAt(i int) class {
	r, _ := utf8.DecodeRuneInString(s.text[i:])
	return classOf(r)
}

func (s *splitter) word(start, end int, plain, part bool) {
	if plain {
		word := strings.ToLower(s.text[start:min(end, start+MaxWord)])
		s.words = append(s.words, Word{Text: word, Start: start, End: end})
		return
	}
	s.folded(text.Normalize(s.text[start:end]), Word{Start: start, End: end, Part: part})
}

// dense takes the characters of a script without spaces, one by one.
func (s *splitter) dense(start int) int {
	for i, joined := start, false; ; joined = true {
		r, size := utf8.DecodeRuneInString(s.text[i:])
		if classOf(r) != dense {
			return i
		}
		end := i + size
		for next, more := utf8.DecodeRuneInString(s.text[end:]); more > 0 && isTrailing(next); next, more = utf8.DecodeRuneInString(s.text[end:]) {
			end += more
		}
		w := Word{Start: i, End: end, Dense: true, Joined: joined}
		if end == i+size && isStable(r) {
			w.Text = s.text[i:end]
			s.words = append(s.words, w)
		} else {
			s.folded(text.Normalize(s.text[i:end]), w)
		}
		i = end
	}
}

// symbol takes an emoji with its modifiers, or several that are joined to one.
func (s *splitter) symbol(start int) int {
	first, i := utf8.DecodeRuneInString(s.text[start:])
	i += start
	flag, joiner := isFlag(first), false
	for i < len(s.text) {
		r, size := utf8.DecodeRuneInString(s.text[i:])
		c := classOf(r)
		goesOn := c == joining || isTone(r) || joiner && c == symbol || flag && isFlag(r)
		if !goesOn {
			break
		}
		flag = flag && !isFlag(r)
		joiner = r == '\u200d'
		i += size
	}
	s.folded(text.Normalize(strings.Map(withoutTone, s.text[start:i])), Word{Start: start, End: i})
	return i
}

func withoutTone(r rune) rune {
	if isTone(r) {
		return -1
	}
	return r
}

// folded takes the words of a normalized piece of the text: mostly one, but "½" is two.
func (s *splitter) folded(piece string, w Word) {
	for i := 0; i < len(piece); {
		r, size := utf8.DecodeRuneInString(piece[i:])
		kind := classOf(r)
		end := i + size
		if kind == none || kind == joining {
			i = end
			continue
		}
		for end < len(piece) {
			r, size := utf8.DecodeRuneInString(piece[end:])
			c := classOf(r)
			if c != joining && (c != kind || kind == dense) {
				break
			}
			end += size
		}
		next := w
		next.Dense, next.Joined = kind == dense, kind == dense && (w.Joined || i > 0 && w.Dense)
		next.Text = head(piece[i:end])
		s.words = append(s.words, next)
		i = end
	}
}

// head is the beginning of a word that counts.
func head(word string) string {
	if len(word) <= MaxWord {
		return word
	}
	n := 0
	for i := range word {
		if n == MaxWord {
			return word[:i]
		}
		n++
	}
	return word
}
