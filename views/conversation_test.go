package views

import (
	"testing"
	"time"

	"dchat/app/account"
	"dchat/app/chat"

	"github.com/stretchr/testify/require"
)

func TestPaneIsNamedAfterTheConversation(t *testing.T) {
	e := entry(aiko, chat.InContact, 4)
	e.LastReadSeq = 2
	h := History{Messages: []chat.Message{*message(2, 1, "a"), *message(3, 8, "b")}, More: true, NewAfter: 2}
	doc := render(t, Pane(ines, e, h))
	pane := doc.Find("main#pane")
	require.Equal(t, "8", pane.AttrOr("data-with", ""))
	require.Equal(t, "chat", pane.AttrOr("data-at", ""))
	log := pane.Find("#messages-7")
	for attr, want := range map[string]string{
		"role": "log", "aria-label": "Messages with Aiko Nakamura", "data-rev": "4", "data-read": "2",
	} {
		require.Equal(t, want, log.AttrOr(attr, ""), attr)
	}
	require.Equal(t, "older-7", log.Children().First().AttrOr("id", ""))
	require.Equal(t, "/chats/aiko/messages?before=2", log.Find("#older-7").AttrOr("hx-get", ""))
	require.Equal(t, "/chats/aiko?before=2", log.Find("#older-7 a").AttrOr("href", ""))
	require.Equal(t, "2.7", log.Find("#new-7").AttrOr("data-seq", ""))
	require.Equal(t, "Back to chats", pane.Find("a.back[href='/']").AttrOr("aria-label", ""))
}

func TestPaneWithoutConversationHasNoLog(t *testing.T) {
	e := entry(aiko, chat.Stranger, 0)
	e.ConversationID = 0
	require.Zero(t, render(t, Pane(ines, e, History{NewAfter: -1})).Find("[role=log]").Length())
}

func TestOlderAtFirstMessage(t *testing.T) {
	older := render(t, Older(aiko, 7, 0)).Find("#older-7")
	_, asks := older.Attr("hx-get")
	require.False(t, asks)
	require.Zero(t, older.Children().Length())
}

func TestRelationActions(t *testing.T) {
	for _, c := range []struct {
		standing chat.Standing
		seq      int64
		actions  []string
		says     string
	}{
		{chat.Stranger, 0, []string{"request"}, "once Aiko Nakamura accepts"},
		{chat.Stranger, 3, []string{"request"}, "no longer connected"},
		{chat.Asked, 0, []string{"cancel"}, "Request sent"},
		{chat.Asking, 0, []string{"accept", "reject", "block"}, "Aiko Nakamura wants to chat"},
		{chat.Blocked, 3, nil, "Aiko Nakamura is blocked"},
		{chat.InContact, 3, []string{"messages"}, ""},
	} {
		foot := render(t, Relation(ines, entry(aiko, c.standing, c.seq), Unsent{})).Find("#relation-8")
		require.Equal(t, string(c.standing), foot.AttrOr("data-state", ""))
		require.Equal(t, len(c.actions), foot.Find("form").Length(), c.standing)
		for _, action := range c.actions {
			require.Equal(t, 1, foot.Find(`form[method=post][action="/chats/aiko/`+action+`"] button:not([type=button])`).Length(), action)
		}
		require.Contains(t, foot.Text(), c.says)
	}
}

func TestComposer(t *testing.T) {
	form := render(t, Composer(ines, entry(aiko, chat.InContact, 0), "a-key", Unsent{Body: "</textarea><b>", Why: "Too fast."})).Find("form#composer")
	require.Equal(t, "/chats/aiko/messages", form.AttrOr("action", ""))
	require.Equal(t, "7", form.AttrOr("data-conversation", ""))
	require.Equal(t, "a-key", form.Find("input[name=key]").AttrOr("value", ""))
	box := form.Find("textarea[name=body]")
	require.Equal(t, "Message", box.AttrOr("aria-label", ""))
	require.Equal(t, "Message Aiko", box.AttrOr("placeholder", ""))
	require.Equal(t, "10000", box.AttrOr("data-max", ""))
	require.Equal(t, "</textarea><b>", box.Text())
	require.Contains(t, form.Find("[role=alert]").Text(), "Too fast.")
	require.Equal(t, "Send", form.Find("button:not([type=button])").AttrOr("aria-label", ""))
}

func TestMessageRow(t *testing.T) {
	m := message(3, ines.ID, "hello")
	row := render(t, MessageRow(ines, aiko, m)).Find("article")
	require.Equal(t, id("message", m.ID()), row.AttrOr("id", ""))
	require.Equal(t, "msg mine", row.AttrOr("class", ""))
	require.Equal(t, "3", row.AttrOr("data-seq", ""))
	require.Equal(t, "4", row.AttrOr("data-rev", ""))
	require.Equal(t, m.Key.String(), row.AttrOr("data-key", ""))
	require.Equal(t, "You: hello 12:00 Sent", spoken(row))
	require.Equal(t, "2026-11-23T12:00:00Z", row.Find("time").AttrOr("datetime", ""))

	m.SenderID = aiko.ID
	row = render(t, MessageRow(ines, aiko, m)).Find("article")
	require.Equal(t, "msg", row.AttrOr("class", ""))
	_, keyed := row.Attr("data-key")
	require.False(t, keyed)
	require.Equal(t, "Aiko Nakamura: hello 12:00", spoken(row))
}

func TestDeletedMessageHidesBody(t *testing.T) {
	m := message(3, aiko.ID, "regrettable")
	m.DeletedAt = noon
	row := render(t, MessageRow(ines, aiko, m)).Find("article")
	require.Contains(t, row.Text(), "Message deleted")
	require.NotContains(t, row.Text(), "regrettable")
}

func TestDayHeading(t *testing.T) {
	m := message(3, aiko.ID, "morning")
	require.Zero(t, render(t, MessageRow(ines, aiko, m)).Find(".day").Length())
	m.PrevAt = noon.Add(-13 * time.Hour)
	day := render(t, MessageRow(ines, aiko, m)).Find(".day")
	require.Equal(t, id("day", m.ID()), day.AttrOr("id", ""))
	require.Equal(t, "2.5", day.AttrOr("data-seq", ""))
	require.Equal(t, "2026-11-23", day.Find("time").AttrOr("datetime", ""))

	tokyo := viewerOf(&account.User{ID: 1, Zone: "Asia/Tokyo"}) // where it is 21:00, and was 08:00
	require.Zero(t, render(t, MessageRow(tokyo, aiko, m)).Find(".day").Length())
}
