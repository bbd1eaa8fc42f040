package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/stretchr/testify/require"
)

// browser is a person's browser without JavaScript: it knows links and forms, and nothing else.
type browser struct {
	*person
	t    *testing.T
	path string
	doc  *goquery.Document
}

func browse(t *testing.T, p *person, path string) *browser {
	b := &browser{person: p, t: t}
	b.open(path)
	return b
}

// open follows redirects, as a browser does.
func (b *browser) open(path string) {
	b.t.Helper()
	b.take(path, b.Get(path, false))
}

func (b *browser) take(path string, a *answer) {
	b.t.Helper()
	for range 5 {
		if a.Status != http.StatusSeeOther {
			b.path, b.doc = path, a.Doc()
			b.doc.Find("template").Remove()
			return
		}
		path = a.Header.Get("Location")
		a = b.Get(path, false)
	}
	require.Fail(b.t, "the redirects have no end", path)
}

// press fills in the form of a button and sends it. Fields are given by their labels. It returns the
// answer before any redirect.
func (b *browser) press(label string, fields ...string) *answer {
	b.t.Helper()
	form := b.form(label)
	values := url.Values{}
	form.Find("input:not([type=checkbox]), input[checked], textarea").Each(func(_ int, s *goquery.Selection) {
		if name := s.AttrOr("name", ""); name != "" {
			values.Add(name, s.AttrOr("value", s.Text()))
		}
	})
	if button := buttonOf(form, label); button.AttrOr("name", "") != "" {
		values.Add(button.AttrOr("name", ""), button.AttrOr("value", ""))
	}
	for i := 0; i+1 < len(fields); i += 2 {
		values.Set(b.field(form, fields[i]), fields[i+1])
	}
	action := form.AttrOr("action", b.path)
	if strings.EqualFold(form.AttrOr("method", "get"), "get") {
		b.open(action + "?" + values.Encode())
		return nil
	}
	header := http.Header{"Origin": {b.Origin()}, "Referer": {b.Origin() + b.path}, "Content-Type": {"application/x-www-form-urlencoded"}}
	a, err := b.Do(http.MethodPost, action, header, strings.NewReader(values.Encode()))
	require.NoError(b.t, err)
	b.take(action, a)
	return a
}

// check checks the box of this name, or clears it.
func (b *browser) check(label string) {
	b.t.Helper()
	box := b.doc.Find("label").FilterFunction(func(_ int, s *goquery.Selection) bool {
		return strings.TrimSpace(s.Find(".name").Text()) == label
	}).Find("[type=checkbox]")
	require.Equal(b.t, 1, box.Length(), "%s has no box %q", b.path, label)
	if _, checked := box.Attr("checked"); checked {
		box.RemoveAttr("checked")
	} else {
		box.SetAttr("checked", "")
	}
}

func (b *browser) form(label string) *goquery.Selection {
	b.t.Helper()
	form := b.doc.Find("form").FilterFunction(func(_ int, s *goquery.Selection) bool {
		return buttonOf(s, label).Length() > 0
	})
	require.Positive(b.t, form.Length(), "%s has no button %q:\n%s", b.path, label, b.text())
	return form.First()
}

// buttonOf is the button of this name in a form.
func buttonOf(form *goquery.Selection, label string) *goquery.Selection {
	return form.Find("button").FilterFunction(func(_ int, s *goquery.Selection) bool {
		return s.AttrOr("aria-label", strings.TrimSpace(s.Text())) == label
	})
}

func (b *browser) field(form *goquery.Selection, label string) string {
	b.t.Helper()
	field := form.Find(`[aria-label="` + label + `"]`)
	form.Find("label").Each(func(_ int, s *goquery.Selection) {
		if strings.TrimSpace(s.Text()) == label {
			field = form.Find("#" + s.AttrOr("for", "none"))
		}
	})
	require.Equal(b.t, 1, field.Length(), "no field is called %q", label)
	return field.AttrOr("name", "")
}

// follow takes the link of this name.
func (b *browser) follow(label string) {
	b.t.Helper()
	links := b.doc.Find("a").FilterFunction(func(_ int, s *goquery.Selection) bool {
		return strings.TrimSpace(s.AttrOr("aria-label", s.Text())) == label || strings.TrimSpace(s.Find(".name").Text()) == label
	})
	require.Positive(b.t, links.Length(), "%s has no link %q:\n%s", b.path, label, b.text())
	b.open(links.First().AttrOr("href", ""))
}

// messages are the texts in the log, in order.
func (b *browser) messages() []string {
	return b.doc.Find("article.msg p").Map(func(_ int, s *goquery.Selection) string { return s.Text() })
}

func (b *browser) has(label string) bool {
	return strings.Contains(b.text(), label)
}

func (b *browser) text() string {
	return strings.Join(strings.Fields(b.doc.Find("body").Text()), " ")
}
