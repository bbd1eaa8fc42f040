package views

import (
	"fmt"
	"strings"
	"time"

	"dchat/app/account"
	"dchat/app/chat"
)

// digestListed is the most people that a digest names.
const digestListed = 10

// NewDigest returns the content of an email about unread messages. It names people and numbers, and holds no text of a
// message: mail is not encrypted on its way.
func NewDigest(d *chat.Digest, baseURL string) Email {
	var total int64
	for i := range d.Entries {
		total += d.Entries[i].Unread()
	}
	messages := countOf(total, "unread message")
	return Email{
		Subject:  fmt.Sprintf("%s from %s", messages, senders(d.Entries)),
		Preview:  "Open DChat to read and answer.",
		Greeting: "Hello " + firstName(d.User) + ",",
		Before:   []string{fmt.Sprintf("You have %s:", messages), digestLines(d.Entries)},
		Label:    "Open DChat",
		URL:      baseURL + "/",
		Foot:     "You get this email because you chose so in your settings.",
		Home:     baseURL,
		Stop:     baseURL + "/email/unsubscribe/" + d.Token,
	}
}

// ExampleDigest returns an example for developers.
func ExampleDigest(baseURL string) Email {
	entries := newExamples(nil, time.Now()).rows()[1:]
	return NewDigest(&chat.Digest{User: &account.User{DisplayName: "Ines Moreau"}, Entries: entries, Token: "example"}, baseURL)
}

// countOf writes a number with its noun.
func countOf(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return number(n) + " " + noun + "s"
}

// senders names the first sender and counts the others. The subject is one line, whatever a name holds.
func senders(entries []chat.Entry) string {
	first := strings.Join(strings.Fields(entries[0].Other.DisplayName), " ")
	switch more := len(entries) - 1; more {
	case 0:
		return first
	case 1:
		return first + " and 1 other"
	default:
		return fmt.Sprintf("%s and %d others", first, more)
	}
}

func digestLines(entries []chat.Entry) string {
	var lines []string
	for i := range entries {
		if i == digestListed {
			lines = append(lines, fmt.Sprintf("and %d more", len(entries)-i))
			break
		}
		lines = append(lines, fmt.Sprintf("%s (%d)", entries[i].Other.DisplayName, entries[i].Unread()))
	}
	return strings.Join(lines, ", ") + "."
}
