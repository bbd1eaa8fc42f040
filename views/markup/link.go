package markup

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// link is an address in a message.
type link struct {
	begin, end int    // its bytes in the text
	url        string // its target
	title      string // its host in ASCII, "" if it was typed so
}

// linkScanner finds the addresses in a text from its start to its end. The whole scan takes linear time: each failed
// match reads at most maxHost bytes.
type linkScanner struct {
	text         string
	from         int  // the end of the last link, before which nothing is read again
	edge         int  // the end of the last marker, after which a word begins
	read         int  // bytes, which tests compare with the length
	noSignBefore int  // before it, no possible host has an @
	otherScheme  bool // inside an address of another scheme, which a space ends
}

// at matches a link that begins at at, or an email address whose @ is at at. Without a match, the scan continues at
// resume.
func (s *linkScanner) at(at int) (found link, resume int, ok bool) {
	switch s.text[at] {
	case 'h', 'H':
		for _, scheme := range [...]string{"https://", "http://"} {
			if s.begins(at, scheme) {
				return s.web(at, len(scheme), "")
			}
		}
	case 'w', 'W':
		if s.begins(at, "www.") && (at == s.from || !strings.ContainsRune(".-@/:", rune(s.text[at-1]))) {
			return s.web(at, 0, "http://")
		}
	case 'm', 'M':
		if s.begins(at, "mailto:") {
			return s.mailto(at)
		}
	case ':':
		s.otherScheme = s.otherScheme || strings.HasPrefix(s.text[at:], "://")
	case ' ', '\n', '\t':
		s.otherScheme = false
	case '@':
		if !s.otherScheme {
			return s.email(at)
		}
	}
	return link{}, at + 1, false
}

// begins reports whether a word begins at at with prefix, in any case.
func (s *linkScanner) begins(at int, prefix string) bool {
	if len(s.text)-at < len(prefix) || !strings.EqualFold(s.text[at:at+len(prefix)], prefix) {
		return false
	}
	before, n := utf8.DecodeLastRuneInString(s.text[s.from:at])
	return n == 0 || at == s.edge || before != '_' && !inWord(before)
}

// web matches a web address that begins at at, with its host skip bytes later.
func (s *linkScanner) web(at, skip int, scheme string) (found link, resume int, ok bool) {
	if end, secret := s.credentials(at + skip); secret {
		return link{}, end, false // its end must not match as an email address either
	}
	end := s.host(at + skip)
	name := s.text[at+skip : end]
	ascii, valid := hostName(name)
	if !valid || skip == 0 && strings.Count(name, ".") < 2 {
		return link{}, max(end, at+1), false
	}
	end = s.tail(s.port(end))
	found = link{begin: at, end: end, url: scheme + s.text[at:end]}
	if !strings.EqualFold(ascii, name) {
		found.title = ascii
	}
	return found, end, true
}

// credentials reports whether an @ precedes the path of an address, and where the address ends then.
func (s *linkScanner) credentials(at int) (end int, found bool) {
	if at < s.noSignBefore {
		return 0, false
	}
	for i, r := range s.text[at:] {
		s.read++
		switch {
		case r == '@':
			return s.addressEnd(at + i), true
		case r == '/' || r == '?' || r == '#' || endsAddress(r):
			s.noSignBefore = at + i
			return 0, false
		}
	}
	s.noSignBefore = len(s.text)
	return 0, false
}

// mailto matches an email address with its scheme.
func (s *linkScanner) mailto(at int) (found link, resume int, ok bool) {
	name := at + len("mailto:")
	s.read += maxLocal
	sign := strings.IndexByte(s.text[name:min(name+maxLocal+1, len(s.text))], '@')
	if sign < 1 || strings.ContainsFunc(s.text[name:name+sign], notLocal) {
		return link{}, at + 1, false
	}
	_, end, ok := s.domain(name + sign + 1)
	if !ok {
		return link{}, at + 1, false
	}
	if strings.HasPrefix(s.text[end:], "?") {
		end = s.tail(end)
	}
	return link{begin: at, end: end, url: s.text[at:end]}, end, true
}

// email matches an email address whose @ is at at.
func (s *linkScanner) email(at int) (found link, resume int, ok bool) {
	begin := s.local(at)
	title, end, valid := s.domain(at + 1)
	if begin == at || !valid {
		return link{}, at + 1, false
	}
	if rest := s.text[end:]; strings.HasPrefix(rest, "@") || strings.HasPrefix(rest, ":") && len(rest) > 1 && !endsAddress(rune(rest[1])) {
		return link{}, at + 1, false // like git@example.org:a/b.git
	}
	return link{begin: begin, end: end, url: "mailto:" + s.text[begin:end], title: title}, end, true
}

// maxLocal is the longest part of an address before the @, in bytes.
const maxLocal = 64

// local returns the start of the part before the @ at at, and at itself if there is no such part.
func (s *linkScanner) local(at int) int {
	begin := at
	for begin > s.from {
		s.read++
		r, n := utf8.DecodeLastRuneInString(s.text[s.from:begin])
		if notLocal(r) {
			if r == '@' || r == '/' {
				return at
			}
			break
		}
		if begin -= n; at-begin > maxLocal {
			return at
		}
	}
	for begin < at && strings.IndexByte(".+-%'&=", s.text[begin]) >= 0 {
		begin++
	}
	if begin < at && s.text[at-1] == '.' {
		return at
	}
	return begin
}

func notLocal(r rune) bool {
	return !inWord(r) && !strings.ContainsRune("._%+-'&=", r)
}

// domain matches the domain after the @. title is its ASCII form if it was typed differently.
func (s *linkScanner) domain(at int) (title string, end int, ok bool) {
	end = s.host(at)
	name := s.text[at:end]
	ascii, ok := hostName(name)
	top := ascii[strings.LastIndexByte(ascii, '.')+1:]
	if !ok || name[0] == '[' || len(top) == len(ascii) || len(top) < 2 || !strings.ContainsFunc(top, unicode.IsLetter) {
		return "", at, false
	}
	if !strings.EqualFold(ascii, name) {
		title = ascii
	}
	return title, end, true
}

// inWord reports whether r belongs to a script with spaces between words. In other scripts, a new word may begin
// after any character.
func inWord(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
	}
	return unicode.In(r, unicode.L, unicode.N, unicode.M) && !unspaced(r) && !endsEmoji(r)
}

func unspaced(r rune) bool {
	return r == 'ー' || unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

// endsEmoji reports whether r is the last code point of emoji such as ❤️ and 1️⃣.
func endsEmoji(r rune) bool { return r == '\ufe0f' || r == '\u20e3' }
