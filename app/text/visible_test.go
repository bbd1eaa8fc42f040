package text_test

import (
	"testing"
	"unicode"

	"dchat/app/text"

	"github.com/stretchr/testify/require"
)

func TestVisible(t *testing.T) {
	for _, s := range []string{
		"a", " a ", "é", "\u0301", "☃", "1", ".", "ㅤx", "\u200ba", "👨‍👩‍👧", "🏴\U000e0067\U000e0062\U000e007f", "❤️", "⠁", "한", "\u0600", "،",
		"\ue000", "\U0001faff", "\ufffd", "\ufffc", "א", "\u200fא",
	} {
		require.True(t, text.Visible(s), "%+q", s)
	}
	for _, s := range []string{
		"", " ", "\n\t", "\u00a0", "\u00ad", "\u034f", "\u115f", "\u1160", "\u17b4\u17b5", "\u180b\u180e", "\u2000\u200a", "\u200b", "\u200c\u200d", "\u200e\u200f",
		"\u2028\u2029", "\u202a\u202e", "\u2060\u2064", "\u2065", "\u2066\u206f", "\u2800", "\u3000", "\u3164", "\ufe0f", "\ufeff", "\uffa0", "\ufff0", "\ufff9\ufffb", "\uffff",
		"\U00013430", "\U00016fe4", "\U0001bca0", "\U0001d159", "\U0001d173", "\U000e0001", "\U000e0020", "\U000e0100", "\u200b \u3164\n\u2800", "\x00\x7f\u0085",
	} {
		require.False(t, text.Visible(s), "%+q", s)
	}
}

// Letters, digits, punctuation and symbols are visible in every script.
func TestGraphicCharactersAreVisible(t *testing.T) {
	exceptions := map[rune]bool{0x115f: true, 0x1160: true, 0x2800: true, 0x3164: true, 0xffa0: true, 0x1d159: true}
	for r := range unicode.MaxRune + 1 {
		if unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S) {
			require.Equal(t, exceptions[r], text.Invisible(r), "%U", r)
		}
		if unicode.In(r, unicode.Z, unicode.Cc, unicode.Cf) && !unicode.Is(unicode.Prepended_Concatenation_Mark, r) {
			require.True(t, text.Invisible(r), "%U", r)
		}
	}
}
