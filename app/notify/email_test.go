package notify

import (
	"log/slog"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestHeadersCannotBeInjected(t *testing.T) {
	dir := t.TempDir()
	m, err := New("", "dchat@example.org", dir, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	good := Email{To: "zoe@example.org", Subject: "Hello", Text: "Hello"}
	require.NoError(t, m.Send(t.Context(), good), "premise: the email is fine as it is")
	require.NoError(t, os.RemoveAll(onlyFile(t, dir)))

	for _, end := range []string{"\r\nBcc: all@example.org", "\nBcc: all@example.org", "\rBcc: all@example.org", "\x00"} {
		bad := good
		bad.Subject += end
		require.ErrorContains(t, m.Send(t.Context(), bad), "control character")
		bad = good
		bad.To += end
		require.ErrorContains(t, m.Send(t.Context(), bad), "control character")
	}
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestAddressesAreChecked(t *testing.T) {
	for _, to := range []string{"", "zoe", "zoe@example.org, all@example.org", "zoe@"} {
		m, err := New("", "dchat@example.org", t.TempDir(), slog.New(slog.DiscardHandler))
		require.NoError(t, err)
		require.ErrorContains(t, m.Send(t.Context(), Email{To: to}), "is not an e-mail address", to)
	}
	_, err := New("", "nobody", t.TempDir(), slog.New(slog.DiscardHandler))
	require.ErrorContains(t, err, `the sender "nobody" is not an e-mail address`)
}
