package page

import (
	"fmt"
	"strings"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"
)

// find returns the elements that a selector of a browser matches.
func (p *Page) find(selector string) []*html.Node {
	matcher, err := cascadia.Compile(strings.ReplaceAll(alternatives(selector), ":has(> ", ":has("))
	if err != nil {
		p.fail(fmt.Errorf("the selector %q cannot be read: %w", selector, err))
		return nil
	}
	return p.doc.FindMatcher(matcher).Nodes
}

// alternatives returns a selector without :is, which cascadia does not know.
func alternatives(selector string) string {
	before, rest, found := strings.Cut(selector, ":is(")
	if !found {
		return selector
	}
	list, after := untilClosed(rest)
	if outer := strings.TrimSuffix(before, ":not("); outer != before && strings.HasPrefix(after, ")") {
		return alternatives(before + strings.Join(list, ",") + after)
	}
	for i := range list {
		list[i] = alternatives(before + list[i] + after)
	}
	return strings.Join(list, ",")
}

// untilClosed returns the parts of a list, and what is behind the parenthesis that ends it.
func untilClosed(text string) (list []string, after string) {
	depth, from := 0, 0
	for i, c := range text {
		switch {
		case c == '(':
			depth++
		case c == ',' && depth == 0:
			list, from = append(list, strings.TrimSpace(text[from:i])), i+1
		case c == ')' && depth == 0:
			return append(list, strings.TrimSpace(text[from:i])), text[i+1:]
		case c == ')':
			depth--
		}
	}
	return append(list, text[from:]), ""
}
