package browser

import (
	"testing"

	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

// strangers opens the pages of two people without a relation at each other.
func strangers(t *testing.T, s *harness.Server) (a, b *Page) {
	t.Helper()
	anna, bert := s.SignUp(t, "anna"), s.SignUp(t, "bert")
	a, b = enter(t, anna, s.URL, "/chats/bert"), enter(t, bert, s.URL, "/chats/anna")
	a.AwaitLive()
	b.AwaitLive()
	return a, b
}

func TestRequestsLive(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := strangers(t, &s.Server)

	a.Click("#pane", "button", "Send chat request")
	b.Find("#pane", "button", "Accept")
	b.Find("#requests", "button", "Accept")
	a.Click("#pane", "button", "Cancel request")
	b.AwaitAbsent("", "button", "Accept")
	b.Find("#pane", "button", "Send chat request")

	a.Click("#pane", "button", "Send chat request")
	b.Click("#pane", "button", "Reject")
	a.Find("#pane", "button", "Send chat request")
	b.Find("#pane", "button", "Send chat request")
	b.AwaitAbsent("#requests", "button", "Accept")

	a.Click("#pane", "button", "Send chat request")
	b.Click("#requests", "button", "Accept")
	a.Find("#pane", "textbox", "Message")
	b.Find("#pane", "textbox", "Message")
	a.Send("hello")
	b.AwaitTexts("hello")
	b.Send("hello too")
	a.AwaitTexts("hello", "hello too")
	b.AwaitAbsent("", "button", "Accept")
}

func TestSimultaneousRequests(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := strangers(t, &s.Server)
	for _, p := range []*Page{a, b} {
		p.HoldRequests("/request")
		p.Click("#pane", "button", "Send chat request")
		p.AwaitHeld()
	}
	a.Release()
	b.Release()
	a.Find("#pane", "textbox", "Message")
	b.Find("#pane", "textbox", "Message")
	a.Send("hello")
	b.AwaitTexts("hello")
}

func TestBlockingARequest(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := strangers(t, &s.Server)
	a.Click("#pane", "button", "Send chat request")
	b.Click("#requests", "button", "Block")
	b.Find("#pane", "link", "Unblock on your profile")
	b.AwaitAbsent("#requests", "button", "Block")
	a.Click("#pane", "button", "Cancel request")
	a.Click("#pane", "button", "Send chat request") // shown as sent, but never delivered
	a.Find("#pane", "button", "Cancel request")
	require.False(t, b.Has("#requests", "button", "Accept"))

	b.Click("#pane", "link", "Unblock on your profile")
	b.Click("#pane", "button", "Unblock")
	b.AwaitAbsent("#pane", "button", "Unblock")
	b.Find("#pane", "button", "Sign out")
	b.Search("anna")
	b.Click("#results", "button", "Send chat request")
}

func TestBlockingAContact(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	a.Send("hello")
	b.AwaitTexts("hello")
	tab := b.Tab()
	tab.Go("/profile")
	tab.AwaitLive()
	b.Show()
	b.Click("#pane", "button", "More")
	b.Click("#pane", "button", "Block")
	b.Find("#pane", "link", "Unblock on your profile")
	b.AwaitTexts("hello")
	a.AwaitAbsent("#pane", "textbox", "Message")
	a.AwaitTexts("hello")
	tab.Show()
	tab.Reload()
	tab.Click("#pane", "button", "Unblock")
	tab.AwaitAbsent("#pane", "button", "Unblock")
	a.Find("#pane", "textbox", "Message")
	b.Show()
	b.Find("#pane", "textbox", "Message")
	b.Send("again")
	a.AwaitTexts("hello", "again")
}

func TestRemovingAContact(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	a.Send("hello")
	b.AwaitTexts("hello")
	a.Write("typed")
	b.Click("#pane", "button", "More")
	b.Click("#pane", "button", "Remove contact")
	for _, p := range []*Page{a, b} {
		p.AwaitAbsent("#pane", "textbox", "Message")
		p.AwaitTexts("hello")
		p.Find("#pane", "button", "Send chat request")
	}
	b.Click("#pane", "button", "Send chat request")
	a.Click("#pane", "button", "Accept")
	a.Find("#pane", "textbox", "Message")
	b.Send("friends again")
	a.AwaitTexts("hello", "friends again")
}

// A catch-up does not change the text in the composer.
func TestComposedTextSurvivesCatchUp(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	for _, p := range []*Page{a, b} {
		p.Excuse(append(connectionErrors, "503 (Service Unavailable)")...)
	}
	a.Write("half a sent")
	for _, text := range numbered("news %d", 3) {
		b.Send(text)
	}
	a.AwaitText("news 3")
	a.Offline(true)
	b.Send("meanwhile")
	a.Offline(false)
	a.AwaitText("meanwhile")
	s.Restart()
	a.AwaitLive()
	b.AwaitLive()
	b.Send("after a restart")
	a.AwaitText("after a restart")
	require.Equal(t, "half a sent", a.Composed())
	a.Type("ence")
	require.Equal(t, "half a sentence", a.Composed())
}
