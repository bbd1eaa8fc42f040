package markup

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/graphemes"
	"golang.org/x/text/width"
)

// maxEmoji is the most emoji of a message that is shown large, and maxEmojiBytes the longest such message: the flag
// of Wales takes 28 bytes, a family with skin tones 41.
const (
	maxEmoji      = 3
	maxEmojiBytes = 64 * maxEmoji
)

// IsEmoji reports whether a text is nothing but one to three emoji.
func IsEmoji(body string) bool {
	if len(body) > maxEmojiBytes {
		return false
	}
	n := 0
	for i := graphemes.FromString(body); i.Next(); {
		if i.Value() == " " {
			continue
		}
		if n++; n > maxEmoji || !isEmoji(i.Value()) {
			return false
		}
	}
	return n > 0
}

// isEmoji reports whether a grapheme cluster is shown as a picture (Unicode Technical Standard 51): by a variation
// selector, as a keycap or a flag, or because its first code point is so by default.
func isEmoji(cluster string) bool {
	first, n := utf8.DecodeRuneInString(cluster)
	rest := cluster[n:]
	switch {
	case strings.HasPrefix(rest, "\ufe0e"): // as text
		return false
	case strings.ContainsRune("0123456789#*", first):
		return rest == "\ufe0f\u20e3" || rest == "\u20e3"
	case first >= 0x1f1e6 && first <= 0x1f1ff: // letters of flags, in pairs
		return len(rest) == n
	case strings.HasPrefix(rest, "\ufe0f"), rest >= "\U0001f3fb" && rest < "\U0001f400": // of a skin tone
		return unicode.In(first, unicode.S, unicode.P) || first == 'ℹ'
	}
	// The symbols that are emoji by default are those of East Asian width, apart from CJK symbols.
	return (first >= 0x231a && first <= 0x2b55 || first >= 0x1f004) && unicode.In(first, unicode.So, unicode.Sk) && width.LookupRune(first).Kind() == width.EastAsianWide
}
