package views

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSegments(t *testing.T) {
	for _, want := range []string{ // links in brackets, and after a bar the host in ASCII if it was typed otherwise
		"", "just words", "a.b.c and 10:30, 1.5, e.g. this", "file.txt README.md node.js",
		"at 10:30, see ⟦https://example.org⟧.",
		"⟦https://a.example⟧\n⟦https://b.example⟧",
		"⟦HTTPS://EXAMPLE.ORG/A⟧",
		"⟦https://a.example/100%⟧ sure", "⟦https://a.example/%E6%AC%A1?q=%⟧",
		"⟦https://a.example/⟧、次", "「⟦https://a.example/x⟧」", "（⟦https://a.example/x⟧）です。", "見て⟦https://a.example/次/ページ⟧。次",
		"⟦https://a.example⟧を見て", "⟦https://日本語.example|xn--wgv71a119e.example⟧",
		"⟦https://a.example/「次」⟧", "⟦https://a.example/x⟧「次", "⟦https://a.example/⟧「次、",
		"⟦https://a.example/wiki/Été_(saison)⟧!", "(⟦http://example.org/a_(b)?c=d#e⟧)", "(see ⟦https://a.example/x⟧).", "[a](⟦https://a.example/x⟧)",
		"⟦https://a.example/x?a[]=1&b={c}⟧,", "‘⟦https://a.example/x⟧’ “⟦https://a.example/y⟧” «⟦https://a.example/z⟧»", "'⟦https://a.example/it's⟧', so",
		"<⟦https://a.example/x⟧>", "\"⟦https://a.example/x⟧\"", "`⟦https://a.example/x⟧`", "⟦https://a.example/x⟧…", "⟦https://a.example/x⟧?!",
		"⟦https://a.example⟧? no", "⟦https://a.example?q=1⟧", "⟦https://a.example#top⟧", "⟦https://a.example/l’été⟧",
		"⟦www.example.org⟧ now", "⟦www.example.org/a?b#c⟧,", "WWW only www. and www.example", "awww.example.org", "次⟦www.example.org⟧。", "⟦www.bücher.example|www.xn--bcher-kva.example⟧",
		"⟦ann@example.org⟧.", "<⟦ann.b+c_d@mail.example.org⟧>", "E-Mail:⟦ann@example.org⟧", "メール⟦ann@example.org⟧へ", "⟦éric@example.org⟧", "⟦x@bücher.example|xn--bcher-kva.example⟧",
		"ann@example", "@ann", "a@@b.example", "ann@example.org@x", "git@example.org:a/b.git", "@example.org", ".@example.org", "a.@example.org", "ann@1.2", "ann@-a.example",
		"⟦mailto:ann@example.org⟧ now", "⟦mailto:ann@example.org?subject=a%20b⟧.", "mailto:", "mailto:ann", "mailto:@example.org",
		"http://user:pw@host/ http://user@host.example/x https://a@b.example", "http://user:p%40w:x@host.example/path@b.example", "ssh://user:pw@host.example", "http://a@ ⟦https://b.example⟧",
		"⟦https://a.example/@ann/x@y⟧", "⟦https://a.example⟧:port", "⟦http://localhost:8080/x⟧", "⟦http://127.0.0.1:80⟧.", "⟦http://[::1]:8080/x⟧", "http://[::1", "http://[x]/",
		"⟦https://bücher.example/straße|xn--bcher-kva.example⟧", "⟦https://xn--bcher-kva.example/⟧", "⟦https://пример.example|xn--e1afmkfd.example⟧.",
		"javascript:alert(1)", "JaVaScRiPt://x/%0aalert(1)", "data:text/html,<script>1</script>", "vbscript:x ftp://h/f file:///etc",
		"https://", "http:///x", "http://.", "https://-a", "https://a..b", "xhttps://a.example", "https://\u202ea", "⟦https://a.example/⟧\u202egpj.exe", "⟦https://a.example/x⟧\u200b.",
	} {
		typed := plainText(want)
		assert.Equal(t, want, marked(typed), typed)
	}
}

var title = regexp.MustCompile(`\|[a-z0-9.-]+⟧`)

func plainText(marked string) string {
	return strings.NewReplacer("⟦", "", "⟧", "").Replace(title.ReplaceAllString(marked, "⟧"))
}

// marked is a text with its links in brackets.
func marked(typed string) string {
	var b strings.Builder
	for _, s := range segments(typed) {
		switch {
		case s.URL == "":
			b.WriteString(s.Text)
		case s.Title != "":
			b.WriteString("⟦" + s.Text + "|" + s.Title + "⟧")
		default:
			b.WriteString("⟦" + s.Text + "⟧")
		}
	}
	return b.String()
}

func TestLinkTargetsMatchText(t *testing.T) {
	for typed, url := range map[string]string{
		"www.example.org/x":      "http://www.example.org/x",
		"ann@example.org":        "mailto:ann@example.org",
		"mailto:a@example.org":   "mailto:a@example.org",
		"https://a.example/100%": "https://a.example/100%",
	} {
		link := render(t, Body(typed)).Find("a")
		require.Equal(t, url, link.AttrOr("href", ""))
		require.Equal(t, typed, link.Text())
	}
	require.Equal(t, "xn--bcher-kva.example", render(t, Body("https://bücher.example/")).Find("a").AttrOr("title", ""))
}

// FuzzSegments: the text is kept, only safe URLs become links, and no link has credentials.
func FuzzSegments(f *testing.F) {
	for _, s := range worstTexts() {
		f.Add(s[:200])
	}
	f.Add("https://a.example/(x)「」 http://u:p@h www.é.example mailto:a@b.cd a@b.cd http://[::1]:1/")
	f.Fuzz(func(t *testing.T, body string) {
		var joined strings.Builder
		for _, s := range segments(body) {
			joined.WriteString(s.Text)
			if s.URL == "" {
				continue
			}
			require.True(t, strings.HasSuffix(s.URL, s.Text), "%q", s)
			require.Regexp(t, `^(?i)(https?://|mailto:)[^\s"<>`+"`"+`]+$`, s.URL)
			require.True(t, utf8.ValidString(s.URL) || !utf8.ValidString(body))
			if authority, ok := strings.CutPrefix(strings.ToLower(s.URL), "http"); ok {
				_, authority, _ = strings.Cut(authority, "://")
				if end := strings.IndexAny(authority, "/?#"); end >= 0 {
					authority = authority[:end]
				}
				require.NotContains(t, authority, "@")
			}
		}
		require.Equal(t, body, joined.String())
	})
}

// worstTexts are 10,000 characters that look like links again and again, and mostly are not.
func worstTexts() map[string]string {
	texts := map[string]string{}
	for _, piece := range []string{
		"http://", "https://a", "www.", ",www.a", "次www.-", "次www.", "a@", "@", "a@b.", "mailto:", "mailto:a@", "http://a(", "http://a/(", "http://a/「", "ssh://a@b", "http://[", "http://é.", "a@é.",
		"x", " ", "\n", "\u0301", "'", "&", "http://a.b ", "a@b.cd ", "www.ü.", "http://-ü", "http://u:", "aaaa%", "次", "ב\n",
	} {
		texts[piece] = strings.Repeat(piece, 10_000/utf8.RuneCountInString(piece)+1)
	}
	return texts
}

func BenchmarkWorstBodies(b *testing.B) {
	for name, text := range worstTexts() {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				require.NoError(b, Body(text).Render(b.Context(), discard{}))
			}
		})
	}
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
