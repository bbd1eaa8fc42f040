package account

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"dchat/app/errs"
	"dchat/app/text"

	"github.com/mtibben/confusables"
	"golang.org/x/text/unicode/norm"
)

// maxMarks is how many combining marks in a row a name may have: no language needs more, and a heap of
// them covers the rows above and below.
const maxMarks = 4

func checkDisplayName(typed string) (string, error) {
	wrong := func(sentence string) (string, error) { return "", errs.Field("display_name", sentence) }
	name, ok := text.CleanLine(typed)
	if !ok || strings.ContainsFunc(strings.Map(unwrap, name), unprintable) {
		if ok && !text.Visible(name) {
			return wrong("This name has nothing that can be seen.")
		}
		return wrong("This name has characters that cannot be shown.")
	}
	name = strings.Join(strings.Fields(name), " ")
	switch {
	case name == "":
		return "", nil
	case utf8.RuneCountInString(name) > MaxDisplayName:
		return wrong("A name has at most 50 characters.")
	case !strings.ContainsFunc(name, inked):
		return wrong("This name has nothing that can be seen.")
	case heaped(name):
		return wrong("A name has at most four accents on one letter.")
	case looksDeleted(name):
		return wrong("This name would look like a deleted account.")
	}
	return name, nil
}

// unwrap makes a space of what ends a line, as a form without a script may send it.
func unwrap(r rune) rune {
	if r == '\n' || r == '\t' {
		return ' '
	}
	return r
}

// unprintable are controls, line separators and formats, among them those that turn the direction of what
// comes after the name (Unicode Standard Annex 9). Names need only the joiners of scripts and emoji, the
// tags of flags, and the marks of direction that turn nothing.
func unprintable(r rune) bool {
	switch {
	case r >= 0x200c && r <= 0x200f, r == 0x061c, r >= 0xe0020 && r <= 0xe007f:
		return false
	case unicode.Is(unicode.Prepended_Concatenation_Mark, r):
		return false
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Noncharacter_Code_Point)
}

// inked reports whether r can be seen by itself.
func inked(r rune) bool { return !text.Invisible(r) && !unicode.Is(unicode.M, r) }

// heaped reports whether a name has too many marks in a row, however it is composed.
func heaped(name string) bool {
	marks := 0
	for _, r := range norm.NFC.String(name) {
		if !unicode.In(r, unicode.Mn, unicode.Me) {
			marks = 0
		} else if marks++; marks > maxMarks {
			return true
		}
	}
	return false
}

// looksDeleted reports whether a name can be taken for that of a deleted account: it has the same skeleton
// (Unicode Technical Standard 39), whatever its case, accents, spaces and punctuation.
func looksDeleted(name string) bool {
	for i, skeleton := range skeletons(name) {
		if skeleton == deletedSkeletons[i] {
			return true
		}
	}
	return false
}

var deletedSkeletons = skeletons(deletedName)

// skeletons are two: a capital I looks like a small L, and its small letter does not.
func skeletons(name string) [2]string {
	bare := strings.Map(shape, norm.NFKD.String(name))
	return [2]string{
		strings.ToLower(confusables.Skeleton(bare)),
		strings.ToLower(confusables.Skeleton(strings.ToLower(bare))),
	}
}

// shape leaves out what does not make a word another one to the eye. The bar and other signs may stand for
// a letter.
func shape(r rune) rune {
	if text.Invisible(r) || unicode.In(r, unicode.M, unicode.Pc, unicode.Pd, unicode.Po) {
		return -1
	}
	return r
}
