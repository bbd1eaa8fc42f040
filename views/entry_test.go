package views

import (
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/stretchr/testify/require"

	"dchat/app/chat"
)

// accessibleName is what a screen reader calls a link: its content without what is hidden from it.
func accessibleName(s *goquery.Selection) string {
	s = s.Clone()
	s.Find("[aria-hidden=true]").Remove()
	return strings.Join(strings.Fields(s.Text()), " ")
}

// spoken is what a message says, its parts apart.
func spoken(s *goquery.Selection) string {
	return strings.Join(strings.Fields(strings.Join(s.Children().Map(func(_ int, c *goquery.Selection) string { return c.Text() }), " ")), " ")
}

func TestRowIsALinkNamedByThePerson(t *testing.T) {
	e := entry(aiko, chat.InContact, 5)
	e.LastReadSeq = 2
	row := render(t, Row(ines, e, true, noon)).Find("a")
	require.Equal(t, "chat-7", row.AttrOr("id", ""))
	require.Equal(t, "/chats/aiko", row.AttrOr("href", ""))
	require.Equal(t, "page", row.AttrOr("aria-current", ""))
	require.Equal(t, number(noon.UnixMicro()), row.AttrOr("data-at", ""))
	require.Equal(t, "Aiko Nakamura 3 unread", accessibleName(row))
	require.Equal(t, "3 unread", row.Find(".badge").Text())
	require.Equal(t, "3", row.Find(".badge").AttrOr("data-unread", ""))

	e.LastReadSeq = 5
	row = render(t, Row(ines, e, false, noon)).Find("a")
	require.Equal(t, "Aiko Nakamura", accessibleName(row))
	require.Zero(t, row.Find(".badge").Length())
	_, current := row.Attr("aria-current")
	require.False(t, current)
}

func TestLastLine(t *testing.T) {
	mine, theirs, deleted := entry(aiko, chat.InContact, 1), entry(aiko, chat.InContact, 1), entry(aiko, chat.Stranger, 1)
	mine.Last.SenderID = ines.ID
	deleted.Last.DeletedAt = noon
	require.Equal(t, "You: See you there", lastLine(ines, mine))
	require.Contains(t, render(t, Row(ines, mine, false, noon)).Find(".last").Text(), "You: See you there")
	require.Equal(t, "See you there", lastLine(ines, theirs))
	require.Equal(t, "Message deleted", lastLine(ines, deleted))
	require.Equal(t, "Request sent", lastLine(ines, entry(aiko, chat.Asked, 0)))
	require.Equal(t, "Say hello", lastLine(ines, entry(aiko, chat.InContact, 0)))
}

func TestRequestCardAnswers(t *testing.T) {
	card := render(t, RequestCard(ines, entry(aiko, chat.Asking, 0), noon)).Find("#request-7")
	require.Equal(t, "Aiko Nakamura", accessibleName(card.Find("a")))
	for action, label := range map[string]string{"accept": "Accept", "reject": "Reject", "block": "Block"} {
		form := card.Find(`form[method=post][action="/chats/aiko/` + action + `"]`)
		require.Equal(t, label, form.Find("button").Text())
		require.Equal(t, "none", form.AttrOr("hx-swap", ""))
	}
}

func TestShellLists(t *testing.T) {
	asking, deleted, asked := entry(devil, chat.Asking, 0), entry(aiko, chat.Stranger, 0), entry(ines.User, chat.Asked, 0)
	asking.ConversationID, deleted.ConversationID, asked.ConversationID = 1, 2, 3
	doc := render(t, shellOf(EmptyPane(), asking, deleted, asked))
	require.Equal(t, 1, doc.Find("#requests #request-1").Length())
	require.Equal(t, 1, doc.Find("#chats .row").Length())
	require.Equal(t, 1, doc.Find("#chats #chat-3").Length())
	live := doc.Find("#live")
	_, connects := live.Attr("hx-ws:connect")
	require.False(t, connects, "the script connects, once it can say where the page stands")
	require.Equal(t, "none", live.AttrOr("hx-swap", ""))
	require.Equal(t, "1", live.AttrOr("data-me", ""))
	require.Equal(t, "ab.1", doc.Find("#cursor").Text())
	require.Equal(t, "Profile", accessibleName(doc.Find(".brand a[href='/profile']")))
	require.Equal(t, "Search people", doc.Find("form[role=search][action='/search'] input[type=search][name=q]").AttrOr("aria-label", ""))
}

func TestResultActions(t *testing.T) {
	for standing, label := range map[chat.Standing]string{
		chat.Stranger: "Send chat request Block", chat.Asked: "Cancel request", chat.Asking: "Accept", chat.InContact: "Chat", chat.Blocked: "Blocked", chat.Deleted: "",
	} {
		row := render(t, Results(ines, "aiko", []chat.Entry{entry(aiko, standing, 0)})).Find("#result-8")
		require.Equal(t, label, strings.Join(strings.Fields(row.Find(".do").Text()), " "))
	}
	require.Contains(t, render(t, Results(ines, " zed ", nil)).Find("[role=status]").Text(), "“zed”")
	require.Zero(t, render(t, Results(ines, "  ", nil)).Find("section").Length())
}

func TestShellLinksEachPersonOnce(t *testing.T) {
	for _, standing := range standings {
		e := entry(aiko, standing, 0)
		doc := render(t, shellOf(Pane(ines, e, History{NewAfter: -1}), e))
		named := doc.Find("a").FilterFunction(func(_ int, s *goquery.Selection) bool {
			return strings.HasPrefix(accessibleName(s), "Aiko Nakamura")
		})
		require.Equal(t, 1, named.Length(), standing)
	}
}
