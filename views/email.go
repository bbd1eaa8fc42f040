package views

import (
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"dchat/app/account"
)

// Email is the content of an email, in its order. Text renders it as plain text, EmailPage as HTML.
type Email struct {
	Subject  string
	Preview  string // the text that mailboxes show beside the subject
	Greeting string
	Before   []string // sentences before the link
	Label    string   // of the link
	URL      string   // "" if there is no link
	After    []string // sentences after the link
	Foot     string   // for a recipient who did not cause the email
	Home     string   // the base URL
	Stop     string   // the URL that ends such emails, "" if the recipient has to get them
}

// NewEmail returns the content of an email. baseURL is the address of this server, like https://chat.example.org.
// It panics if there is no email of that name.
func NewEmail(l *account.Email, baseURL string) Email {
	write := map[string]func(*account.Email) Email{
		account.EmailVerify:          verifyEmail,
		account.EmailKnown:           knownEmail,
		account.EmailReset:           resetEmail,
		account.EmailPasswordChanged: passwordChangedEmail,
		account.EmailConfirm:         confirmEmail,
		account.EmailChangeRequested: changeRequestedEmail,
		account.EmailChanged:         changedEmail,
		account.EmailDeleted:         deletedEmail,
		account.EmailExport:          exportEmail,
	}[l.Name]
	if write == nil {
		panic("there is no email " + l.Name)
	}
	email := write(l)
	email.Home = baseURL
	if l.Path != "" {
		email.URL = l.Path
	}
	if email.URL != "" {
		email.URL = baseURL + email.URL
	}
	return email
}

// Emails to an address that is not confirmed contain the username only: a display name could hold a whole sentence
// for a stranger.

func verifyEmail(l *account.Email) Email {
	return Email{
		Subject:  "Confirm your e-mail address",
		Preview:  "One click, and you can start chatting.",
		Greeting: "Welcome, " + l.User.Username + "!",
		Before:   []string{"Please confirm that this is your e-mail address. Then you can start chatting."},
		Label:    "Confirm address",
		After:    []string{"The link works for " + span(account.VerifyLife) + "."},
		Foot:     "You have not signed up? Then someone mistyped their address. Just leave this email alone.",
	}
}

func knownEmail(l *account.Email) Email {
	return Email{
		Subject:  "You have an account already",
		Preview:  "Someone asked for an account with your address. You have one.",
		Greeting: hello(l),
		Before: []string{
			"Someone, probably you, wanted to use this address for an account. It belongs to your account " + l.User.Username + " already, so nothing has changed.",
			"You can simply sign in. If you have forgotten your password, you can choose a new one there.",
		},
		Label: "Sign in",
		Foot:  "It was not you? Then you need not do anything.",
	}
}

func resetEmail(l *account.Email) Email {
	return Email{
		Subject:  "Choose a new password",
		Preview:  "The link works once, for " + span(account.ResetLife) + ".",
		Greeting: hello(l),
		Before:   []string{"Someone, probably you, asked for a new password for your account " + l.User.Username + "."},
		Label:    "Choose a new password",
		After:    []string{"The link works once, for " + span(account.ResetLife) + ". With the new password you will have to sign in again everywhere."},
		Foot:     "It was not you? Then leave this email alone. Your password stays as it is.",
	}
}

func passwordChangedEmail(l *account.Email) Email {
	return Email{
		Subject:  "Your password was changed",
		Preview:  "If it was you, all is well.",
		Greeting: hello(l),
		Before: []string{
			"The password of your account " + l.User.Username + " was changed. Other devices on which you were signed in have been signed out.",
			"If it was you, all is well. If it was not, someone has got into your account: choose a new password at once.",
		},
		Label: "Choose a new password",
		URL:   "/password/forgot",
	}
}

func confirmEmail(l *account.Email) Email {
	return Email{
		Subject:  "Confirm your new e-mail address",
		Preview:  "Until then the old one stays.",
		Greeting: "Hello " + l.User.Username + ",",
		Before:   []string{"Please confirm that this is the new e-mail address of your account. Until then the old one stays."},
		Label:    "Confirm address",
		After:    []string{"The link works for " + span(account.EmailLife) + "."},
		Foot:     "You have not asked for this? Then someone mistyped their address. Just leave this email alone.",
	}
}

func changeRequestedEmail(l *account.Email) Email {
	to := ""
	if l.User.NewEmail != "" {
		to = " to " + l.User.NewEmail
	}
	return Email{
		Subject:  "Your e-mail address is about to change",
		Preview:  "If it was you, all is well.",
		Greeting: hello(l),
		Before: []string{
			"Someone, probably you, asked to change the e-mail address of your account " + l.User.Username + to + ". It changes as soon as that address is confirmed.",
			"If it was you, all is well. If it was not, someone knows your password: keep your address in the settings, and change your password there.",
		},
		Label: "Open the settings",
		URL:   "/settings",
	}
}

func changedEmail(l *account.Email) Email {
	return Email{
		Subject:  "Your e-mail address was changed",
		Preview:  "Emails go to the new address from now on.",
		Greeting: hello(l),
		Before: []string{
			"The e-mail address of your account " + l.User.Username + " is now " + l.User.Email + ". This is the last email to this one.",
			"If it was you, all is well. If it was not, someone knows your password: sign in, change your password and your address, and sign out all other devices.",
		},
		Label: "Open the settings",
		URL:   "/settings",
	}
}

func deletedEmail(l *account.Email) Email {
	return Email{
		Subject:  "Your account was deleted",
		Preview:  "Goodbye, and thank you for having been here.",
		Greeting: hello(l),
		Before: []string{
			"Your account " + l.User.Username + " was deleted, with your profile, your contacts, and this address. What you wrote stays with those you wrote it to, without your name.",
			"It cannot be brought back. This is the last email. Goodbye, and thank you for having been here.",
		},
		Foot: "It was not you? Then please contact the administrator of this server.",
	}
}

func exportEmail(l *account.Email) Email {
	return Email{
		Subject:  "The copy of your data is ready",
		Preview:  "You can fetch it from your settings.",
		Greeting: hello(l),
		Before:   []string{"The copy of your data that you asked for is ready. You can fetch it from your settings."},
		Label:    "Open the settings",
		After:    []string{"It stays there for " + span(account.ExportLife) + "."},
		Foot:     "You have not asked for it? Then someone has got into your account: change your password, and sign out all other devices.",
	}
}

func hello(l *account.Email) string { return "Hello " + firstName(l.User) + "," }

// span formats a duration in whole days or hours.
func span(d time.Duration) string {
	n, unit := int(d/time.Hour), "hour"
	if n%24 == 0 {
		n, unit = n/24, "day"
	}
	if n != 1 {
		unit += "s"
	}
	return fmt.Sprintf("%d %s", n, unit)
}

// imprint names the sender.
func (l Email) imprint() string {
	host := l.Home
	if u, err := url.Parse(l.Home); err == nil {
		host = u.Host
	}
	return "DChat at " + host + " sent this email. Replies to it are not read."
}

// stopLabel is the text of the link that ends such emails.
const stopLabel = "No more of these emails"

// textWidth is the longest line of an email's plain text, in characters. A link is never wrapped.
const textWidth = 72

// Text renders the email as plain text, with lines of at most textWidth characters.
func (l Email) Text() string {
	blocks := append([]string{l.Greeting}, l.Before...)
	if l.URL != "" {
		blocks = append(blocks, l.Label+":\n"+l.URL)
	}
	blocks = append(blocks, l.After...)
	if l.Foot != "" {
		blocks = append(blocks, l.Foot)
	}
	if l.Stop != "" {
		blocks = append(blocks, stopLabel+":\n"+l.Stop)
	}
	for i, block := range blocks {
		if !strings.Contains(block, "\n") {
			blocks[i] = wrap(block)
		}
	}
	return strings.Join(append(blocks, "-- \n"+wrap(l.imprint())), "\n\n") + "\n"
}

func wrap(text string) string {
	var b strings.Builder
	column := 0
	for i, word := range strings.Fields(text) {
		width := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case column+1+width > textWidth:
			b.WriteByte('\n')
			column = 0
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += width
	}
	return b.String()
}
