package text

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestShortNameCutsBetweenCharactersAndKeepsTheExtension(t *testing.T) {
	for _, c := range []struct {
		name string
		n    int
		want string
	}{
		{"", 5, ""},
		{"a.txt", 5, "a.txt"},
		{"abcdef.txt", 7, "abc.txt"},
		{"a" + family + ".png", 1 + len(family) + 3, "a.png"},
		{family + family + ".png", len(family) + 10, family + ".png"},
		{"🇩🇪🇫🇷🇮🇹.gif", 8 + 7 + 4, "🇩🇪.gif"},
		{"क्षक्षक्ष", 10, "क्ष"},
		{"e\u0301e\u0301.c", 6, "e\u0301.c"},
		{"각하", 5, "각"},
		{".gitignore", 4, ".git"},
		{"a." + strings.Repeat("x", 30), 10, "a.xxxxxxxx"},
		{"archive.tar.gz", 9, "archiv.gz"},
		{family + ".png", 9, "👨.png"}, // less than one character fits
	} {
		require.Equal(t, c.want, ShortName(c.name, c.n), "%q %d", c.name, c.n)
	}
}

func FuzzShortName(f *testing.F) {
	f.Add("a"+family+flag+".jpeg", 20)
	f.Add(".\u0301x", 2)
	f.Fuzz(func(t *testing.T, name string, n int) {
		if n = 1 + n%300; n < 1 || !utf8.ValidString(name) {
			return
		}
		short := ShortName(name, n)
		require.LessOrEqual(t, len(short), n)
		require.True(t, utf8.ValidString(short))
		require.Equal(t, short, ShortName(short, n))
		if len(name) <= n {
			require.Equal(t, name, short)
		}
	})
}
