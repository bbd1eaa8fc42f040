// Package nearest finds the name that a mistyped one was meant to be.
package nearest

import (
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// Name is the known name that is most like the unknown one, or "" if none is like it.
func Name(unknown string, known []string) string {
	best, least := "", max(2, len(unknown)/3)+1
	for _, name := range known {
		if d := distance(unknown, name); d < least {
			best, least = name, d
		}
	}
	return best
}

// distance counts letters to change. Case, dashes and underscores are not worth one: BASEURL is BASE_URL.
func distance(a, b string) int {
	fold := strings.NewReplacer("_", "", "-", "")
	return levenshtein.ComputeDistance(fold.Replace(strings.ToLower(a)), fold.Replace(strings.ToLower(b)))
}

// Slip reports whether a name is another one but for case, separators, and one letter wrong, missing, too many or swapped.
func Slip(name, meant string) bool {
	if name == meant {
		return false
	}
	switch distance(name, meant) {
	case 0, 1:
		return true
	case 2:
		return sorted(name) == sorted(meant)
	}
	return false
}

func sorted(text string) string {
	letters := []rune(strings.ToLower(text))
	slices.Sort(letters)
	return string(letters)
}
