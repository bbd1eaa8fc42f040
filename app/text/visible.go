package text

import (
	"strings"
	"unicode"
)

// blank are characters with a place of their own and nothing in it, of which no property of Unicode says
// so: the empty braille pattern, the null note head, and the fillers of Hangul and Khitan. (Most fillers are
// ignorable, too.)
var blank = &unicode.RangeTable{
	R16: []unicode.Range16{{0x115f, 0x1160, 1}, {0x2800, 0x2800, 1}, {0x3164, 0x3164, 1}, {0xffa0, 0xffa0, 1}},
	R32: []unicode.Range32{{0x16fe4, 0x16fe4, 1}, {0x1d159, 0x1d159, 1}},
}

// shownFormats are the format characters that are not ignorable by default (DerivedCoreProperties.txt):
// annotations and the controls of hieroglyphs.
var shownFormats = &unicode.RangeTable{
	R16: []unicode.Range16{{0xfff9, 0xfffb, 1}},
	R32: []unicode.Range32{{0x13430, 0x1343f, 1}},
}

// Ignorable reports whether a program that cannot show r shows nothing: Unicode's property
// Default_Ignorable_Code_Point, which Go derives from the others.
func Ignorable(r rune) bool {
	if unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) {
		return true
	}
	return unicode.Is(unicode.Cf, r) && !unicode.In(r, unicode.Prepended_Concatenation_Mark, shownFormats)
}

// Invisible reports whether r leaves no ink: a control, a space, what is ignorable by default, a filler, or
// no character at all. Characters of a later Unicode than ours are taken for visible.
func Invisible(r rune) bool {
	switch {
	case r < 0x80: // most of what is written
		return r <= ' ' || r == 0x7f
	case unicode.IsSpace(r), unicode.In(r, unicode.Cc, unicode.Cs, unicode.Z, unicode.Noncharacter_Code_Point, blank):
		return true
	}
	return Ignorable(r) || unicode.Is(shownFormats, r)
}

// Visible reports whether s has anything to see.
func Visible(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return !Invisible(r) })
}
