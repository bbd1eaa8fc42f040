package views

import (
	"fmt"
	"strings"
	"testing"

	"dchat/app/account"
	"dchat/app/attachment"
	"dchat/app/chat"
	"dchat/app/text/words"

	"github.com/stretchr/testify/require"
)

func TestHitExcerpt(t *testing.T) {
	long := strings.Repeat("before and before ", 20) + "the Straße\nitself " + strings.Repeat("after and after ", 40)
	for _, row := range []struct{ query, body, want string }{
		{"hel", "Well, hello there, Hello", "Well, [hello] there, [Hello]"},
		{"cafe", "un café\u0301 crème", "un [café\u0301] crème"},
		{"strasse", long, "…and before before and before the [Straße] itself after"},
		{"日本", "日本日本語", "[日本][日本]語"},
		{"x", "\u202ereversed x\u202c", "reversed [x]"},
		{"absent", "the beginning", "the beginning"},
	} {
		var b strings.Builder
		for _, p := range hitExcerpt(words.Parse(row.query), row.body) {
			if p.Marked {
				fmt.Fprintf(&b, "[%s]", p.Text)
			} else {
				b.WriteString(p.Text)
			}
		}
		require.True(t, strings.HasPrefix(b.String(), row.want), "%q: %q", row.query, b.String())
		require.Less(t, len(b.String()), 600)
	}
}

func FuzzHitExcerpt(f *testing.F) {
	f.Add("straße", "Lange STRASSE")
	f.Add("日本語", strings.Repeat("日本語 ", 100))
	f.Fuzz(func(_ *testing.T, query, body string) {
		hitExcerpt(words.Parse(strings.ToValidUTF8(query, "")), strings.ToValidUTF8(body, ""))
	})
}

func findPage(query string, in *account.User, hits ...chat.Hit) FindPage {
	return FindPage{Me: ines, Query: query, In: in, Hits: chat.Hits{List: hits, Next: "cursor"}, Now: noon}
}

func TestFindLinksHitsToTheirPlaces(t *testing.T) {
	theirs, mine := *message(7, aiko.ID, "the <b>report</b>"), *message(9, ines.ID, "")
	mine.Attachments = []attachment.Attachment{{Name: "other.txt"}, {Name: "Report_2026.pdf"}}
	doc := render(t, Find(findPage("report", nil, chat.Hit{Message: theirs, Other: aiko}, chat.Hit{Message: mine, Other: aiko})))
	rows := doc.Find("#hits a.row")
	require.Equal(t, 2, rows.Length())
	require.Equal(t, "/chats/aiko?at=7", rows.First().AttrOr("href", ""))
	require.Equal(t, "the <b>report</b>", strings.TrimSpace(rows.First().Find(".last").Text()))
	require.Equal(t, "report", rows.First().Find("mark").Text())
	require.Equal(t, "Report_2026.pdf", strings.TrimSpace(rows.Last().Find(".named").Text()))
	require.Contains(t, rows.Last().Text(), "You:")
	require.Equal(t, "Aiko Nakamura", rows.Last().Find(".name").Text())
	require.Zero(t, doc.Find("[id^=message-]").Length(), "an upsert of the message must not reach the list")
	more := doc.Find("#more-hits a")
	require.Equal(t, "/find?after=cursor&q=report", more.AttrOr("href", ""))
	require.Equal(t, more.AttrOr("href", ""), more.AttrOr("hx-get", ""))
}

func TestFindInOneConversation(t *testing.T) {
	page := findPage("<x>", aiko)
	page.Hits.Next = ""
	doc := render(t, Find(page))
	require.Equal(t, "aiko", doc.Find("input[name=in]").AttrOr("value", ""))
	require.Contains(t, doc.Find("#hits").Text(), "No message has “<x>”.")
	require.Equal(t, "/find?q=%3Cx%3E", doc.Find("#hits a").AttrOr("href", ""))
	require.Equal(t, "/chats/aiko", doc.Find(".back").AttrOr("href", ""))
	_, focused := render(t, Find(findPage(" ", nil))).Find("input[name=q]").Attr("autofocus")
	require.True(t, focused, "a page without a query waits for one")
}
