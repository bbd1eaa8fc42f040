package markup

import (
	"strings"
	"unicode/utf8"

	"dchat/app/text"
)

// fence precedes and follows the lines of a code block.
const fence = "```"

// maxLanguage is the longest name of a programming language after a fence.
const maxLanguage = 20

// fenced returns the code of the block whose first line begins at at. Both fences may share their line with code, as
// they do in other messengers. Without a closing fence, the code is empty.
func (p *parser) fenced(body string, at int) (code string, end int) {
	firstEnd := lineEnd(body, at)
	first := strings.TrimLeft(body[at:firstEnd], "`")
	if strings.Contains(first, "`") {
		return "", at
	}
	closing, end := p.closingFence(body, firstEnd+1)
	if end < 0 {
		p.unclosed = true
		return "", at
	}
	last := strings.TrimRight(strings.TrimRight(body[closing:end], " \t"), "`")
	code = body[firstEnd+1:closing] + last
	if strings.TrimSpace(first) != "" && (last != "" || !isLanguage(first) || !text.Visible(code)) {
		code = first + "\n" + code
	}
	if last == "" {
		code = strings.TrimSuffix(code, "\n")
	}
	return code, end
}

// closingFence returns the line that ends with the next fence. Without one, end is negative.
func (p *parser) closingFence(body string, at int) (begin, end int) {
	for at < len(body) {
		end := lineEnd(body, at)
		p.read += end - at + 1
		if strings.HasSuffix(strings.TrimRight(body[at:end], " \t"), fence) {
			return at, end
		}
		at = end + 1
	}
	return at, -1
}

func isLanguage(s string) bool {
	s = strings.TrimSpace(s)
	return len(s) <= maxLanguage && strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf || !inWord(r) && !strings.ContainsRune("+#-._", r) }) < 0
}
