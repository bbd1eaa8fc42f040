package text

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestTrimKeepsTheFirstIndentation(t *testing.T) {
	for typed, want := range map[string]string{
		"":                             "",
		"a":                            "a",
		"    if x:\n        y()":       "    if x:\n        y()",
		"\n \t\n\tif x {\n\t}\n\n  \n": "\tif x {\n\t}",
		"a  \n  b":                     "a  \n  b",
		"a \u00a0\t":                   "a",
		"\u3000\u3000段落\u3000":         "\u3000\u3000段落",
		"\u2028\u2028 a\u2029":         " a",
		" \n\u2003\n\t ":               "",
	} {
		require.Equal(t, want, Trim(typed), "%q", typed)
	}
}

func TestClean(t *testing.T) {
	s, ok := Clean("\ta\r\nb\rc\n")
	require.True(t, ok)
	require.Equal(t, "\ta\nb\nc\n", s)
	for _, broken := range []string{"a\x00", "\xff"} {
		_, ok = Clean(broken)
		require.False(t, ok)
	}
}

const (
	family = "👨‍👩‍👧‍👦"
	flag   = "🏴󠁧󠁢󠁷󠁬󠁳󠁿"
	nepal  = "नेपाल"
)

func TestHeadCutsBetweenCharactersAsPeopleSeeThem(t *testing.T) {
	for _, c := range []struct {
		s    string
		n    int
		want string
	}{
		{"", 3, ""},
		{"abc", 0, ""},
		{"abc", 2, "ab"},
		{"abc", 9, "abc"},
		{family + family, 1, family},
		{"a" + flag + "b", 2, "a" + flag},
		{"🇩🇪🇫🇷", 1, "🇩🇪"},
		{"👋🏽👋🏿", 1, "👋🏽"},
		{"e\u0301e\u0301", 1, "e\u0301"},
		{nepal, 2, "नेपा"},
		{"ก็กิ", 1, "ก็"},
		{"각하", 1, "각"},
		{"\r\na", 1, "\r\n"},
	} {
		require.Equal(t, c.want, Head(c.s, c.n), "%q %d", c.s, c.n)
	}
	heap := "a" + strings.Repeat("\u0301", 5000)
	require.LessOrEqual(t, len(Head(heap, 1)), maxCluster)
	require.Equal(t, "xyz", Head("xyz"+heap, 4))
	require.True(t, utf8.ValidString(Head(heap, 1)))
}

func TestHeadRunes(t *testing.T) {
	require.Equal(t, "abc", HeadRunes("abc", 3))
	require.Equal(t, "ab", HeadRunes("abc", 2))
	require.Equal(t, "a", HeadRunes("a"+family, 7))
	require.Equal(t, "a"+family, HeadRunes("a"+family+"b", 8))
	require.Equal(t, "👨\u200d", HeadRunes(family, 2), "less than one")
	require.Equal(t, "", HeadRunes("abc", 0))
}

func TestEnds(t *testing.T) {
	require.Empty(t, Ends(""))
	require.Equal(t, []int{1, 1 + len(family), 1 + len(family) + 3}, Ends("a"+family+"e\u0301"))
}

func TestHeadBytes(t *testing.T) {
	require.Equal(t, "abc", HeadBytes("abc", 3))
	require.Equal(t, "a", HeadBytes("a"+family, len(family)))
	require.Equal(t, "a"+family, HeadBytes("a"+family+"b", len(family)+1))
	require.Equal(t, "👨", HeadBytes(family, 5))
	require.Equal(t, "", HeadBytes(family, 0))
}

func TestCut(t *testing.T) {
	require.Equal(t, "ab", Cut("ab", 2))
	require.Equal(t, "a…", Cut("a bc", 2))
	require.Equal(t, family+"…", Cut(family+family, 1))
}

func FuzzHead(f *testing.F) {
	f.Add("a"+family+flag, 2)
	f.Fuzz(func(t *testing.T, s string, n int) {
		if !utf8.ValidString(s) {
			return
		}
		n %= 1000
		for _, head := range []string{Head(s, n), HeadBytes(s, n), HeadRunes(s, n)} {
			require.True(t, strings.HasPrefix(s, head))
			require.True(t, utf8.ValidString(head))
			require.LessOrEqual(t, len(head), max(n, 0)*maxCluster)
		}
	})
}
