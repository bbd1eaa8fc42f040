package views

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"dchat/app/text"
	"dchat/views/markup"

	"github.com/PuerkitoBio/goquery"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// textOf is the text of a body on the page, without its labels.
func textOf(doc *goquery.Document) string {
	return doc.Find("body").Children().Not(".rest").Text()
}

func TestBodyAsHTML(t *testing.T) {
	for body, want := range map[string]string{
		"a *b* _c_ ~d~ `e`":                    `<p dir="auto">a <strong>b</strong> <em>c</em> <s>d</s> <code dir="ltr">e</code></p>`,
		"*_<b>_*":                              `<p dir="auto"><strong><em>&lt;b&gt;</em></strong></p>`,
		"`<b>&amp;`":                           `<p dir="auto"><code dir="ltr">&lt;b&gt;&amp;amp;</code></p>`,
		"> a\n> b":                             "<div class=\"body\"><blockquote dir=\"auto\">a\nb</blockquote></div>",
		"a\n\n> b\nc":                          "<div class=\"body\"><div dir=\"auto\">a\n</div>\n<blockquote dir=\"auto\">b</blockquote>\n<div dir=\"auto\">c</div></div>",
		"```\n<b>\n```\nשלום":                  "<div class=\"body leftward\"><pre dir=\"ltr\"><code>&lt;b&gt;</code></pre>\n<div dir=\"auto\">שלום</div></div>",
		"```\n\n a\n```":                       "<div class=\"body\"><pre dir=\"ltr\"><code>\n a</code></pre></div>",
		"```\n0123456789 0123456789 0123\n```": "<div class=\"body\"><pre dir=\"ltr\" tabindex=\"0\" role=\"group\" aria-label=\"Code\"><code>0123456789 0123456789 0123</code></pre></div>",
		"👍":                                    `<p dir="auto" class="emoji">👍</p>`, "👍👍👍👍": `<p dir="auto">👍👍👍👍</p>`,
		"*www.ü.example*": `<p dir="auto"><strong><a href="http://www.ü.example" title="www.xn--tda.example" target="_blank" rel="noopener noreferrer nofollow">www.ü.example</a></strong></p>`,
	} {
		var b strings.Builder
		require.NoError(t, Body(body).Render(t.Context(), &b))
		assert.Equal(t, want, b.String(), "%q", body)
	}
}

// The time is at the end of the last line, on its side.
func TestTimeFollowsDirectionOfLastBlock(t *testing.T) {
	for body, leftward := range map[string]bool{
		"> שלום": true, "> hello\nשלום": true, "> שלום\nhello": false, "שלום\n```\na\n```": false, "```\na\n```\nשלום": true,
		"`code` שלום": true, "*שלום*": true, "שלום\n`code`": false, "a\n`b` _שלום_": true, "> a\n> שלום": true, "_a_ שלום": false,
	} {
		require.Equal(t, leftward, render(t, Body(body)).Find(".leftward").Length() == 1, "%q", body)
	}
}

func TestExcerptHasNoMarkers(t *testing.T) {
	for body, want := range map[string]string{
		"*a* _b_ `c`": "a b c", "> a\nb": "a b", "```go\nx = 1\n```": "x = 1", "2*3*4": "2*3*4", "*a": "*a",
	} {
		require.Equal(t, want, excerpt(body))
	}
}

// An edit and a copy begin with the text as typed, which a row has only if it shows another.
func TestRowHasTextAsTyped(t *testing.T) {
	for body, source := range map[string]string{
		"plain": "", "a * b": "", "*a*": "*a*", "> a\nb": "> a\nb", "a\n\n\n\n\nb": "a\n\n\n\n\nb", "`<\"`": "`<\"`", "": "",
	} {
		require.Equal(t, source, rowOf(t, message(1, ines.ID, body)).AttrOr("data-source", ""), "%q", body)
	}
	deleted := message(1, ines.ID, "")
	deleted.DeletedAt = noon
	_, has := rowOf(t, deleted).Attr("data-source")
	require.False(t, has)
}

// allowed are the elements of a body and their attributes.
var allowed = map[string]string{
	"p": "dir class", "div": "dir class", "blockquote": "dir", "pre": "dir tabindex role aria-label", "code": "dir", "strong": "", "em": "", "s": "", "a": "href title target rel",
	"details": "class", "summary": "", "span": "class",
}

func requireAllowed(t *testing.T, node *html.Node) {
	t.Helper()
	for n := range node.Descendants() {
		if n.Type != html.ElementNode {
			require.Equal(t, html.TextNode, n.Type)
			continue
		}
		attributes, ok := allowed[n.Data]
		require.True(t, ok, n.Data)
		for _, a := range n.Attr {
			require.Contains(t, strings.Fields(attributes), a.Key, n.Data)
		}
	}
}

// FuzzBody: a page shows the text without its markers, in elements and attributes that it knows, and nothing is lost
// or moved when the page is read.
func FuzzBody(f *testing.F) {
	for _, one := range Corpus {
		f.Add(one.Text)
	}
	for _, piece := range worstPieces {
		f.Add(strings.Repeat(piece, 20))
	}
	f.Add("*<b>* _\"a\"_ `<i>&amp;` > <!-- \n> <script>*a*</script>\n```<x>\n</code></pre>\n```\nhttps://a.example/\"><img>?a=<b> www.é.example/'&*")
	f.Fuzz(func(t *testing.T, body string) {
		if !utf8.ValidString(body) || strings.ContainsAny(body, "\x00\r") {
			return // is never stored
		}
		var b strings.Builder
		require.NoError(t, Body(body).Render(t.Context(), &b))
		parent := &html.Node{Type: html.ElementNode, DataAtom: atom.Article, Data: "article"}
		nodes, err := html.ParseFragment(strings.NewReader(b.String()), parent)
		require.NoError(t, err)
		var again, shown strings.Builder
		for _, n := range nodes {
			parent.AppendChild(n)
			require.NoError(t, html.Render(&again, n))
		}
		requireAllowed(t, parent)
		require.Equal(t, tags(b.String()), tags(again.String()), "the elements are nested")
		if first := parent.FirstChild; text.Visible(body) {
			for n := range first.Descendants() {
				if n.Type == html.TextNode {
					shown.WriteString(n.Data)
				}
			}
			require.Equal(t, markup.Plain(limitBlankLines(body)), shown.String())
			require.True(t, text.Visible(shown.String()))
		}
		require.NotContains(t, excerpt(body), "\n")
	})
}

// tags are the tags and texts of HTML, in their order.
func tags(s string) (list []string) {
	z := html.NewTokenizer(strings.NewReader(s))
	for z.Next() != html.ErrorToken {
		token := z.Token()
		list = append(list, token.Type.String()+" "+token.Data)
	}
	return list
}

// worstPieces make the worst texts when repeated.
var worstPieces = []string{
	"*", "_*~", "*a ", "*a* ", "*_~a~_* ", "`", "` ", "`a ", "`` ` ``` ", "> ", "> \n", "> a\n", "> a\n\n", "```\n", "```\na\n```\n", "```a b\n", "[", "<", "&", "\"", "http://a.b ", "a@b.cd ", "*http://a/*_~ ", "_a@b.cd_ ",
	"http://a/(", "http://a/「", "a@é.", "www.ü.", "次www.", "👍", "\u0301", "ב\n", "x", "\n",
}

func BenchmarkWorstBodies(b *testing.B) {
	for _, piece := range worstPieces {
		body := strings.Repeat(piece, 10_000/utf8.RuneCountInString(piece)+1)
		b.Run(fmt.Sprintf("%q", piece), func(b *testing.B) {
			for b.Loop() {
				require.NoError(b, Body(body).Render(b.Context(), discard{}))
			}
		})
	}
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
