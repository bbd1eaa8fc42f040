// Package mail delivers letters: by SMTP where a server is configured, else into a folder.
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

// Letter is one e-mail to one person. HTML may be empty.
type Letter struct {
	To      string // one address, with or without a name
	Subject string
	Text    string
	HTML    string
	UserID  int64 // whom a log names in the place of the address
	// Key, if it is set, stays the same when the letter is sent again because nobody knows whether it
	// got through: mailboxes show what has the same Message-ID once. It is of letters and digits.
	Key string
}

// hopeless is why a letter will never arrive, however often it is sent.
type hopeless struct{ error }

func (h hopeless) Unwrap() error { return h.error }

// IsHopeless reports of an error of Send whether sending the letter again would be in vain.
func IsHopeless(err error) bool { return errors.As(err, &hopeless{}) }

// compose turns a letter into a message. Neither header may hold a control character: a line break
// in one would begin a header of the writer's choice.
func compose(from *mail.Address, l Letter) (*gomail.Msg, error) {
	if strings.ContainsFunc(l.To, unicode.IsControl) {
		return nil, fmt.Errorf("the recipient %q holds a control character", l.To)
	}
	if strings.ContainsFunc(l.Subject, unicode.IsControl) {
		return nil, fmt.Errorf("the subject %q holds a control character", l.Subject)
	}
	to, err := mail.ParseAddress(l.To)
	if err != nil {
		return nil, fmt.Errorf("the recipient %q is not an e-mail address: %w", l.To, err)
	}
	if to.Address, err = inASCII(to.Address); err != nil {
		return nil, fmt.Errorf("the recipient has no domain for e-mail: %w", err)
	}
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	m.FromMailAddress(from)
	m.ToMailAddress(to)
	m.Subject(l.Subject)
	m.SetDate()
	m.SetMessageIDWithValue(cmp.Or(l.Key, rand.Text()) + from.Address[strings.LastIndexByte(from.Address, '@'):])
	// RFC 3834: keeps out-of-office answers away.
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	m.SetBodyString(gomail.TypeTextPlain, l.Text)
	if l.HTML != "" {
		m.AddAlternativeString(gomail.TypeTextHTML, l.HTML)
	}
	return m, nil
}
