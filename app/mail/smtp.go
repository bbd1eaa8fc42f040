package mail

import (
	"context"
	"crypto/tls"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// timeout bounds connecting, with the handshake and authentication, and then again the letter itself.
const timeout = 30 * time.Second

type smtp struct {
	server Server
	tls    *tls.Config // nil: the system's authorities
}

func (s *smtp) send(ctx context.Context, m *gomail.Msg) error {
	client, err := gomail.NewClient(s.server.Host, s.options()...)
	if err != nil {
		return err
	}
	return client.DialAndSendWithContext(ctx, m)
}

func (s *smtp) options() []gomail.Option {
	opts := []gomail.Option{gomail.WithPort(s.server.Port), gomail.WithTimeout(timeout)}
	switch s.server.Security {
	case STARTTLS:
		opts = append(opts, gomail.WithTLSPolicy(gomail.TLSMandatory))
	case TLS:
		opts = append(opts, gomail.WithSSL())
	case Plain:
		opts = append(opts, gomail.WithTLSPolicy(gomail.NoTLS))
	}
	if s.tls != nil {
		opts = append(opts, gomail.WithTLSConfig(s.tls))
	}
	if s.server.User != "" {
		opts = append(opts, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover),
			gomail.WithUsername(s.server.User), gomail.WithPassword(s.server.Password))
	}
	return opts
}
