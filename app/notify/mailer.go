package notify

import (
	"context"
	"fmt"
	"log/slog"
	"net/mail"
	"strings"
	"unicode"

	"dchat/app/address"
)

// Mailer sends emails from one address. It is safe for concurrent use.
type Mailer struct {
	from   *mail.Address
	smtp   *smtp // nil: emails go into the outbox
	outbox *outbox
}

// New makes a Mailer that sends through smtpURL (see ParseSMTPURL) or, when that is empty, writes each
// email into outboxDir, which it makes. From is an address such as "DChat <dchat@example.org>".
func New(smtpURL, from, outboxDir string, log *slog.Logger) (*Mailer, error) {
	sender, err := mail.ParseAddress(from)
	if err != nil {
		return nil, fmt.Errorf("the sender %q is not an e-mail address: %w", from, err)
	}
	if sender.Address, err = inASCII(sender.Address); err != nil {
		return nil, fmt.Errorf("the sender %q has no domain for e-mail: %w", from, err)
	}
	m := &Mailer{from: sender}
	if smtpURL == "" {
		m.outbox, err = newOutbox(outboxDir, log)
		return m, err
	}
	server, err := ParseSMTPURL(smtpURL)
	if err != nil {
		return nil, err
	}
	m.smtp = &smtp{server: server}
	return m, nil
}

// inASCII writes the domain of an address as every mail server reads it. Hosts of a local network are left
// as they are.
func inASCII(email string) (string, error) {
	at := strings.LastIndexByte(email, '@')
	if !strings.ContainsFunc(email[at:], func(r rune) bool { return r > unicode.MaxASCII }) {
		return email, nil
	}
	host, err := address.Domain(email[at+1:])
	return email[:at+1] + host, err
}

// Send delivers one email, or hands it to the mail server. It takes at most a minute; cancelling ctx ends
// an attempt to connect at once. IsHopeless reports whether its error is final.
func (m *Mailer) Send(ctx context.Context, e Email) error {
	msg, err := compose(m.from, e)
	if err != nil {
		return fmt.Errorf("mail: %w", redacted{hopeless{err}})
	}
	if m.smtp != nil {
		err = m.smtp.send(ctx, msg)
	} else {
		err = m.outbox.put(ctx, e, msg)
	}
	if err != nil {
		return fmt.Errorf("mail: %w", redacted{err})
	}
	return nil
}
