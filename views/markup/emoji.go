package markup

import (
	"strings"
	"unicode/utf8"

	"dchat/app/text"

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
// selector, a keycap or a skin tone, as a flag, or because that is the default of its first code point.
func isEmoji(cluster string) bool {
	first, _ := utf8.DecodeRuneInString(cluster)
	isFlag := first >= 0x1f1e6 && first <= 0x1f1ff
	// Emoji by default are of East Asian width.
	isPicture := isFlag || width.LookupRune(first).Kind() == width.EastAsianWide || strings.ContainsAny(cluster, "\ufe0f\u20e3🏻🏼🏽🏾🏿")
	return isPicture && text.Emoji(cluster)
}
