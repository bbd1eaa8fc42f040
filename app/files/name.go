package files

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"dchat/app/text"
)

// maxName is the longest file name that file systems take, in bytes.
const maxName = 255

// Disposition returns the Content-Disposition header (RFC 6266) for a file name in any script. If inline is true, a
// browser may show the file; otherwise it saves it.
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

// tidy returns a safe file name: without folders, control characters and bidirectional controls (which show "gpj.exe"
// as "exe.jpg"), and no longer than maxName.
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

// percent encodes a name as RFC 8187 requires.
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

// pathName returns a name as the last segment of a URL path. The server ignores it, so every character that a proxy
// may refuse is replaced.
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
