package files

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"dchat/app/text"
)

// maxName is how much of a file's name is passed on, in bytes: what file systems take.
const maxName = 255

// Disposition is the Content-Disposition (RFC 6266) of a file that people call name, whatever its
// script. Inline, a browser may show it; otherwise it saves it.
func Disposition(inline bool, name string) string {
	kind := "attachment"
	if inline {
		kind = "inline"
	}
	name = tidy(name)
	plain := strings.Map(func(r rune) rune {
		if r >= utf8.RuneSelf || r == '"' || r == '\\' || r == '%' { // some browsers take %41 for A
			return '_'
		}
		return r
	}, name)
	header := kind + `; filename="` + plain + `"`
	if plain != name {
		header += "; filename*=UTF-8''" + percent(name)
	}
	return header
}

// tidy is a name without what is no part of one: folders, what controls a terminal or turns the
// direction of reading (a "gpj.exe" that reads "exe.jpg"), and what is too long for a disk.
func tidy(name string) string {
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Bidi_Control, r):
			return -1
		case r == '/' || r == '\\' || r == utf8.RuneError || unicode.IsControl(r):
			return '_'
		case unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r):
			return ' '
		}
		return r
	}, name)
	name = strings.TrimSpace(text.ShortName(strings.TrimSpace(name), maxName))
	if strings.Trim(name, ".") == "" { // also a folder
		return "file"
	}
	return name
}

// percent is a name as RFC 8187 wants it.
func percent(name string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for _, c := range []byte(name) {
		if alphanumeric(c) || c == '.' || c == '_' || c == '-' || c == '~' {
			b.WriteByte(c)
			continue
		}
		b.Write([]byte{'%', hex[c>>4], hex[c&15]})
	}
	return b.String()
}

// pathName is a name as the last part of an address. It decides nothing there, so all that a
// server in front could stumble over is left out.
func pathName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf && !alphanumeric(byte(r)) && r != '.' && r != '-' {
			return '_'
		}
		return r
	}, tidy(name))
	for strings.Contains(name, "..") {
		name = strings.ReplaceAll(name, "..", "_")
	}
	return url.PathEscape(name)
}
