package text

import (
	"strings"

	"github.com/clipperhouse/uax29/v2/graphemes"
)

// MaxEmoji is how many bytes one emoji may have.
const MaxEmoji = 64

const (
	joiner      = '\u200d' // joins emoji to one
	asEmoji     = '\ufe0f' // the character before it is shown as an emoji
	keycap      = '\u20e3'
	pictographs = "\u2764" // any character of this kind
)

// Emoji reports whether s is one emoji, as people see it.
func Emoji(s string) bool {
	if s == "" || len(s) > MaxEmoji || Head(s, 1) != s {
		return false
	}
	if rest, ok := strings.CutSuffix(s, string(keycap)); ok {
		rest = strings.TrimSuffix(rest, string(asEmoji))
		return len(rest) == 1 && strings.Contains("0123456789#*", rest)
	}
	pictures, regions := 0, 0
	for i, r := range s {
		switch {
		case r == joiner, r == asEmoji, 0x1f3fb <= r && r <= 0x1f3ff, 0xe0020 <= r && r <= 0xe007f:
			if i == 0 && (r < 0x1f3fb || r > 0x1f3ff) {
				return false
			}
			if i == 0 {
				pictures++
			}
		case 0x1f1e6 <= r && r <= 0x1f1ff:
			regions++
		case pictograph(r):
			pictures++
		default:
			return false
		}
	}
	return pictures > 0 && regions == 0 || pictures == 0 && regions == 2
}

// pictograph reports whether Unicode counts r among the Extended_Pictographic characters: only these are joined to one
// (Unicode Standard Annex 29, rule GB11).
func pictograph(r rune) bool {
	joined := graphemes.FromString(string(r) + string(joiner) + pictographs)
	return joined.Next() && joined.End() == len(string(r)+string(joiner)+pictographs)
}
