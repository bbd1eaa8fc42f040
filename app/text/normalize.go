package text

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Normalize returns the form of a text that searches compare: without case, width, accents and invisible characters.
// Combining marks are removed from Latin, Greek and Cyrillic letters only, since elsewhere they are part of the spelling.
// Normalize(Normalize(s)) == Normalize(s).
func Normalize(s string) string {
	if plain(s) {
		return strings.ToLower(s)
	}
	s = normalizeOnce(s)
	for range 4 { // composing may make a letter that has a folding of its own
		again := normalizeOnce(s)
		if again == s {
			break
		}
		s = again
	}
	return s
}

func normalizeOnce(s string) string {
	s = norm.NFKD.String(likenesses.Replace(s))
	s = norm.NFKD.String(strings.ToLower(cases.Fold().String(withoutMarks(s)))) // for Cherokee, which folds upwards
	return norm.NFC.String(letters.Replace(withoutMarks(s)))
}

// plain reports whether lower case is all that s needs.
func plain(s string) bool {
	for _, c := range []byte(s) {
		if c >= 0x80 || c == '\'' || c == '`' {
			return false
		}
	}
	return true
}

// likenesses stand for each other on keyboards. An apostrophe is left out altogether, as many people do.
// They are replaced first: compatibility makes a space and a mark of some.
var likenesses = strings.NewReplacer(
	"'", "", "`", "", "´", "", "‘", "", "’", "", "‛", "", "′", "", "＇", "", "ʻ", "", "ʼ", "", "ʹ", "", "ꞌ", "", "՚", "", "׳", "",
	"‐", "-", "‑", "-", "‒", "-", "–", "-", "—", "-", "―", "-", "−", "-", "－", "-",
)

// letters have no decomposition, yet most keyboards lack them.
var letters = strings.NewReplacer(
	"ł", "l", "ø", "o", "đ", "d", "æ", "ae", "œ", "oe", "ı", "i", "ð", "d", "þ", "th", "ħ", "h", "ŧ", "t",
)

// withoutMarks leaves out what has no place of its own in sight, and the marks of those scripts in which
// they are accents. The text must be decomposed.
func withoutMarks(s string) string {
	accented := false // whether the letter before takes accents
	return strings.Map(func(r rune) rune {
		switch {
		case Ignorable(r):
			return -1
		case unicode.Is(unicode.Mn, r):
			if accented {
				return -1
			}
		default:
			accented = unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic)
		}
		return r
	}, s)
}
