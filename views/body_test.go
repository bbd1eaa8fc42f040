package views

import (
	"strings"
	"testing"
	"unicode/utf8"

	"dchat/app/chat"
	"dchat/app/text"

	"github.com/stretchr/testify/require"
)

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
	for body, line := range map[string]string{
		"before \u202egpj.exe\nafter": "before gpj.exe after", "\u2067שלום\nhello": "שלום hello", "\u202babc\u202c \u2066x\u2069\u2068y": "abc xy",
		"می\u200cخواهم\u200f!": "می\u200cخواهم\u200f!",
	} {
		require.Equal(t, line, excerpt(body), "a control turns its own line only")
	}
	waves := strings.Repeat("👋🏽", excerptLength)
	require.Equal(t, waves, excerpt(waves), "a wave is one character")
	require.Equal(t, waves+"…", excerpt(waves+"👋🏽"))
	require.Less(t, len(excerpt(strings.Repeat("a"+strings.Repeat("\u0301", 4000), 3))), 10_000, "a heap of marks is cut")
}

// A row of the sidebar reads the same whether its message has just come, whole, or was read as the
// beginning that an Entry has.
func TestExcerptOfPrefixMatchesFullText(t *testing.T) {
	for _, one := range []string{"👨‍👩‍👧‍👦", "🏴󠁧󠁢󠁷󠁬󠁳󠁿", "a🇩🇪", "नमस्ते ", "e\u0301\u0323", "각", "word ", "a\n\n\n\n\n\n", "x" + strings.Repeat("\u0301", 700)} {
		for _, n := range []int{1, 40, 60, 68, 69, 80, 120, 480, 481, 482} {
			whole := strings.Repeat(one, n)
			runes := []rune(whole)
			begun := string(runes[:min(len(runes), chat.MaxExcerpt+1)])
			require.Equal(t, excerpt(whole), excerpt(begun), "%q %d", one, n)
			line, more := strings.CutSuffix(excerpt(whole), "…")
			if more && !strings.HasPrefix(one, "x") {
				require.Contains(t, text.Ends(strings.Join(strings.Fields(whole), " ")), len(line), "%q %d", one, n)
			}
		}
	}
}

func TestBodyBoundsBlankLines(t *testing.T) {
	require.Equal(t, "a\n\n\nb", render(t, Body("a"+strings.Repeat("\n", 9998)+"b")).Find("p").Text())
	require.Equal(t, "a\n \n\t\n    b", render(t, Body("a\n \n\t\n\u3000\n\n    b")).Find("p").Text(), "lines of nothing but space are blank, and indentation stays")
	require.Equal(t, "a\n\nb\n\nc", render(t, Body("a\n\nb\n\nc")).Find("p").Text())
}

func TestLongMessagesAreFolded(t *testing.T) {
	for body, folded := range map[string]bool{
		"short":                               false,
		strings.Repeat("line\n", 24):          false,
		strings.Repeat("line\n", 26):          true,
		strings.Repeat("word ", 200):          false,
		strings.Repeat("word ", 400):          true,
		strings.Repeat("語", 2000):             true,
		"a" + strings.Repeat("\n", 999) + "b": false,
		strings.Repeat("👨‍👩‍👧‍👦", 400):        false, // of 2800 code points
		strings.Repeat("e\u0301\u0323", 1000): false,
		strings.Repeat("👋🏽", 800):             true,
	} {
		doc := render(t, Body(body))
		require.Equal(t, folded, doc.Find("p + details > summary").Length() == 1, "%.20q", body)
	}
}

func TestTimeFollowsDirectionOfLastLine(t *testing.T) {
	for body, leftward := range map[string]bool{
		"hello": false, "שלום": true, "hello\nשלום": true, "שלום\nhello": false, "123 שלום": true, "سلام\n…": false, "a\n- مرحبا": true,
	} {
		require.Equal(t, leftward, render(t, Body(body)).Find("p").HasClass("leftward"), "%q", body)
	}
}
