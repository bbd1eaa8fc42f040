// Package text is what the house knows of writing: what of a text is kept, where it may be cut, and
// which texts are the same to a search.
package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean makes a text that people typed storable: its line breaks are \n. It reports false for what no
// keyboard makes (NUL, broken UTF-8).
func Clean(s string) (string, bool) {
	if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
		return "", false
	}
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n"), true
}

// Trim takes the blank lines from both ends of a text and the space from its end. The first line keeps
// its indentation: in code it counts.
func Trim(s string) string {
	s = strings.TrimRightFunc(s, unicode.IsSpace)
	begin := 0
	for i, r := range s {
		switch {
		case r == '\n' || r == '\u2028' || r == '\u2029':
			begin = i + utf8.RuneLen(r)
		case !unicode.IsSpace(r):
			return s[begin:]
		}
	}
	return ""
}
