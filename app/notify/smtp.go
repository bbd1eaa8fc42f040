package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// timeout bounds connecting, with the handshake and authentication, and then again the email itself.
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
	err = client.DialAndSendWithContext(ctx, m)
	switch {
	case m.IsDelivered(): // the server has it, even if it then closed the connection
		return nil
	case refused(err):
		return hopeless{err}
	}
	return err
}

// refused reports whether the server will not take this email, now or later (550 and more: RFC 5321,
// 4.2.3). A server that takes no email from us at all (530, say) is another matter: its operator may repair that.
func refused(err error) bool {
	var e *gomail.SendError
	return errors.As(err, &e) && e.ErrorCode() >= 550 &&
		(e.Reason == gomail.ErrSMTPRcptTo || e.Reason == gomail.ErrSMTPData || e.Reason == gomail.ErrSMTPDataClose)
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
