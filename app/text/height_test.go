package text

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestHigherCountsVisibleLines(t *testing.T) {
	for _, c := range []struct {
		s    string
		want bool
	}{
		{"", false},
		{strings.Repeat("a", 30), false},
		{strings.Repeat("a", 31), true},
		{"a\n\nb\n", false},
		{"a\n\n\nb", true},
		{"a\r\nb\r\nc", false},
		{strings.Repeat(family, 15), false},
		{strings.Repeat(family, 16), true},
		{strings.Repeat("e\u0301", 30), false},
		{strings.Repeat("नि", 30), false},
		{strings.Repeat("a"+strings.Repeat("\u0301", 500), 30), false},
		{strings.Repeat("山", 15), false},
		{strings.Repeat("山", 16), true},
		{strings.Repeat("ｶ", 30), false},
	} {
		require.Equal(t, c.want, Higher(c.s, 3, 10), "%q", c.s)
	}
}
