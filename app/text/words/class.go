package words

import (
	"strings"
	"unicode"

	"dchat/app/text"
)

// class is what a character is to the division of a text.
type class uint8

const (
	none    class = iota // stands between words
	letter               // a letter or digit of a word
	dense                // a character of a script that puts no spaces between words
	symbol               // an emoji or the like, which is a word by itself
	joining              // a mark or an invisible character, which belongs to what is before it
)

// denseScripts are written without spaces between words, or with several words between two spaces.
var denseScripts = []*unicode.RangeTable{
	unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo, unicode.Yi,
	unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar,
}

const firstDense = 0x0e01 // Thai

func classOf(r rune) class {
	switch {
	case r < 0x80:
		if isASCIILetter(byte(r)) {
			return letter
		}
		return none
	case unicode.IsLetter(r), unicode.IsNumber(r):
		if r >= firstDense && (unicode.In(r, denseScripts...) || r == 'ー' || r == 'ｰ') {
			return dense
		}
		return letter
	case unicode.In(r, unicode.Mn, unicode.Mc), text.Ignorable(r):
		return joining
	case unicode.Is(unicode.So, r), isTone(r):
		return symbol
	}
	return none
}

func isASCIILetter(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9'
}

// isApostrophe reports whether r between two letters joins them: "don't" is one word. Those apostrophes that
// Unicode calls letters need no rule, and code stands between backquotes.
func isApostrophe(r rune) bool { return strings.ContainsRune("'’‘‛′´＇՚׳", r) }

// isTone reports whether r gives the emoji before it the colour of a skin.
func isTone(r rune) bool { return r >= 0x1f3fb && r <= 0x1f3ff }

// isFlag reports whether r is half of a flag.
func isFlag(r rune) bool { return unicode.Is(unicode.Regional_Indicator, r) }

// isTrailing reports whether r after a dense character belongs to it: marks, the voicing marks of half-width kana,
// and the later parts of a decomposed Korean syllable.
func isTrailing(r rune) bool {
	return r == 0xff9e || r == 0xff9f || r >= 0x1160 && r <= 0x11ff || r >= 0xd7b0 && r <= 0xd7fb || classOf(r) == joining
}

// isStable reports whether r alone is in normal form: most characters of Chinese, Japanese and Korean.
func isStable(r rune) bool {
	return r >= 0x4e00 && r <= 0x9fff || r >= 0xac00 && r <= 0xd7a3 || r >= 0x3041 && r <= 0x3096 || r >= 0x30a1 && r <= 0x30fa || r == 'ー' || r >= 0x3400 && r <= 0x4dbf
}
