package views

import (
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/stretchr/testify/require"

	"dchat/app/chat"
)

func TestRowSaysHowItIsKept(t *testing.T) {
	e := entry(aiko, chat.InContact, 5)
	e.LastReadSeq, e.Pinned, e.MutedUntil = 2, true, noon.Add(time.Hour)
	row := render(t, Row(ines, e, false, noon)).Find("a")
	require.Equal(t, "Aiko Nakamura 3 unread", accessibleName(row), "the name stays")
	require.Equal(t, "last-7 flags-7", row.AttrOr("aria-describedby", ""))
	require.Equal(t, "Pinned, Muted", strings.TrimSpace(row.Find("#flags-7").Text()))
	require.Equal(t, number(noon.Add(time.Hour).UnixMilli()), row.AttrOr("data-muted", ""))

	row = render(t, Row(ines, e, false, noon.Add(2*time.Hour))).Find("a")
	require.Equal(t, "Pinned", strings.TrimSpace(row.Find("#flags-7").Text()))
	_, muted := row.Attr("data-muted")
	require.False(t, muted, "the time has passed")

	e = entry(aiko, chat.InContact, 5)
	e.LastReadSeq, e.MarkedUnread = 5, true
	row = render(t, Row(ines, e, false, noon)).Find("a")
	require.Equal(t, "Aiko Nakamura marked as unread", accessibleName(row))
	require.True(t, row.HasClass("unread"))
	require.Equal(t, "last-7", row.AttrOr("aria-describedby", ""))
	e.LastReadSeq = 1
	require.Equal(t, "Aiko Nakamura 4 unread", accessibleName(render(t, Row(ines, e, false, noon)).Find("a")))
}

// The order of rows is one of numbers, which JavaScript compares exactly.
func TestPinnedRowsComeFirst(t *testing.T) {
	e := entry(aiko, chat.InContact, 1)
	e.Pinned, e.ShownAt = true, time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	latest := entry(aiko, chat.InContact, 1)
	latest.ShownAt = time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC)
	require.Len(t, sortKey(e), len(sortKey(latest)))
	require.Greater(t, sortKey(e), sortKey(latest))
	latest.Pinned = true
	require.Greater(t, sortKey(latest), sortKey(e))
	require.Less(t, latest.ShownAt.UnixMicro()+pinned, int64(1)<<53)
}

func TestRowMovesBetweenLists(t *testing.T) {
	e := entry(aiko, chat.InContact, 1)
	e.Archived = true
	require.Equal(t, []string{"delete #chats > #chat-7", "upsert #archived", "delete #request-7"}, targets(t, frame(t, EntryParts(ines, e, noon))))
	require.Equal(t, []string{"delete #chats > :is(#chat-7)", "upsert #archived"}, targets(t, frame(t, ManyEntries(ines, []chat.Entry{e}, noon))))
	e.Archived = false
	require.Equal(t, []string{"delete #archived > :is(#chat-7)", "upsert #chats"}, targets(t, frame(t, ManyEntries(ines, []chat.Entry{e}, noon))))
	gone := entry(aiko, chat.Stranger, 0)
	require.Equal(t, []string{"delete #chats > :is(#chat-7)", "delete #archived > :is(#chat-7)"}, targets(t, frame(t, ManyEntries(ines, []chat.Entry{gone}, noon))))
}

func TestShellListsArchivedApart(t *testing.T) {
	kept, away := entry(aiko, chat.InContact, 1), entry(devil, chat.InContact, 1)
	away.ConversationID, away.Archived = 8, true
	doc := render(t, shellOf(EmptyPane(), kept, away))
	require.Equal(t, 1, doc.Find("#chats > #chat-7").Length())
	require.Equal(t, 1, doc.Find("details#archived > #chat-8").Length())
	require.Equal(t, 2, doc.Find("#chats .row, #archived .row").Length())
}

func TestSideActs(t *testing.T) {
	labels := func(e chat.Entry) string {
		doc := render(t, sideActs(e, noon))
		return strings.Join(doc.Find("button").Map(func(_ int, b *goquery.Selection) string { return strings.TrimSpace(b.Text()) }), ", ")
	}
	e := entry(aiko, chat.InContact, 1)
	require.Equal(t, "Mute, For 1 hour, For 8 hours, Always, Pin, Archive, Mark as unread", labels(e))
	e.MutedUntil, e.Pinned, e.Archived = noon.Add(time.Hour), true, true
	require.Equal(t, "Unmute, Unpin, Unarchive, Mark as unread", labels(e))
	doc := render(t, sideActs(e, noon))
	require.Equal(t, "off", doc.Find("[action='/chats/aiko/pin'] [name=pinned]").AttrOr("value", ""))
	require.Equal(t, "off", doc.Find("[action='/chats/aiko/mute'] [name=for]").AttrOr("value", ""))
}
