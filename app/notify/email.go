// Package notify delivers emails: by SMTP where a server is configured, else into a folder.
package notify

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"unicode"

	gomail "github.com/wneessen/go-mail"
)

// Email is one e-mail to one person. HTML may be empty.
type Email struct {
	To      string // one address, with or without a name
	Subject string
	Text    string
	HTML    string
	UserID  int64 // whom a log names in the place of the address
	// Key, if it is set, stays the same when the email is sent again because the server did not say whether it
	// got through: mailboxes show what has the same Message-ID once. It is of letters and digits.
	Key string
	// Unsubscribe, if it is set, is the URL whose POST ends such emails. Mail programs show a button for it.
	Unsubscribe string
}

// hopeless wraps an error that another attempt would not change.
type hopeless struct{ error }

func (h hopeless) Unwrap() error { return h.error }

// IsHopeless reports whether an error of Send is final: sending the email again would fail again.
func IsHopeless(err error) bool { return errors.As(err, &hopeless{}) }

// compose turns an email into a message. Neither header may hold a control character: a line break
// in one would begin a header of the writer's choice.
func compose(from *mail.Address, e Email) (*gomail.Msg, error) {
	if strings.ContainsFunc(e.To, unicode.IsControl) {
		return nil, fmt.Errorf("the recipient %q holds a control character", e.To)
	}
	if strings.ContainsFunc(e.Subject, unicode.IsControl) {
		return nil, fmt.Errorf("the subject %q holds a control character", e.Subject)
	}
	if strings.ContainsFunc(e.Unsubscribe, unicode.IsControl) {
		return nil, fmt.Errorf("the address to unsubscribe %q holds a control character", e.Unsubscribe)
	}
	to, err := mail.ParseAddress(e.To)
	if err != nil {
		return nil, fmt.Errorf("the recipient %q is not an e-mail address: %w", e.To, err)
	}
	if to.Address, err = inASCII(to.Address); err != nil {
		return nil, fmt.Errorf("the recipient has no domain for e-mail: %w", err)
	}
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	m.FromMailAddress(from)
	m.ToMailAddress(to)
	m.Subject(e.Subject)
	m.SetDate()
	m.SetMessageIDWithValue(cmp.Or(e.Key, rand.Text()) + from.Address[strings.LastIndexByte(from.Address, '@'):])
	// RFC 3834: keeps out-of-office answers away.
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	if e.Unsubscribe != "" {
		m.SetGenHeader("List-Unsubscribe", "<"+e.Unsubscribe+">")
		if strings.HasPrefix(e.Unsubscribe, "https://") { // RFC 8058, 3.1
			m.SetGenHeader("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
		}
	}
	m.SetBodyString(gomail.TypeTextPlain, e.Text)
	if e.HTML != "" {
		m.AddAlternativeString(gomail.TypeTextHTML, e.HTML)
	}
	return m, nil
}
