package views

import (
	"context"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"dchat/app/account"
	"dchat/app/attachment"
	"dchat/app/chat"
	"dchat/app/text"
	"dchat/app/text/words"

	"github.com/a-h/templ"
)

// FindPage is a page of a search in messages.
type FindPage struct {
	Me    Viewer
	Query string
	In    *account.User // whose conversation is searched; nil for all
	Hits  chat.Hits
	Now   time.Time
}

// blank reports whether the page was opened to be asked.
func (p FindPage) blank() bool { return words.Parse(p.Query).Empty() }

func (p FindPage) label() string {
	if p.In != nil {
		return "Messages with " + p.In.DisplayName
	}
	return "Search messages"
}

// back is where the page was opened from.
func (p FindPage) back() string {
	if p.In != nil {
		return chatPath(p.In)
	}
	return "/"
}

// path returns the path of the page after a cursor, in the conversation or in all.
func (p FindPage) path(in *account.User, cursor string) string { return findPath(p.Query, in, cursor) }

func findPath(query string, in *account.User, cursor string) string {
	values := url.Values{}
	if query != "" {
		values.Set("q", query)
	}
	if in != nil {
		values.Set("in", in.Username)
	}
	if cursor != "" {
		values.Set("after", cursor)
	}
	if len(values) == 0 {
		return "/find"
	}
	return "/find?" + values.Encode()
}

func hitPath(h *chat.Hit) string { return chatPath(h.Other) + "?at=" + number(h.Message.Seq) }

// piece is a part of an excerpt.
type piece struct {
	Text   string
	Marked bool
}

// How much of a message stands before and in all in the excerpt of a hit, in characters.
const (
	beforeHit = 40
	aroundHit = 200
)

// hitExcerpt returns the part of a message around its first hit, in one line, with the hits marked.
func hitExcerpt(q words.Query, body string) []piece {
	spans := q.Find(body)
	from := 0
	if len(spans) > 0 {
		from = beginning(body, spans[0].Start)
	}
	to := from + len(text.Head(body[from:], aroundHit))
	list := pieces(body, from, to, spans)
	if from > 0 {
		list = slices.Insert(list, 0, piece{Text: "…"})
	}
	if to < len(body) {
		list = append(list, piece{Text: "…"})
	}
	return list
}

// beginning returns where an excerpt with a hit at a place begins: at a word, if one begins near.
func beginning(body string, hit int) int {
	ends := text.Ends(body[:hit])
	if len(ends) <= beforeHit {
		return 0
	}
	from := ends[len(ends)-beforeHit-1]
	if space := strings.IndexAny(body[from:hit], " \n"); space >= 0 {
		from += space + 1
	}
	return from
}

func pieces(body string, from, to int, spans []words.Span) (list []piece) {
	add := func(until int, marked bool) {
		if until = min(until, to); until > from {
			list = append(list, piece{oneLine(body[from:until]), marked})
			from = until
		}
	}
	for _, s := range spans {
		add(s.Start, false)
		add(s.End, true)
	}
	add(to, false)
	return list
}

// highlighted writes an excerpt. It is not a templ template because that would add white space inside words.
func highlighted(pieces []piece) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		var b strings.Builder
		for _, p := range pieces {
			if p.Marked {
				b.WriteString("<mark>" + templ.EscapeString(p.Text) + "</mark>")
			} else {
				b.WriteString(templ.EscapeString(p.Text))
			}
		}
		_, err := io.WriteString(w, b.String())
		return err
	})
}

// oneLine makes spaces of line breaks and leaves out what turns the direction.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '\n', '\t', '\v', '\f', '\u0085', '\u2028', '\u2029':
			return ' '
		}
		return unturned(r)
	}, s)
}

// hitFiles returns the files whose names have hits.
func hitFiles(q words.Query, files []attachment.Attachment) (names [][]piece) {
	for i := range files {
		if spans := q.Find(files[i].Name); len(spans) > 0 {
			names = append(names, pieces(files[i].Name, 0, len(files[i].Name), spans))
		}
	}
	return names
}
