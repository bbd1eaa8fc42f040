package views

import (
	"strings"
	"testing"
	"unicode/utf8"

	"dchat/app/text"
	"dchat/views/markup"

	"github.com/stretchr/testify/require"
)

func TestCorpusIsShownInFull(t *testing.T) {
	require.GreaterOrEqual(t, len(Corpus), 40)
	seen := map[string]bool{}
	for _, one := range Corpus {
		require.False(t, seen[one.Name], one.Name)
		seen[one.Name] = true
		if one.Name == "nothing to see" {
			require.Equal(t, emptyText, render(t, Body(one.Text)).Find("p.empty").Text())
			continue
		}
		doc := render(t, Body(one.Text))
		require.Equal(t, markup.Plain(limitBlankLines(one.Text)), textOf(doc), one.Name)
		require.Equal(t, strings.Join(strings.Fields(limitBlankLines(one.Text)), ""), strings.Join(strings.Fields(one.Text), ""), one.Name)

		line := excerpt(one.Text)
		require.True(t, utf8.ValidString(line), one.Name)
		require.NotContains(t, line, "\n", one.Name)
		head, _ := strings.CutSuffix(line, "…")
		require.True(t, strings.HasPrefix(text.Head(strings.Join(strings.Fields(strings.Map(unturned, markup.Plain(one.Text))), " "), excerptLength), strings.TrimSpace(head)), one.Name)
	}
}
