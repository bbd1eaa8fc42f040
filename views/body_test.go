package views

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestSegments(t *testing.T) {
	text := func(s string) segment { return segment{Text: s} }
	link := func(s string) segment { return segment{Text: s, URL: s} }
	for body, want := range map[string][]segment{
		"":                                     {text("")},
		"just words":                           {text("just words")},
		"at 10:30, see https://example.org.":   {text("at 10:30, see "), link("https://example.org"), text(".")},
		"(http://example.org/a_(b)?c=d#e)":     {text("("), link("http://example.org/a_(b)?c=d#e"), text(")")},
		"https://a.example\nhttps://b.example": {link("https://a.example"), text("\n"), link("https://b.example")},
		"mailto:ann@example.org now":           {link("mailto:ann@example.org"), text(" now")},
		"HTTPS://EXAMPLE.ORG/A":                {link("HTTPS://EXAMPLE.ORG/A")},
		"javascript:alert(1)":                  {text("javascript:alert(1)")},
		"JaVaScRiPt://x/%0aalert(1)":           {text("JaVaScRiPt://x/%0aalert(1)")},
		"data:text/html,<script>1</script>":    {text("data:text/html,<script>1</script>")},
		"vbscript:x ftp://h/f file:///etc":     {text("vbscript:x ftp://h/f file:///etc")},
		"https://":                             {text("https://")},
	} {
		require.Equal(t, want, segments(body), body)
	}
}

func TestSegmentsLoseNothingAndLinkOnlyWhatIsSafe(t *testing.T) {
	piece := rapid.OneOf(
		rapid.SampledFrom([]string{"http://", "https://", "mailto:", "javascript:", "\"", "'", "<", ">", " ", "\n", "a.example", "@", "/", "\u202e", "&", "#"}),
		rapid.String(),
	)
	rapid.Check(t, func(t *rapid.T) {
		body := strings.Join(rapid.SliceOfN(piece, 0, 12).Draw(t, "pieces"), "")
		var joined strings.Builder
		for _, s := range segments(body) {
			joined.WriteString(s.Text)
			if s.URL != "" {
				require.Equal(t, s.Text, s.URL)
				require.Regexp(t, `^(?i)(https?://|mailto:)`, s.URL)
			}
		}
		require.Equal(t, body, joined.String())
	})
}

func TestBodyEscapes(t *testing.T) {
	html := render(t, Body(`<img src=x onerror=alert(1)> https://example.org/?q="><script>alert(1)</script>&x`)).Find("p")
	require.Zero(t, html.Find("img, script").Length())
	require.Equal(t, `<img src=x onerror=alert(1)> https://example.org/?q="><script>alert(1)</script>&x`, html.Text())
	link := html.Find("a")
	require.Equal(t, 1, link.Length())
	require.Equal(t, "noopener noreferrer nofollow", link.AttrOr("rel", ""))
	require.Equal(t, "_blank", link.AttrOr("target", ""))
	require.True(t, strings.HasPrefix(link.AttrOr("href", ""), "https://example.org/"))
}

func TestBodyKeepsLineBreaks(t *testing.T) {
	require.Equal(t, "one\n\n  two", render(t, Body("one\n\n  two")).Find("p").Text())
}

func TestExcerpt(t *testing.T) {
	require.Equal(t, "one two three", excerpt("one\n two\t\tthree "))
	require.Equal(t, "", excerpt(" \n "))
	long := excerpt(strings.Repeat("Grüße aus Åre ", 1000))
	require.True(t, strings.HasSuffix(long, "…"))
	require.LessOrEqual(t, utf8.RuneCountInString(long), excerptLength+1)
	require.True(t, utf8.ValidString(long))
	exact := strings.Repeat("é", excerptLength)
	require.Equal(t, exact, excerpt(exact))
	require.Equal(t, exact+"…", excerpt(exact+"é"))
	require.Equal(t, "x…", excerpt("x"+strings.Repeat("\n", 5*excerptLength)+"y"))
}
