package download

import (
	"strconv"
	"strings"
)

// part is a part of a file, in bytes.
type part struct{ start, length int64 }

// parseRange parses a Range header of one part. A part outside the file has length 0. A header that cannot be
// parsed is not ok and is ignored.
func parseRange(header string, size int64) (part, bool) {
	text, ok := strings.CutPrefix(header, "bytes=")
	first, last, dash := strings.Cut(text, "-")
	if !ok || !dash {
		return part{}, false
	}
	start, errStart := position(first)
	end, errEnd := position(last)
	switch {
	case first == "" && errEnd == nil: // a suffix: the last bytes
		start, end = max(size-end, 0), size-1
	case last == "" && errStart == nil:
		end = size - 1
	case errStart != nil || errEnd != nil || end < start:
		return part{}, false
	}
	return part{start, max(min(end, size-1)-start+1, 0)}, true
}

func position(digits string) (int64, error) {
	n, err := strconv.ParseUint(digits, 10, 63)
	return int64(n), err
}

// matches reports whether an If-None-Match names the tag.
func matches(header, tag string) bool {
	for t := range strings.SplitSeq(header, ",") {
		if t = strings.TrimPrefix(strings.TrimSpace(t), "W/"); t == tag || t == "*" {
			return true
		}
	}
	return false
}
