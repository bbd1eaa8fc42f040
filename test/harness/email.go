package harness

import (
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"dchat/db"

	"github.com/stretchr/testify/require"
)

// Email is a parsed email.
type Email struct {
	To, From, Subject string
	Text, HTML        string
	Links             []string // the addresses in Text, in order
	Raw               string
}

// Email waits for an email to an address whose subject contains a text, and removes it from the node's
// outbox. Case does not matter in either.
func (n *Node) Email(t *testing.T, to, subject string) *Email {
	t.Helper()
	var found *Email
	require.Eventually(t, func() bool {
		for _, file := range n.outbox(t) {
			if email := readEmailFile(t, file); email != nil && email.is(to, subject) {
				found = email
				return os.Remove(file) == nil
			}
		}
		return false
	}, patience, patience/500, "no email about %q to %s", subject, to)
	n.awaitSettled(t)
	return found
}

// awaitSettled waits until no email job is running: until then, a request for the same email is merged with
// the running job.
func (n *Node) awaitSettled(t *testing.T) {
	t.Helper()
	database, err := db.Open(t.Context(), n.backend.DSN())
	require.NoError(t, err)
	defer database.Close()
	require.Eventually(t, func() bool {
		var running int
		err := database.Read().QueryRowContext(t.Context(), "SELECT count(*) FROM river_job WHERE kind = 'letter' AND state = 'running'").Scan(&running)
		return err == nil && running == 0
	}, patience, patience/1000, "an email job does not end")
}

// Emails returns the emails in the node's outbox, oldest first.
func (n *Node) Emails(t *testing.T) (list []*Email) {
	t.Helper()
	for _, file := range n.outbox(t) {
		if email := readEmailFile(t, file); email != nil {
			list = append(list, email)
		}
	}
	return list
}

// Path returns the path of the email's first link with a prefix.
func (e *Email) Path(t *testing.T, prefix string) string {
	t.Helper()
	for _, link := range e.Links {
		if u, err := url.Parse(link); err == nil && strings.HasPrefix(u.Path, prefix) {
			return u.RequestURI()
		}
	}
	require.Fail(t, "the email has no such link", "%s in\n%s", prefix, e.Text)
	return ""
}

func (n *Node) outbox(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(n.config.DataDir, "outbox", "*.eml")) // their names begin with the time
	require.NoError(t, err)
	return files
}

func (e *Email) is(to, subject string) bool {
	return strings.EqualFold(e.To, to) && strings.Contains(strings.ToLower(e.Subject), strings.ToLower(subject))
}

// readEmailFile returns nil if another test removed the file.
func readEmailFile(t *testing.T, file string) *Email {
	t.Helper()
	text, err := os.ReadFile(file)
	if os.IsNotExist(err) {
		return nil
	}
	require.NoError(t, err)
	return ReadEmail(t, string(text))
}

var links = regexp.MustCompile(`https?://[^\s<>"]+`)

// ReadEmail parses an email in MIME format.
func ReadEmail(t *testing.T, raw string) *Email {
	t.Helper()
	message, err := mail.ReadMessage(strings.NewReader(raw))
	require.NoError(t, err, raw)
	to, err := message.Header.AddressList("To")
	require.NoError(t, err, raw)
	require.Len(t, to, 1, raw)
	subject, err := new(mime.WordDecoder).DecodeHeader(message.Header.Get("Subject"))
	require.NoError(t, err, raw)
	e := &Email{To: to[0].Address, From: message.Header.Get("From"), Subject: subject, Raw: raw}
	e.readPart(t, message.Header.Get("Content-Type"), message.Header.Get("Content-Transfer-Encoding"), message.Body)
	e.Links = links.FindAllString(e.Text, -1)
	return e
}

func (e *Email) readPart(t *testing.T, contentType, encoding string, body io.Reader) {
	t.Helper()
	kind, params, err := mime.ParseMediaType(contentType)
	require.NoError(t, err, e.Raw)
	if strings.HasPrefix(kind, "multipart/") {
		parts := multipart.NewReader(body, params["boundary"])
		for {
			part, err := parts.NextRawPart()
			if err == io.EOF {
				return
			}
			require.NoError(t, err, e.Raw)
			e.readPart(t, part.Header.Get("Content-Type"), part.Header.Get("Content-Transfer-Encoding"), part)
		}
	}
	if strings.EqualFold(encoding, "quoted-printable") {
		body = quotedprintable.NewReader(body)
	}
	text, err := io.ReadAll(body)
	require.NoError(t, err, e.Raw)
	switch kind {
	case "text/plain":
		e.Text = strings.ReplaceAll(string(text), "\r\n", "\n")
	case "text/html":
		e.HTML = string(text)
	default:
		require.Fail(t, "the email has a part of an unknown type", kind)
	}
}

// Secret returns the signing secret of the nodes.
func Secret() string { return secret }
