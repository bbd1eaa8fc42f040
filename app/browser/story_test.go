package browser

import (
	"testing"

	"dchat/app/apptest"
)

func TestTwoPeopleMeetAndTalk(t *testing.T) {
	b := apptest.SQLite(t)
	s := b.Exec(t)
	anna, bert := open(t, "anna", s.URL), open(t, "bert", s.URL)
	anna.SignUp()
	bert.SignUp()
	anna.Search("ber")
	anna.Click("#results", "button", "Send chat request")
	bert.Click("#requests", "button", "Accept")
	anna.OpenChat("bert")
	anna.Send("hello bert")
	bert.AwaitUnread("anna", 1)
	bert.AwaitTitle("(1) DChat")
	bert.OpenChat("anna")
	bert.AwaitTexts("hello bert")
	bert.Send("hello anna")
	anna.AwaitTexts("hello bert", "hello anna")
}
