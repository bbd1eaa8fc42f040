package markup

import (
	"regexp"
	"strings"
	"testing"

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
		"<⟦https://a.example/x⟧>", "\"⟦https://a.example/x⟧\"", "a`⟦https://a.example/x⟧`", "❤️⟦https://a.example/x⟧", "1️⃣⟦www.example.org⟧", "⟦https://a.example/x⟧…", "⟦https://a.example/x⟧?!",
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

func spansOf(lines string) []Span {
	return (&parser{left: maxLinks}).spans(lines)
}

// marked is a text with its links in brackets.
func marked(typed string) string {
	var b strings.Builder
	for _, s := range spansOf(typed) {
		switch {
		case s.Address == nil:
			b.WriteString(s.Text)
		case s.Address.Title != "":
			b.WriteString("⟦" + s.Text + "|" + s.Address.Title + "⟧")
		default:
			b.WriteString("⟦" + s.Text + "⟧")
		}
	}
	return b.String()
}

func TestLinkTargetsMatchText(t *testing.T) {
	for typed, url := range map[string]string{
		"www.example.org/x":       "http://www.example.org/x",
		"ann@example.org":         "mailto:ann@example.org",
		"mailto:a@example.org":    "mailto:a@example.org",
		"https://a.example/100%":  "https://a.example/100%",
		"https://bücher.example/": "https://bücher.example/",
	} {
		spans := spansOf(typed)
		require.Len(t, spans, 1)
		require.Equal(t, url, spans[0].Address.URL)
		require.Equal(t, typed, spans[0].Text)
	}
}
