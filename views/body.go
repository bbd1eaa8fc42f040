package views

import (
	"context"
	"io"
	"net/url"
	"regexp"
	"strings"
	"sync"

	"github.com/a-h/templ"
	"mvdan.cc/xurls/v2"
)

// segment is a stretch of a message: plain text, or an address that becomes a link.
type segment struct {
	Text string
	URL  string // "" for plain text; else http, https or mailto
}

var links = sync.OnceValue(func() *regexp.Regexp {
	re, err := xurls.StrictMatchingScheme(`(?i:https?://|mailto:)`)
	if err != nil {
		panic(err) // the pattern is a constant
	}
	return re
})

// maxLinks is how many links of a message become links: finding them is slow.
const maxLinks = 50

// segments finds the links in what somebody wrote. Joined, the texts are what came in.
func segments(body string) []segment {
	if !strings.Contains(body, "://") && !strings.Contains(strings.ToLower(body), "mailto:") {
		return []segment{{Text: body}}
	}
	var found []segment
	end := 0
	for _, at := range links().FindAllStringIndex(body, maxLinks) {
		text := body[at[0]:at[1]]
		if !safeLink(text) {
			continue
		}
		if at[0] > end {
			found = append(found, segment{Text: body[end:at[0]]})
		}
		found = append(found, segment{Text: text, URL: text})
		end = at[1]
	}
	if end < len(body) || len(found) == 0 {
		found = append(found, segment{Text: body[end:]})
	}
	return found
}

func safeLink(text string) bool {
	u, err := url.Parse(text)
	if err != nil {
		return false
	}
	switch u.Scheme {
	case "http", "https":
		return u.Host != ""
	case "mailto":
		return u.Opaque != ""
	default:
		return false
	}
}

// Body is the text of a message. It is written by hand because its line breaks count: a template
// would add white space of its own.
func Body(body string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		var b strings.Builder
		b.Grow(len(body) + 64)
		b.WriteString(`<p dir="auto">`)
		for _, s := range segments(body) {
			if s.URL == "" {
				b.WriteString(templ.EscapeString(s.Text))
				continue
			}
			b.WriteString(`<a href="`)
			b.WriteString(templ.EscapeString(s.URL))
			b.WriteString(`" target="_blank" rel="noopener noreferrer nofollow">`)
			b.WriteString(templ.EscapeString(s.Text))
			b.WriteString(`</a>`)
		}
		b.WriteString(`</p>`)
		_, err := io.WriteString(w, b.String())
		return err
	})
}

// excerptLength is how many characters of a message the sidebar is sent.
const excerptLength = 120

// excerpt is the beginning of a message on one line.
func excerpt(body string) string {
	line := strings.Join(strings.Fields(head(body, 4*excerptLength)), " ")
	if short := head(line, excerptLength); short != line || len(line) < len(body)/4 {
		return strings.TrimSpace(short) + "…"
	}
	return line
}

// head is at most n characters of s.
func head(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
