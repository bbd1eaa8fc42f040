package text

import (
	"strings"

	"github.com/clipperhouse/uax29/v2/graphemes"
)

// maxCluster is how many bytes of one character, as people see it, count: flags and families have fewer
// than 64, and only a heap of combining marks has more.
const maxCluster = 64

// Head is at most the first n characters of s, as people see them (Unicode Standard Annex 29). A heap of
// marks on one letter is cut all the same.
func Head(s string, n int) string {
	end, most := 0, n*maxCluster
	for i := graphemes.FromString(s); n > 0 && i.Next(); n-- {
		if i.End() > most {
			return headBytes(s, end, most)
		}
		end = i.End()
	}
	return s[:end]
}

// HeadRunes is the longest beginning of s of at most n code points that ends between two characters, as
// people see them. Where even the first has more, it ends between two code points.
func HeadRunes(s string, n int) string {
	for i := range s {
		if n--; n < 0 {
			return HeadBytes(s, i)
		}
	}
	return s
}

// Ends are the offsets at which the characters of s, as people see them, end.
func Ends(s string) []int {
	var ends []int
	for i := graphemes.FromString(s); i.Next(); {
		ends = append(ends, i.End())
	}
	return ends
}

// HeadBytes is the longest beginning of s of at most n bytes that ends between two characters, as people
// see them. Where even the first is longer, it ends between two code points.
func HeadBytes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	end := 0
	for i := graphemes.FromString(s); i.Next() && i.End() <= n; {
		end = i.End()
	}
	return headBytes(s, end, n)
}

// headBytes is s up to the end of its last character that fits, or the code points that do where none is.
func headBytes(s string, end, most int) string {
	if end == 0 {
		return strings.ToValidUTF8(s[:max(most, 0)], "")
	}
	return s[:end]
}

// Cut is the beginning of s of at most n characters as people see them, with an ellipsis if there is more.
func Cut(s string, n int) string {
	head := Head(s, n)
	if len(head) == len(s) {
		return s
	}
	return strings.TrimSpace(head) + "…"
}
