package text

import (
	"strings"

	"github.com/clipperhouse/uax29/v2/graphemes"
	"golang.org/x/text/width"
)

// Higher reports whether s takes more than the given lines of so many columns. A character as people see
// it is one column wide, or two where East Asian scripts make it so, however many code points it has.
func Higher(s string, lines, columns int) bool {
	line, column := 1, 0
	for i := graphemes.FromString(strings.TrimSuffix(s, "\n")); line <= lines && i.Next(); {
		character := i.Value()
		if character[len(character)-1] == '\n' {
			line, column = line+1, 0
			continue
		}
		w := columnsOf(character)
		if column += w; column > columns {
			line, column = line+1, w
		}
	}
	return line > lines
}

func columnsOf(character string) int {
	p, _ := width.LookupString(character)
	if k := p.Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
		return 2
	}
	return 1
}
