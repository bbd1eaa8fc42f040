package chat

import (
	"strings"
	"unicode"

	"dchat/app/text"

	"golang.org/x/text/unicode/norm"
)

// setDisplayName changes how a person is called, and what a search finds them by.
func (u *User) setDisplayName(name string) {
	u.DisplayName, u.NameKey, u.SearchKey = name, nameKey(name), text.Normalize(name)
}

// nameKey is how the release before folded names. Its nodes may run beside this one, and search by it.
func nameKey(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(s))
}

// likeEscape takes the meaning from LIKE's wildcards; the pattern needs ESCAPE '!'.
var likeEscape = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace

// cleanBody makes a message that people typed storable. Its first line keeps its indentation.
func cleanBody(s string) (string, bool) {
	s, ok := text.Clean(s)
	return text.Trim(s), ok
}

// clean makes a line that people typed storable: nothing surrounds it. It reports false for what no
// keyboard makes (NUL, broken UTF-8).
func clean(s string) (string, bool) {
	s, ok := text.Clean(s)
	return strings.TrimSpace(s), ok
}
