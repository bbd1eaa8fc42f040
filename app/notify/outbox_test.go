package notify

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var email = Email{
	To:      "Zoë <zoe@example.org>",
	Subject: "Größe zählt: please confirm",
	Text:    "Hello Zoë,\n\nopen http://127.0.0.1:8080/email/confirm/abc-_1?a=1&b=2 and be done.\n",
	HTML: `<p>Hello <a href="http://127.0.0.1:8080/email/confirm/abc-_1?a=1&amp;b=2">Zoë</a>,` +
		` see <a href='https://example.org/help'>help</a></p>`,
}

func TestOutboxHoldsTheEmailAndLogsItsLinks(t *testing.T) {
	var log bytes.Buffer
	dir := filepath.Join(t.TempDir(), "data", "outbox")
	m, err := New("", "DChat <dchat@example.org>", dir, slog.New(slog.NewJSONHandler(&log, nil)))
	require.NoError(t, err)
	require.NoError(t, m.Send(t.Context(), email))

	file := onlyFile(t, dir)
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	checkEmail(t, raw)

	var line struct {
		Level, Subject, File string
		User                 int64
		Links                []string
	}
	require.NoError(t, json.Unmarshal(log.Bytes(), &line))
	require.Equal(t, "INFO", line.Level)
	require.Equal(t, email.UserID, line.User)
	require.NotContains(t, log.String(), "@", "an address stands in the log")
	require.Equal(t, email.Subject, line.Subject)
	require.Equal(t, filepath.ToSlash(file), line.File)
	require.Equal(t, []string{
		"http://127.0.0.1:8080/email/confirm/abc-_1?a=1&b=2",
		"https://example.org/help",
	}, line.Links)
}

func TestOutboxIsPrivate(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such permissions")
	}
	dir := filepath.Join(t.TempDir(), "outbox")
	m, err := New("", "dchat@example.org", dir, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	require.NoError(t, m.Send(t.Context(), email))

	for path, want := range map[string]os.FileMode{dir: 0o700, onlyFile(t, dir): 0o600} {
		info, err := os.Stat(path)
		require.NoError(t, err)
		require.Equal(t, want, info.Mode().Perm(), path)
	}
}

func onlyFile(t *testing.T, dir string) string {
	t.Helper()
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, files, 1)
	require.Equal(t, ".eml", filepath.Ext(files[0].Name()))
	return filepath.Join(dir, files[0].Name())
}

// checkEmail reads what was delivered as a stranger would and compares it with the email.
func checkEmail(t *testing.T, raw []byte) {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	require.NoError(t, err)
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	require.NoError(t, err)
	require.Equal(t, email.Subject, subject)
	to, err := m.Header.AddressList("To")
	require.NoError(t, err)
	require.Equal(t, []*mail.Address{{Name: "Zoë", Address: "zoe@example.org"}}, to)
	require.Regexp(t, `^<\w+@example\.org>$`, m.Header.Get("Message-ID"))
	_, err = m.Header.Date()
	require.NoError(t, err)

	require.Equal(t, []string{email.Text, email.HTML}, parts(t, m))
}

// parts are the bodies of a multipart/alternative email, in its order.
func parts(t *testing.T, m *mail.Message) (bodies []string) {
	t.Helper()
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	require.NoError(t, err)
	require.Equal(t, "multipart/alternative", kind)
	for r := multipart.NewReader(m.Body, params["boundary"]); ; {
		part, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return bodies
		}
		require.NoError(t, err)
		require.Equal(t, "quoted-printable", part.Header.Get("Content-Transfer-Encoding"))
		body, err := io.ReadAll(quotedprintable.NewReader(part))
		require.NoError(t, err)
		bodies = append(bodies, strings.ReplaceAll(string(body), "\r\n", "\n"))
	}
}
