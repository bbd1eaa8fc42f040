package text

import "strings"

// MaxEmoji is how many bytes one emoji may have.
const MaxEmoji = 64

const (
	joiner    = '\u200d' // joins emoji to one
	asEmoji   = '\ufe0f' // the character before it is shown as an emoji
	keycap    = '\u20e3'
	anyEmoji  = "\u2764"
	firstSkin = '\U0001f3fb'
	lastSkin  = '\U0001f3ff'
)

// Emoji reports whether s is one emoji, as people see it.
func Emoji(s string) bool {
	if s == "" || len(s) > MaxEmoji || Head(s, 1) != s || strings.HasSuffix(s, string(joiner)) {
		return false
	}
	if key, ok := strings.CutSuffix(s, string(keycap)); ok {
		key = strings.TrimSuffix(key, string(asEmoji))
		return len(key) == 1 && strings.Contains("0123456789#*", key)
	}
	pictures, regions := 0, 0
	for i, r := range s {
		switch {
		case 0x1f1e6 <= r && r <= 0x1f1ff: // two of them are a flag
			regions++
		case firstSkin <= r && r <= lastSkin, pictograph(r):
			pictures++
		case i == 0, r != joiner && r != asEmoji && (r < 0xe0020 || r > 0xe007f): // the last are tags, of flags
			return false
		}
	}
	return pictures > 0 && regions == 0 || pictures == 0 && regions == 2
}

// pictograph reports whether Unicode counts r among the Extended_Pictographic characters: only these are joined to one
// (Unicode Standard Annex 29, rule GB11).
func pictograph(r rune) bool {
	joined := string(r) + string(joiner) + anyEmoji
	return Head(joined, 1) == joined
}
