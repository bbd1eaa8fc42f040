package views

import (
	"dchat/app/account"
	"dchat/app/chat"
)

type passingExample struct {
	Presence
	other  *account.User
	typist string
}

// passings returns what may pass: online, last seen, typing, and nothing, of a person with a short name and of all others.
func (c examples) passings() []passingExample {
	someone := c.with(chat.InContact).Other
	list := []passingExample{
		{other: someone},
		{Presence{Online: true}, someone, ""},
		{Presence{SeenAt: c.now.Add(-day)}, someone, ""},
		{Presence{Online: true}, someone, someone.DisplayName},
	}
	for _, e := range c.all() {
		list = append(list, passingExample{Presence{Online: true}, e.Other, e.Other.DisplayName})
	}
	return list
}
