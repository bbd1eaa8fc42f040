package attachment_test

import (
	"strings"
	"testing"

	"dchat/app/attachment"

	"github.com/stretchr/testify/require"
)

const household = "👨‍👩‍👧‍👦" // seven code points, 25 bytes

func TestFileNamesAreCutBetweenCharacters(t *testing.T) {
	for _, c := range []struct{ character, extension string }{
		{household, ".jpeg"}, {"🇳🇵", ".tar"}, {"नि", ""}, {"e\u0301\u0323", ".pdf"}, {"각", ".hwp"}, {"👍🏿", ".png"},
	} {
		name := attachment.FileName("x" + strings.Repeat(c.character, 300) + c.extension)
		require.LessOrEqual(t, len(name), 255)
		require.Greater(t, len(name), 255-len(c.character))
		stem, ok := strings.CutSuffix(name, c.extension)
		require.True(t, ok, name)
		require.Equal(t, "x", strings.ReplaceAll(stem, c.character, ""), "whole characters")
	}
}
