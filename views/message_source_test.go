package views

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// An edit begins from the text of a row, or from its source where they differ.
func TestOwnRowHasWhatWasTyped(t *testing.T) {
	typed := []string{
		"plain", "two\nlines", "snake_case and 2*3*4", "  indented\n\tmore", "a\n\n\n\n\nb", "*bold* and _italic_", "> quoted\nand not", "a\n```\ncode\n```\nb", "`x`",
		"see https://example.org/a_b_c", "a > b", "👍",
	}
	for _, m := range newExamples(ines.FileURL, noon).corpus() {
		if m.Body != "" {
			typed = append(typed, m.Body)
		}
	}
	for _, body := range typed {
		row := render(t, bubble(ines, aiko, message(1, ines.ID, body), false)).Find("article")
		shown := row.ChildrenFiltered("p, .body").Text()
		source, differs := row.Attr("data-source")
		if differs {
			require.Equal(t, body, source)
		} else if row.Find(".empty").Length() == 0 {
			require.Equal(t, body, shown)
		}
		require.False(t, row.Is("[data-source]") && shown == body, "no source beside what is shown: %q", body)
		_, differs = render(t, bubble(ines, aiko, message(1, aiko.ID, body), false)).Find("article").Attr("data-source")
		require.False(t, differs, "only one's own messages are edited")
	}
}
