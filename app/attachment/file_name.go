package attachment

import (
	"strings"
	"unicode"

	"dchat/app/text"
)

// FileName makes the name that a computer gave a file one that can be kept: without its folder, in valid UTF-8, with
// "_" for what cannot be in a name everywhere, at most 255 bytes. Nothing left is "file".
func FileName(name string) string {
	name = strings.ToValidUTF8(name, "\uFFFD")
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		name = name[i+1:]
	}
	name = strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Bidi_Control, r):
			return -1
		case r == '\\' || unicode.IsControl(r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r):
			return '_'
		}
		return r
	}, name))
	if name == "." || name == ".." || name == "" {
		return "file"
	}
	return text.ShortName(name, 255)
}
