package live

import (
	"math"
	"strconv"
	"strings"
)

// maxCursor is the length of the longest cursor accepted, in bytes.
const maxCursor = 128

// Cursor is how far a page is: the version of its person and, if a conversation is open, the revision of
// that conversation. Conversation, Rev and Gen are 0 when none is.
type Cursor struct {
	Epoch        string // lower-case hexadecimal; another one means that the database was restored
	Version      int64
	Conversation int64
	Rev          int64
	Gen          int64 // the page's own counter; it is echoed, so that the page knows it was heard
}

// ParseCursor reads "epoch.version" or "epoch.version.conversation.rev.gen". It takes no signs, spaces or
// leading zeros, and nothing longer than 128 bytes.
func ParseCursor(text string) (Cursor, bool) {
	if len(text) > maxCursor {
		return Cursor{}, false
	}
	parts := strings.Split(text, ".")
	if len(parts) != 2 && len(parts) != 5 || !isEpoch(parts[0]) {
		return Cursor{}, false
	}
	var numbers [4]int64
	for i, part := range parts[1:] {
		n, ok := parseNumber(part)
		if !ok {
			return Cursor{}, false
		}
		numbers[i] = n
	}
	return Cursor{parts[0], numbers[0], numbers[1], numbers[2], numbers[3]}, true
}

// String is the text that ParseCursor reads.
func (c Cursor) String() string { return string(c.append(nil)) }

func (c Cursor) append(dst []byte) []byte {
	dst = append(dst, c.Epoch...)
	dst = appendNumber(dst, c.Version)
	if c.Conversation == 0 && c.Rev == 0 && c.Gen == 0 {
		return dst
	}
	dst = appendNumber(dst, c.Conversation)
	dst = appendNumber(dst, c.Rev)
	return appendNumber(dst, c.Gen)
}

func appendNumber(dst []byte, n int64) []byte {
	return strconv.AppendInt(append(dst, '.'), n, 10)
}

func parseNumber(digits string) (int64, bool) {
	if digits == "" || len(digits) > 1 && digits[0] == '0' {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 10, 64)
	return int64(n), err == nil && n <= math.MaxInt64
}

// An epoch stands in the page's HTML as it was sent, so nothing but hexadecimal may pass.
func isEpoch(text string) bool {
	return text != "" && len(text) <= 32 && strings.Trim(text, "0123456789abcdef") == ""
}
