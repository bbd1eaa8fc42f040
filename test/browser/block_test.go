package browser

import (
	"testing"

	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

// looks returns how a page shows a person: the row in the list, the header and footer of the open pane, without
// names and times.
const looks = `name => [...document.querySelectorAll('#chats a[href="/chats/' + name + '"], #pane > header, #pane > footer')]
  .map(e => e.outerHTML.replaceAll(name, '').replace(/>\s*[A-Z]{2}\s*</g, '><').replace(/\d+/g, '').replaceAll('><', '>\n<')).join('\n')`

func TestBlockInOpenConversation(t *testing.T) {
	t.Parallel()
	onNodes(t, func(t *testing.T, one, two *harness.Node) {
		anna, bert, carl := trio(t, &one.Server)
		postMessage(t, bert, anna, "hello")
		postMessage(t, carl, anna, "hello")
		postMessage(t, anna, carl, "how are you?")
		a, b := enter(t, anna, one.URL, "/chats/bert"), enter(t, bert, two.URL, "/chats/anna")
		profile := b.Tab()
		profile.Go("/profile")
		removed := a.Tab()
		removed.Go("/chats/carl")
		for _, p := range []*Page{a, b, profile, removed} {
			p.AwaitLive()
		}
		a.Show()
		b.Show()
		a.Send("how are you?")
		b.AwaitTexts("hello", "how are you?")
		a.Write("half a sent")

		b.Click("#pane", "button", "More")
		b.Click("#menu", "button", "Block")
		b.Await("the block is shown", `() => document.querySelector('#pane > footer').innerText.startsWith('anna is blocked.')`)
		b.Find("#pane", "link", "Unblock on your profile")
		b.AwaitAbsent("#pane", "textbox", "Message")
		b.AwaitTexts("hello", "how are you?")
		profile.Show()
		profile.Find("#blocked", "button", "Unblock")
		require.NotContains(t, profile.text(), "You have blocked nobody.")

		a.AwaitAbsent("#pane", "textbox", "Message")
		a.Find("#pane", "button", "Send chat request")
		a.AwaitTexts("hello", "how are you?")
		require.NotContains(t, a.text(), "block")
		require.Less(t, carl.Post("/chats/anna/remove", nil, false).Status, 400)
		removed.Show()
		removed.Find("#pane", "button", "Send chat request")
		require.Equal(t, ask[string](removed, looks, "carl"), ask[string](a, looks, "bert"), "a block looks like a removal")

		profile.Click("#blocked", "button", "Unblock")
		profile.AwaitAbsent("#blocked", "button", "Unblock")
		require.Contains(t, profile.text(), "You have blocked nobody.")
		a.Show()
		b.Show()
		for _, p := range []*Page{a, b} {
			p.Find("#pane", "textbox", "Message")
			p.AwaitTexts("hello", "how are you?")
		}
		a.Send("back again")
		b.AwaitTexts("hello", "how are you?", "back again")
		b.Send("welcome")
		a.AwaitTexts("hello", "how are you?", "back again", "welcome")
	})
}

// Blocking works wherever a person is shown; the blocked person then appears on the profile page.
func TestBlockingFromEverywhere(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	bert := s.SignUp(t, "bert")
	for _, name := range []string{"asking", "found", "looked-at"} {
		s.SignUp(t, name)
	}
	require.Less(t, s.SignIn(t, "asking").Post("/chats/bert/request", nil, false).Status, 400)
	b := enter(t, bert, s.URL, "/")
	profile := b.Tab()
	profile.Go("/profile")
	b.AwaitLive()
	profile.AwaitLive()
	awaitBlocked := func(names ...string) {
		t.Helper()
		profile.Await("blocked people", `names => [...document.querySelectorAll('#blocked .name')].map(n => n.textContent).sort().join() === names.join()`, names)
	}

	b.Show()
	b.Click("#requests", "button", "Block")
	b.AwaitAbsent("#requests", "button", "*")
	awaitBlocked("asking")
	b.Search("found")
	b.Click("#results", "button", "Block")
	b.Find("#results", "StaticText", "Blocked")
	b.AwaitAbsent("#results", "button", "*")
	awaitBlocked("asking", "found")
	b.Go("/people/looked-at")
	b.Click("#pane", "button", "Block")
	b.Find("#pane", "link", "Unblock on your profile")
	b.AwaitAbsent("#pane", "button", "Send chat request")
	awaitBlocked("asking", "found", "looked-at")

	profile.Show()
	for i, name := range []string{"asking", "found", "looked-at"} {
		profile.Click("#blocked li:has([action='/chats/"+name+"/unblock'])", "button", "Unblock")
		awaitBlocked([]string{"asking", "found", "looked-at"}[i+1:]...)
	}
	b.Show()
	b.Find("#pane", "button", "Send chat request")
}
