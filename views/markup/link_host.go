package markup

import (
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// maxHost is the longest host name, in bytes.
const maxHost = 255

// host returns the end of the host name that begins at at.
func (s *linkScanner) host(at int) int {
	text := s.text[at:min(at+maxHost, len(s.text))]
	if strings.HasPrefix(text, "[") {
		s.read += len(text)
		return at + strings.IndexByte(text, ']') + 1
	}
	n := strings.IndexFunc(text, func(r rune) bool { return !inWord(r) && !unspaced(r) && r != '.' && r != '-' && r != '_' || isEnd(r) })
	if n < 0 {
		n = len(text)
	}
	s.read += n
	name := strings.TrimRight(text[:n], ".-_")
	top := name[strings.LastIndexByte(name, '.')+1:]
	// A top-level domain has one script. In text without spaces, the sentence continues after it.
	if other := strings.IndexFunc(top, func(r rune) bool { return r >= utf8.RuneSelf }); other > 0 {
		name = strings.TrimRight(name[:len(name)-len(top)+other], ".-_")
	}
	return at + len(name)
}

// hostName returns the ASCII form of a host. It reports whether the host is valid.
func hostName(name string) (ascii string, ok bool) {
	switch {
	case name == "":
		return "", false
	case name[0] == '[':
		_, err := netip.ParseAddr(strings.Trim(name, "[]"))
		return name, err == nil
	case isASCII(name):
		ascii = name
	default:
		var err error
		if ascii, err = idna.Lookup.ToASCII(name); err != nil {
			return "", false
		}
	}
	for label := range strings.SplitSeq(ascii, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' {
			return "", false
		}
	}
	return ascii, true
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// port returns the end of the port after a host, and at itself if there is no port.
func (s *linkScanner) port(at int) int {
	rest := s.text[at:min(at+6, len(s.text))]
	if !strings.HasPrefix(rest, ":") {
		return at
	}
	end := 1
	for end < len(rest) && rest[end] >= '0' && rest[end] <= '9' {
		end++
	}
	if end == 1 {
		return at
	}
	return at + end
}

// Brackets have to be paired. East Asian brackets end an address unless the pair is close: in text without spaces,
// the sentence continues after them.
const (
	openers         = "([{"
	closers         = ")]}"
	wideOpeners     = "（［｛｢「『【〔〖《〈"
	wideClosers     = "）］｝｣」』】〕〗》〉"
	maxPairDistance = 128 // bytes
)

// tail returns the end of the path, query and fragment after a host, and at itself if there are none.
func (s *linkScanner) tail(at int) int {
	if at == len(s.text) || strings.IndexByte("/?#", s.text[at]) < 0 {
		return at
	}
	tail := s.text[at:]
	var open []int
	for i, r := range tail {
		s.read++
		if endsAddress(r) || !pair(&open, r) || r >= utf8.RuneSelf && isUnpaired(s.text[at:at+i], r, tail[i:]) {
			tail = tail[:i]
			break
		}
	}
	return at + len(strings.TrimRightFunc(tail, isTrailing))
}

// pair tracks open brackets. It returns false if r closes a bracket other than the last open one.
func pair(open *[]int, r rune) bool {
	if kind := index(openers, r); kind >= 0 {
		*open = append(*open, kind)
	} else if kind := index(closers, r); kind >= 0 {
		last := len(*open) - 1
		if last < 0 || (*open)[last] != kind {
			return false
		}
		*open = (*open)[:last]
	}
	return true
}

// isUnpaired reports whether r, the first character of rest, is a wide bracket without its counterpart.
func isUnpaired(before string, r rune, rest string) bool {
	if kind := index(wideOpeners, r); kind >= 0 {
		return !strings.ContainsRune(rest[:min(maxPairDistance, len(rest))], nth(wideClosers, kind))
	}
	if kind := index(wideClosers, r); kind >= 0 {
		return !strings.ContainsRune(before[max(0, len(before)-maxPairDistance):], nth(wideOpeners, kind))
	}
	return false
}

func nth(list string, n int) rune { return []rune(list)[n] }

func index(list string, r rune) int {
	n := 0
	for _, one := range list {
		if one == r {
			return n
		}
		n++
	}
	return -1
}

// addressEnd returns the end of the characters that an address may contain.
func (s *linkScanner) addressEnd(at int) int {
	n := strings.IndexFunc(s.text[at:], endsAddress)
	if n < 0 {
		n = len(s.text) - at
	}
	s.read += n
	return at + n
}

// endsAddress reports whether r ends an address: spaces, control characters, quotation marks, and East Asian punctuation,
// after which a sentence continues without a space.
func endsAddress(r rune) bool {
	if r < utf8.RuneSelf {
		return r <= ' ' || r == 0x7f || r == '"' || r == '<' || r == '>' || r == '\\' || r == '`'
	}
	return isEnd(r) || unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune("“”„«»‹›", r)
}

func isEnd(r rune) bool {
	switch {
	case r == '\u200b', r == '\ufeff', unicode.Is(unicode.Bidi_Control, r), r == '\u2028', r == '\u2029':
		return true
	case r >= 0x3001 && r <= 0x3003, r == '・', r == '〜':
		return true
	}
	return strings.ContainsRune("，．：；！？｡､･。", r)
}

// isTrailing reports whether r, at the end of an address, belongs to the sentence instead.
func isTrailing(r rune) bool { return strings.ContainsRune(".,;:!?'’‘…·([{", r) }
