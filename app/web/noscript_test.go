package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

// Everything but live updates works without JavaScript: by links and plain forms alone.
func TestWithoutJavaScript(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		n := b.Start(t)
		join := func(username string) *browser {
			p := n.Stranger()
			p.Username = username
			page := browse(t, p, "/")
			page.follow("Create an account")
			a := page.press("Sign up", "Email", username+"@example.org", "Username", username, "Password", harness.Password)
			require.Equal(t, http.StatusSeeOther, a.Status)
			require.Equal(t, "/", page.path)
			return page
		}
		anna, bert := join("anna"), join("bert")

		search := anna.doc.Find("[role=search]")
		require.Equal(t, "/search", search.AttrOr("action", ""))
		anna.open("/search?q=BERT")
		require.Equal(t, "BERT", anna.doc.Find("[type=search]").AttrOr("value", ""))
		anna.press("Send chat request")
		require.Equal(t, "/chats/bert", anna.path)
		require.True(t, anna.has("Request sent"), anna.text())
		anna.press("Cancel request")
		anna.press("Send chat request")

		bert.open("/")
		require.True(t, bert.has("anna"), bert.text())
		bert.press("Reject")
		anna.open("/chats/bert")
		anna.press("Send chat request")
		bert.open("/")
		bert.press("Accept")
		require.Equal(t, "/", bert.path, "one comes back to the page one was on")

		talk(t, anna, bert)
		part(t, anna, bert)

		anna.open("/profile")
		require.Equal(t, http.StatusSeeOther, anna.press("Sign out").Status)
		require.True(t, anna.has("Sign in"), anna.text())
		anna.open("/chats/bert")
		anna.press("Sign in", "Email or username", "ANNA@example.org", "Password", harness.Password)
		require.Equal(t, "/chats/bert", anna.path, "one goes on where one wanted to go")
	})
}

func talk(t *testing.T, anna, bert *browser) {
	t.Helper()
	anna.open("/chats/bert")
	key := anna.doc.Find("#composer [name=key]").AttrOr("value", "")
	require.Len(t, key, 36)
	require.Equal(t, http.StatusSeeOther, anna.press("Send", "Message", "hello Bert,\r\nhow are you?").Status)
	require.Equal(t, []string{"hello Bert,\nhow are you?"}, anna.messages())
	require.NotEqual(t, key, anna.doc.Find("#composer [name=key]").AttrOr("value", ""), "each form has a key of its own")
	for range 3 { // the browser's "send the form again?"
		a := anna.Post("/chats/bert/messages", url.Values{"body": {"hello Bert,\r\nhow are you?"}, "key": {key}}, false)
		require.Equal(t, http.StatusSeeOther, a.Status, a.Body)
	}
	a := anna.Post("/chats/bert/messages", url.Values{"body": {"something else"}, "key": {key}}, false)
	require.Equal(t, http.StatusUnprocessableEntity, a.Status)
	bert.open("/chats/anna")
	bert.press("Send", "Message", "fine")
	for i := range 60 {
		anna.press("Send", "Message", fmt.Sprint("number ", i))
	}

	bert.open("/")
	require.Equal(t, "60 unread", bert.doc.Find("#chats .badge").Text())
	bert.follow("anna")
	require.Len(t, bert.messages(), 62, "all that is new is shown")
	require.Equal(t, "fine", bert.doc.Find(".new").Prev().Find("p").Text(), "the divider stands after what was read")
	bert.open("/chats/anna")
	require.Equal(t, "60 unread", bert.doc.Find("#chats .badge").Text(), "looking is not yet reading")
	bert.press("Mark as read")
	require.Equal(t, "/chats/anna", bert.path)
	require.Zero(t, bert.doc.Find("#chats .badge").Length())

	require.Equal(t, "number 59", last(bert.messages()))
	require.Len(t, bert.messages(), 50)
	bert.follow("Earlier messages")
	require.Equal(t, "number 9", last(bert.messages()))
	require.Len(t, bert.messages(), 12)
	require.Zero(t, bert.doc.Find("a:contains('Earlier messages')").Length(), "this is the beginning")

	for body, why := range map[string]string{strings.Repeat("ä", 10_001): "at most 10,000", " \r\n ": "something first"} {
		bert.open("/chats/anna")
		a := bert.press("Send", "Message", body)
		require.Equal(t, http.StatusUnprocessableEntity, a.Status)
		require.Contains(t, bert.doc.Find("#composer [role=alert]").Text(), why)
		require.Equal(t, strings.ReplaceAll(body, "\r\n", "\n"), strings.ReplaceAll(bert.doc.Find("#composer textarea").Text(), "\r\n", "\n"), "what was typed is there again")
	}
	bert.press("Send", "Message", strings.Repeat("ä", 10_000))
	require.Equal(t, strings.Repeat("ä", 10_000), last(bert.messages()))
}

func part(t *testing.T, anna, bert *browser) {
	t.Helper()
	bert.open("/chats/anna")
	bert.follow("View profile")
	bert.press("Block")
	require.Equal(t, "/people/anna", bert.path)
	bert.open("/chats/anna")
	require.True(t, bert.has("anna is blocked"), bert.text())
	require.Len(t, bert.messages(), 50, "what was written stays readable")
	require.Zero(t, bert.doc.Find("#composer").Length())
	anna.open("/chats/bert")
	require.True(t, anna.has("You are no longer connected"), anna.text())
	require.Zero(t, anna.doc.Find("#composer").Length())

	bert.follow("Unblock on your profile")
	bert.press("Unblock")
	require.Equal(t, "/profile", bert.path)
	require.True(t, bert.has("You have blocked nobody"))
	anna.open("/chats/bert")
	anna.press("Send", "Message", "contacts again")
	require.Equal(t, "contacts again", last(anna.messages()))
	anna.press("Remove contact")
	require.True(t, anna.has("You are no longer connected"), anna.text())
}

func last(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[len(list)-1]
}

// Without a script, sending marks as read what the page showed, and not later messages.
func TestSendingMarksShownMessagesRead(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		n := b.Start(t)
		anna, bert := n.SignUp(t, "anna"), n.SignUp(t, "bert")
		harness.Connect(t, anna, bert)
		wrote(t, bert, "anna", "seen")
		page, elsewhere := browse(t, anna, "/chats/bert"), browse(t, anna, "/")
		badge := func() string {
			elsewhere.open("/")
			return elsewhere.doc.Find("#chats .badge").AttrOr("data-unread", "0")
		}
		require.Equal(t, "1", badge())
		page.press("Send", "Message", "an answer")
		require.Equal(t, "0", badge())
		wrote(t, bert, "anna", "unseen")
		wrote(t, bert, "anna", "unseen, too")
		page.press("Send", "Message", "another answer")
		require.Equal(t, "2", badge())
		page.press("Send", "Message", "having seen them")
		require.Equal(t, "0", badge())
		a := anna.Post("/chats/bert/messages", url.Values{"body": {"x"}, "read": {"-1"}}, true)
		require.Equal(t, http.StatusUnprocessableEntity, a.Status)
		wrote(t, bert, "anna", "unseen by a client that says nothing of it")
		wrote(t, anna, "bert", "an answer")
		require.Equal(t, "0", badge())
	})
}
