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

// Letter is an e-mail as its reader sees it.
type Letter struct {
	To, From, Subject string
	Text, HTML        string
	Links             []string // the addresses in Text, in order
	Raw               string
}

// Letter takes the next letter to an address out of the node's outbox, once one is there whose subject
// contains some words. Upper and lower case are the same, in both.
func (n *Node) Letter(t *testing.T, to, subject string) *Letter {
	t.Helper()
	var found *Letter
	require.Eventually(t, func() bool {
		for _, file := range n.outbox(t) {
			if letter := readLetterFile(t, file); letter != nil && letter.is(to, subject) {
				found = letter
				return os.Remove(file) == nil
			}
		}
		return false
	}, patience, patience/500, "no letter about %q to %s", subject, to)
	n.awaitSettled(t)
	return found
}

// awaitSettled waits until what was sent is written down as sent: until then, asking for the same letter
// once more asks for this one.
func (n *Node) awaitSettled(t *testing.T) {
	t.Helper()
	database, err := db.Open(t.Context(), n.backend.DSN())
	require.NoError(t, err)
	defer database.Close()
	require.Eventually(t, func() bool {
		var running int
		err := database.Read().QueryRowContext(t.Context(), "SELECT count(*) FROM river_job WHERE kind = 'letter' AND state = 'running'").Scan(&running)
		return err == nil && running == 0
	}, patience, patience/1000, "a letter is being sent for ever")
}

// Letters are all that lie in the node's outbox now and were not taken out of it, the oldest first.
func (n *Node) Letters(t *testing.T) (list []*Letter) {
	t.Helper()
	for _, file := range n.outbox(t) {
		if letter := readLetterFile(t, file); letter != nil {
			list = append(list, letter)
		}
	}
	return list
}

// Path is the path of the letter's first link below a prefix.
func (l *Letter) Path(t *testing.T, prefix string) string {
	t.Helper()
	for _, link := range l.Links {
		if u, err := url.Parse(link); err == nil && strings.HasPrefix(u.Path, prefix) {
			return u.RequestURI()
		}
	}
	require.Fail(t, "the letter has no such link", "%s in\n%s", prefix, l.Text)
	return ""
}

func (n *Node) outbox(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(n.config.DataDir, "outbox", "*.eml")) // their names begin with the time
	require.NoError(t, err)
	return files
}

func (l *Letter) is(to, subject string) bool {
	return strings.EqualFold(l.To, to) && strings.Contains(strings.ToLower(l.Subject), strings.ToLower(subject))
}

// readLetterFile returns nil if another test took the file.
func readLetterFile(t *testing.T, file string) *Letter {
	t.Helper()
	text, err := os.ReadFile(file)
	if os.IsNotExist(err) {
		return nil
	}
	require.NoError(t, err)
	return ReadLetter(t, string(text))
}

var links = regexp.MustCompile(`https?://[^\s<>"]+`)

// ReadLetter reads a letter as it goes over the wire.
func ReadLetter(t *testing.T, raw string) *Letter {
	t.Helper()
	message, err := mail.ReadMessage(strings.NewReader(raw))
	require.NoError(t, err, raw)
	to, err := message.Header.AddressList("To")
	require.NoError(t, err, raw)
	require.Len(t, to, 1, raw)
	subject, err := new(mime.WordDecoder).DecodeHeader(message.Header.Get("Subject"))
	require.NoError(t, err, raw)
	l := &Letter{To: to[0].Address, From: message.Header.Get("From"), Subject: subject, Raw: raw}
	l.readPart(t, message.Header.Get("Content-Type"), message.Header.Get("Content-Transfer-Encoding"), message.Body)
	l.Links = links.FindAllString(l.Text, -1)
	return l
}

func (l *Letter) readPart(t *testing.T, contentType, encoding string, body io.Reader) {
	t.Helper()
	kind, params, err := mime.ParseMediaType(contentType)
	require.NoError(t, err, l.Raw)
	if strings.HasPrefix(kind, "multipart/") {
		parts := multipart.NewReader(body, params["boundary"])
		for {
			part, err := parts.NextRawPart()
			if err == io.EOF {
				return
			}
			require.NoError(t, err, l.Raw)
			l.readPart(t, part.Header.Get("Content-Type"), part.Header.Get("Content-Transfer-Encoding"), part)
		}
	}
	if strings.EqualFold(encoding, "quoted-printable") {
		body = quotedprintable.NewReader(body)
	}
	text, err := io.ReadAll(body)
	require.NoError(t, err, l.Raw)
	switch kind {
	case "text/plain":
		l.Text = strings.ReplaceAll(string(text), "\r\n", "\n")
	case "text/html":
		l.HTML = string(text)
	default:
		require.Fail(t, "the letter has a part of an unknown kind", kind)
	}
}

// Secret is what the nodes of the tests sign with.
func Secret() string { return secret }
