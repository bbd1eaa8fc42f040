package text

import "strings"

// CleanLine is Clean for a line: without the space around it.
func CleanLine(s string) (string, bool) {
	s, ok := Clean(s)
	return strings.TrimSpace(s), ok
}
