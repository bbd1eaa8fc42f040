package app_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"dchat/app/web"

	"github.com/stretchr/testify/require"
)

var (
	linkPattern    = regexp.MustCompile(`\]\(([^)\s]+)[^)]*\)|src="([^"]+)"`)
	headingPattern = regexp.MustCompile(`(?m)^#+ (.+)$`)
	codePattern    = regexp.MustCompile("(?s)```.*?```|`[^`\n]*`")
)

func documents(t *testing.T) []string {
	found, err := filepath.Glob("../docs/*.md")
	require.NoError(t, err)
	return append(found, "../README.md", "../CHANGELOG.md", "../CONTRIBUTING.md", "../SECURITY.md")
}

func TestDocumentLinks(t *testing.T) {
	for _, path := range documents(t) {
		for _, m := range linkPattern.FindAllStringSubmatch(codePattern.ReplaceAllString(text(t, path), ""), -1) {
			link := m[1] + m[2]
			if strings.Contains(link, ":") {
				continue // another site
			}
			file, anchor, _ := strings.Cut(link, "#")
			target := path
			if file != "" {
				target = filepath.Join(filepath.Dir(path), file)
				_, err := os.Stat(target)
				require.NoError(t, err, "%s links to %s", path, link)
			}
			if anchor != "" {
				require.Contains(t, anchors(text(t, target)), anchor, "%s links to %s", path, link)
			}
		}
	}
}

// anchors returns the anchors of headings as GitHub generates them.
func anchors(markdown string) (names []string) {
	for _, m := range headingPattern.FindAllStringSubmatch(markdown, -1) {
		name := regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(strings.ToLower(m[1]), "")
		names = append(names, strings.ReplaceAll(name, " ", "-"))
	}
	return names
}

func text(t *testing.T, path string) string {
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(raw)
}

// notPublic lists routes that may change without notice.
var notPublic = regexp.MustCompile(`^/(dev|static)/`)

func TestEveryRouteIsDocumented(t *testing.T) {
	surface := text(t, "../docs/surface.md")
	for _, r := range new(web.Web).Routes() {
		if notPublic.MatchString(r.Path) {
			continue
		}
		require.True(t, documented(surface, r.Method, r.Path), "docs/surface.md does not name %s %s", r.Method, r.Path)
	}
}

// documented reports whether a row of the table has the method and the path. A row may list several paths, and
// alternatives in braces.
func documented(surface, method, path string) bool {
	path = regexp.MustCompile(`:(\w+)`).ReplaceAllString(path, "{$1}")
	for row := range strings.Lines(surface) {
		cell, _, _ := strings.Cut(strings.TrimPrefix(row, "| "), " |")
		if !strings.HasPrefix(row, "| `") || !strings.Contains(cell, method) {
			continue
		}
		for _, piece := range regexp.MustCompile("`[^`]+`").FindAllString(cell, -1) {
			for _, word := range strings.Fields(strings.ReplaceAll(strings.Trim(piece, "`"), ", ", " ")) {
				if word, _, _ = strings.Cut(word, "?"); matches(word, path) {
					return true
				}
			}
		}
	}
	return false
}

// matches reports whether a path matches an entry like /chats/{username}/{accept,reject}.
func matches(entry, path string) bool {
	before, rest, several := strings.Cut(entry, "{")
	for several && !strings.Contains(rest[:strings.Index(rest, "}")], ",") {
		var more string
		more, rest, several = strings.Cut(rest, "{")
		before += "{" + more
	}
	if !several {
		return entry == path
	}
	verbs, after, _ := strings.Cut(rest, "}")
	for verb := range strings.SplitSeq(verbs, ",") {
		if before+verb+after == path {
			return true
		}
	}
	return false
}
