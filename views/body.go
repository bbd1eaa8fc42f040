package views

import (
	"context"
	"io"
	"strings"

	"dchat/app/chat"
	"dchat/app/text"
	"dchat/views/markup"

	"github.com/a-h/templ"
)

// maxBlank is the most consecutive blank lines shown. The stored message keeps all of them.
const maxBlank = 2

// limitBlankLines returns a text without more than maxBlank consecutive blank lines.
func limitBlankLines(body string) string {
	if !strings.Contains(body, "\n") {
		return body
	}
	var b strings.Builder
	blank := 0
	for line := range strings.Lines(body) {
		if blank++; !isBlank(line) {
			blank = 0
		}
		if blank <= maxBlank {
			b.WriteString(line)
		}
	}
	return b.String()
}

func isBlank(line string) bool { return !text.Visible(line) }

// A message is folded if it is higher than foldFrom lines of about lineLength columns. The stylesheet then shows only
// its first lines.
const (
	foldFrom   = 24
	lineLength = 55
)

// isFolded reports whether a text is shown folded.
func isFolded(body string) bool {
	if len(body)+lineLength*strings.Count(body, "\n") <= foldFrom*lineLength {
		return false // the usual case: a column takes at least one byte
	}
	return text.Higher(body, foldFrom, lineLength)
}

// emptyText replaces a text without visible characters.
const emptyText = "Empty message"

// Body shows the text of a message. It is not a templ template because line breaks are significant here, and a
// template would add white space.
func Body(body string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		body := limitBlankLines(body)
		if !text.Visible(body) { // older versions stored such texts
			_, err := io.WriteString(w, `<p class="empty">`+emptyText+`</p>`)
			return err
		}
		var b bodyWriter
		b.Grow(len(body) + 64)
		b.message(body, markup.Parse(body))
		if isFolded(body) {
			b.WriteString(`<details class="rest"><summary><span class="closed">Show more</span><span class="opened">Show less</span></summary></details>`)
		}
		_, err := io.WriteString(w, b.String())
		return err
	})
}

// isShownAsTyped reports whether Body shows all characters of a text.
func isShownAsTyped(body string) bool { return markup.Plain(limitBlankLines(body)) == body }

// excerptLength is the most grapheme clusters of a message in the sidebar.
const excerptLength = 120

// excerpt returns the beginning of a message as one line, without the markers of formatting. It omits directional
// controls: in the message they end with their line, but here they would turn the lines after it too.
func excerpt(body string) string {
	head := text.HeadRunes(body, chat.MaxExcerpt)
	line := strings.Join(strings.Fields(strings.Map(unturned, markup.Plain(head))), " ")
	short := text.Head(line, excerptLength)
	if len(short) < len(line) || len(head) < len(body) {
		return strings.TrimSpace(short) + "…"
	}
	return line
}

// unturned leaves out embeddings, overrides and isolates, and keeps the marks, which turn nothing else.
func unturned(r rune) rune {
	if r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
		return -1
	}
	return r
}
