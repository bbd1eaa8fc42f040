package words

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of a query: what is beyond them is ignored.
const (
	MaxQuery = 200 // characters
	maxKeys  = 24
)

// Query is what a search asks for: texts that have all of its terms.
type Query struct {
	terms []term
}

// term is a word, or a run of characters of a script without spaces.
type term struct {
	units  []string // one of a word
	prefix bool     // of a word: it may go on
}

// Parse reads a query. Its last word may be the beginning of a longer one.
func Parse(typed string) Query {
	var q Query
	last := false // the last term is a word
	for _, w := range Split(headRunes(typed, MaxQuery)) {
		if w.Part { // people who type the apostrophe mean the whole
			continue
		}
		if w.Joined && len(q.terms) > 0 {
			t := &q.terms[len(q.terms)-1]
			t.units = append(t.units, w.Text)
			continue
		}
		last = !w.Dense
		q.terms = append(q.terms, term{units: []string{w.Text}})
	}
	if n := len(q.terms); last {
		q.terms[n-1].prefix = isWord(q.terms[n-1].units[0])
	}
	return q
}

func headRunes(s string, n int) string {
	for i := range s {
		if n--; n < 0 {
			return s[:i]
		}
	}
	return s
}

func isWord(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return classOf(r) == letter && utf8.RuneCountInString(s) < MaxWord
}

// Empty reports whether the query asks for nothing.
func (q Query) Empty() bool { return len(q.terms) == 0 }

// Key is a word of Index that every text has which the query asks for, or the beginning of one.
type Key struct {
	Word   string
	Prefix bool
}

// Keys returns what an index is asked for. Texts that have all keys may still lack a run of characters: Match decides.
func (q Query) Keys() []Key {
	var keys []Key
	add := func(k Key) {
		if len(keys) < maxKeys && !slices.Contains(keys, k) {
			keys = append(keys, k)
		}
	}
	for _, t := range q.terms {
		if len(t.units) == 1 {
			add(Key{t.units[0], t.prefix})
		}
		for i := range len(t.units) - 1 {
			add(Key{Word: t.units[i] + t.units[i+1]})
		}
	}
	return keys
}

// Match reports whether each term is in one of the texts.
func (q Query) Match(texts ...string) bool {
	missing := slices.Clone(q.terms)
	for _, text := range texts {
		if len(missing) == 0 {
			break
		}
		words := Split(text)
		missing = slices.DeleteFunc(missing, func(t term) bool {
			for i := range words {
				if _, ok := t.at(words, i); ok {
					return true
				}
			}
			return false
		})
	}
	return len(missing) == 0 && len(q.terms) > 0
}

// Span is a piece of a text, in bytes.
type Span struct{ Start, End int }

// Find returns where the terms are in a text, in order; spans do not overlap.
func (q Query) Find(text string) []Span {
	var spans []Span
	words := Split(text)
	for i := range words {
		for _, t := range q.terms {
			if last, ok := t.at(words, i); ok {
				spans = append(spans, Span{words[i].Start, words[last].End})
			}
		}
	}
	return merged(spans)
}

// at reports whether the term is at the word i, and returns the last word that belongs to it.
func (t term) at(words []Word, i int) (int, bool) {
	if len(t.units) == 1 {
		return i, words[i].Text == t.units[0] || t.prefix && strings.HasPrefix(words[i].Text, t.units[0])
	}
	if i+len(t.units) > len(words) {
		return 0, false
	}
	for n, unit := range t.units {
		if w := words[i+n]; w.Text != unit || n > 0 && !w.Joined {
			return 0, false
		}
	}
	return i + len(t.units) - 1, true
}

func merged(spans []Span) []Span {
	slices.SortFunc(spans, func(a, b Span) int { return a.Start - b.Start })
	var list []Span
	for _, s := range spans {
		if n := len(list); n > 0 && s.Start < list[n-1].End {
			list[n-1].End = max(list[n-1].End, s.End)
			continue
		}
		list = append(list, s)
	}
	return list
}
