package notify

import (
	"testing"

	gosmtp "github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"
)

// Addresses in the responses of a mail server are not logged.
func TestErrorsHideAddresses(t *testing.T) {
	for _, said := range []string{
		"<zoe@example.org>: Recipient address rejected", "no mailbox zoe@example.org here", "unknown ZOE@EXAMPLE.ORG", "see https://mail.example/?to=zoe%40example.org",
		"user zoe+x@example.org, over quota", "zoe@xn--bcher-kva.example", "'zoe@example.org'",
	} {
		s := newSink(t, Plain)
		s.refuse = &gosmtp.SMTPError{Code: 550, EnhancedCode: gosmtp.EnhancedCode{5, 1, 1}, Message: said}
		err := s.mailer(t, "smtp://%s?tls=off").Send(t.Context(), email)
		require.True(t, IsHopeless(err))
		require.NotContains(t, err.Error(), "@", said)
		require.NotContains(t, err.Error(), "zoe", said)
		require.NotContains(t, err.Error(), "ZOE", said)
		require.Contains(t, err.Error(), "(address)")
	}
	require.Equal(t, "dial tcp 192.0.2.1:25: refused", Redact("dial tcp 192.0.2.1:25: refused"))
}
