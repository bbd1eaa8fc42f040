package notify

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/emersion/go-sasl"
	gosmtp "github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"
)

func TestSMTPDelivers(t *testing.T) {
	for name, c := range map[string]struct {
		security Security
		url      string
	}{
		"STARTTLS": {STARTTLS, "smtp://user:secret@%s"},
		"TLS":      {TLS, "smtps://user:secret@%s"},
		"plain":    {Plain, "smtp://%s?tls=off"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSink(t, c.security)
			m := s.mailer(t, c.url)
			require.NoError(t, m.Send(t.Context(), email))

			got := s.received()
			require.Equal(t, "dchat@example.org", got.from)
			require.Equal(t, []string{"zoe@example.org"}, got.to)
			require.Equal(t, c.security != Plain, got.signedIn)
			checkEmail(t, got.data)
		})
	}
}

// Most mail servers take only ASCII.
func TestSMTPWritesDomainsInASCII(t *testing.T) {
	s := newSink(t, Plain)
	m, err := New(fmt.Sprintf("smtp://%s?tls=off", s.address), "DChat <dchat@dörfer.example>", "", slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	other := email
	other.To = "zoe@bücher.example"
	require.NoError(t, m.Send(t.Context(), other))
	got := s.received()
	require.Equal(t, "dchat@xn--drfer-jua.example", got.from)
	require.Equal(t, []string{"zoe@xn--bcher-kva.example"}, got.to)
	for _, c := range got.data {
		require.Less(t, c, byte(0x80))
	}
	other.To = "zoe@\u200b.example"
	require.True(t, IsHopeless(m.Send(t.Context(), other)))
	_, err = New("", "dchat@k\u200bkk.example", t.TempDir(), slog.New(slog.DiscardHandler))
	require.ErrorContains(t, err, "no domain for e-mail")
}

func TestSMTPSendsNothingWithoutTLS(t *testing.T) {
	s := newSink(t, Plain)
	err := s.mailer(t, "smtp://user:secret@%s").Send(t.Context(), email)
	require.ErrorContains(t, err, "STARTTLS")
	require.Zero(t, s.received())
}

func TestSMTPRefusesUnknownCertificates(t *testing.T) {
	s := newSink(t, TLS)
	m := s.mailer(t, "smtps://user:secret@%s")
	m.smtp.tls = nil
	require.ErrorContains(t, m.Send(t.Context(), email), "certificate")
	require.Zero(t, s.received())
}

func TestSMTPRefusals(t *testing.T) {
	s := newSink(t, STARTTLS)
	err := s.mailer(t, "smtp://user:wrong-one@%s").Send(t.Context(), email)
	require.ErrorContains(t, err, "Authentication failed")
	require.NotContains(t, err.Error(), "wrong-one")

	s.refuse = errors.New("mailbox full")
	err = s.mailer(t, "smtp://user:secret@%s").Send(t.Context(), email)
	require.ErrorContains(t, err, "mailbox full")
}

func TestSMTPClassifiesPermanentErrors(t *testing.T) {
	for _, c := range []struct {
		refuse   gosmtp.SMTPError
		hopeless bool
	}{
		{gosmtp.SMTPError{Code: 550, EnhancedCode: gosmtp.EnhancedCode{5, 1, 1}, Message: "no such mailbox"}, true},
		{gosmtp.SMTPError{Code: 450, EnhancedCode: gosmtp.EnhancedCode{4, 2, 1}, Message: "come back later"}, false},
		{gosmtp.SMTPError{Code: 530, EnhancedCode: gosmtp.EnhancedCode{5, 7, 0}, Message: "who are you"}, false},
	} {
		s := newSink(t, Plain)
		s.refuse = &c.refuse
		err := s.mailer(t, "smtp://%s?tls=off").Send(t.Context(), email)
		require.ErrorContains(t, err, c.refuse.Message)
		require.Equal(t, c.hopeless, IsHopeless(err), c.refuse.Message)
	}
	s := newSink(t, STARTTLS)
	err := s.mailer(t, "smtp://user:wrong-one@%s").Send(t.Context(), email)
	require.Error(t, err)
	require.False(t, IsHopeless(err), "passwords can be mended")
}

func TestSMTPEmailIsSentOnceAccepted(t *testing.T) {
	s := newSink(t, Plain)
	s.rude = true
	require.NoError(t, s.mailer(t, "smtp://%s?tls=off").Send(t.Context(), email))
	checkEmail(t, s.received().data)
}

func TestRetriedEmailKeepsMessageID(t *testing.T) {
	s := newSink(t, Plain)
	m := s.mailer(t, "smtp://%s?tls=off")
	keyed := email
	keyed.Key = "abc123"
	for range 2 {
		require.NoError(t, m.Send(t.Context(), keyed))
		require.Contains(t, string(s.received().data), "Message-ID: <abc123@example.org>")
	}
}

// sink is a mail server that keeps the last email it received.
type sink struct {
	address string
	tls     *tls.Config // what a client needs to trust it
	refuse  error
	rude    bool // closes the connection as soon as it has an email

	mu  sync.Mutex
	got received
}

type received struct {
	from     string
	to       []string
	data     []byte
	signedIn bool
}

func (s *sink) received() received {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.got
}

func newSink(t *testing.T, security Security) *sink {
	t.Helper()
	s := &sink{}
	server := gosmtp.NewServer(gosmtp.BackendFunc(func(c *gosmtp.Conn) (gosmtp.Session, error) { return session{s, c}, nil }))
	server.Domain = "sink"
	server.ErrorLog = log.New(io.Discard, "", 0)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s.address = l.Addr().String()

	certified := httptest.NewTLSServer(nil)
	certified.Close()
	trusted := x509.NewCertPool()
	trusted.AddCert(certified.Certificate())
	s.tls = &tls.Config{RootCAs: trusted, ServerName: "127.0.0.1", MinVersion: tls.VersionTLS12}
	config := &tls.Config{Certificates: certified.TLS.Certificates, MinVersion: tls.VersionTLS12}
	switch security {
	case STARTTLS:
		server.TLSConfig = config
	case TLS:
		l = tls.NewListener(l, config)
	}

	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(l) })
	t.Cleanup(func() {
		require.NoError(t, server.Close())
		serving.Wait()
	})
	return s
}

func (s *sink) mailer(t *testing.T, url string) *Mailer {
	t.Helper()
	m, err := New(fmt.Sprintf(url, s.address), "DChat <dchat@example.org>", "", slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	m.smtp.tls = s.tls
	return m
}

type session struct {
	*sink
	conn *gosmtp.Conn
}

func (s session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "user" || password != "secret" {
			return gosmtp.ErrAuthFailed
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.got.signedIn = true
		return nil
	}), nil
}

func (s session) Mail(from string, _ *gosmtp.MailOptions) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got.from = from
	return nil
}

func (s session) Rcpt(to string, _ *gosmtp.RcptOptions) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got.to = append(s.got.to, to)
	return s.refuse
}

func (s session) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got.data = data
	return err
}

func (s session) Reset() {
	if s.rude {
		_ = s.conn.Conn().Close()
	}
}

func (session) Logout() error { return nil }
