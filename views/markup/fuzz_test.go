package markup

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// FuzzParse: nothing but markers is missing from the text, marked words are nested, and only safe URLs become links.
func FuzzParse(f *testing.F) {
	for _, s := range worstTexts() {
		f.Add(s[:200])
	}
	f.Add("https://a.example/(x)「」 http://u:p@h www.é.example mailto:a@b.cd a@b.cd http://[::1]:1/")
	f.Add("*a _b* c_ ~`d`~ `` e`f `` _ann_@example.org *https://a.example/x_*\n> *q*\n>\n> r\n```go\ncode\n```\n```x y\nz```")
	f.Fuzz(func(t *testing.T, body string) {
		requireSubsequence(t, body, Plain(body))
		links := 0
		for _, block := range Parse(body) {
			var open []byte
			for _, s := range block.Spans {
				switch s.Style {
				case Begin:
					open = append(open, s.Mark)
				case End:
					require.NotEmpty(t, open)
					require.Equal(t, open[len(open)-1], s.Mark)
					open = open[:len(open)-1]
				case Link:
					requireSafe(t, s, utf8.ValidString(body))
					links++
				case Text:
					require.False(t, len(open) > 0 && strings.Contains(s.Text, "\n"), "marked words are in one line")
				}
			}
			require.Empty(t, open)
		}
		require.LessOrEqual(t, links, maxLinks)
	})
}

// namedFence is a fence after which the name of a language may stand, which is not shown.
var namedFence = regexp.MustCompile("(?m)^```+[ \t]*[A-Za-z0-9+#._-]")

// requireSubsequence requires that plain is body without some of its markers.
func requireSubsequence(t *testing.T, body, plain string) {
	t.Helper()
	kept := 0
	for i := 0; i < len(body) && kept < len(plain); i++ {
		if plain[kept] == body[i] {
			kept++
		}
	}
	require.Len(t, plain, kept, "%q of %q", plain, body)
	if !namedFence.MatchString(body) {
		words := func(s string) string {
			return strings.NewReplacer("*", "", "_", "", "~", "", "`", "", ">", "", " ", "", "\t", "", "\n", "").Replace(s)
		}
		require.Equal(t, words(body), words(plain))
	}
}

func requireSafe(t *testing.T, s Span, valid bool) {
	t.Helper()
	require.True(t, strings.HasSuffix(s.Address.URL, s.Text), "%q", s)
	require.Regexp(t, `^(?i)(https?://|mailto:)[^\s"<>`+"`"+`]+$`, s.Address.URL)
	require.True(t, utf8.ValidString(s.Address.URL) || !valid)
	if authority, ok := strings.CutPrefix(strings.ToLower(s.Address.URL), "http"); ok {
		_, authority, _ = strings.Cut(authority, "://")
		if end := strings.IndexAny(authority, "/?#"); end >= 0 {
			authority = authority[:end]
		}
		require.NotContains(t, authority, "@")
	}
}

// pieces make the worst texts when repeated: they look like links and markers again and again, and mostly are none.
var pieces = []string{
	"http://", "https://a", "www.", ",www.a", "次www.-", "次www.", "a@", "@", "a@b.", "mailto:", "mailto:a@", "http://a(", "http://a/(", "http://a/「", "ssh://a@b", "http://[", "http://é.", "a@é.",
	"x", " ", "\n", "\u0301", "'", "&", "http://a.b ", "a@b.cd ", "www.ü.", "http://-ü", "http://u:", "aaaa%", "次", "ב\n",
	"*", "_", "~", "_*~", "*a", "*a ", "*a _b ~c ", "_a_", "*a* ", "*_~a~_* ", "a*", "`", "``", "` ", "`a ", "`` ` ``` ", "a`", "````", "> ", "> \n", ">\n", "> a\n", "> a\n\n", "```\n", "```a\n", "```\na\n", "```a b", "```\n\n",
	"[", "(*", "_a@b.cd", "_a_@b.cd", "http://a/*", "*http://a/*_~", "*http://a/", "_http://a_", "*.", "_\n", "\xff*",
}

func worstTexts() map[string]string {
	texts := map[string]string{}
	for _, piece := range pieces {
		texts[piece] = worstText(piece, 10_000)
	}
	return texts
}

func worstText(piece string, characters int) string {
	return strings.Repeat(piece, characters/utf8.RuneCountInString(piece)+1)
}

// A text of twice the length takes twice the steps.
func TestScanIsLinear(t *testing.T) {
	for _, piece := range pieces {
		read := func(characters int) int {
			p := parser{left: characters} // links do not end the search
			p.parse(worstText(piece, characters))
			return p.read
		}
		once, twice := read(20_000), read(40_000)
		require.LessOrEqual(t, twice, once*21/10+1000, "%q", piece)
		require.LessOrEqual(t, once, 20_000*len(piece)*8, "%q", piece)
	}
}
