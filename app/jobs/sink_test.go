package jobs_test

import (
	"bytes"
	"io"
	"log"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"

	gosmtp "github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"
)

// sink is a mail server that keeps what it is given, and may be down, busy or unfriendly.
type sink struct {
	t       *testing.T
	address string
	server  *gosmtp.Server
	serving sync.WaitGroup

	mu      sync.Mutex
	emails  []email
	refuse  map[string]error // by recipient
	spam    bool             // every email is refused and quoted
	gate    chan struct{}    // if it is there, the next email waits until it is closed …
	waiting chan struct{}    // … and closes this
}

// email is an e-mail as its recipient gets it.
type email struct {
	to, subject, id, text, html string
	unsubscribe, post           string // List-Unsubscribe, List-Unsubscribe-Post
}

func newSink(t *testing.T) *sink {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := &sink{t: t, address: l.Addr().String(), refuse: map[string]error{}}
	s.serve(l)
	t.Cleanup(s.down)
	return s
}

func (s *sink) serve(l net.Listener) {
	s.server = gosmtp.NewServer(gosmtp.BackendFunc(func(*gosmtp.Conn) (gosmtp.Session, error) { return &session{sink: s}, nil }))
	s.server.Domain = "sink"
	s.server.ErrorLog = log.New(io.Discard, "", 0)
	s.serving.Go(func() { _ = s.server.Serve(l) })
}

// down makes the server unreachable.
func (s *sink) down() {
	_ = s.server.Close()
	s.serving.Wait()
}

// up brings it back.
func (s *sink) up() {
	s.t.Helper()
	l, err := net.Listen("tcp", s.address)
	require.NoError(s.t, err)
	s.serve(l)
}

// hold makes the next email wait in the middle of being handed over.
func (s *sink) hold() (waiting <-chan struct{}, release func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gate, s.waiting = make(chan struct{}), make(chan struct{})
	gate := s.gate
	release = sync.OnceFunc(func() { close(gate) })
	s.t.Cleanup(release)
	return s.waiting, release
}

// to returns the emails to an address, or all for "".
func (s *sink) to(address string) (list []email) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.emails {
		if address == "" || l.to == address {
			list = append(list, l)
		}
	}
	return list
}

// await waits for the only email to an address.
func (s *sink) await(address string) email {
	s.t.Helper()
	require.Eventually(s.t, func() bool { return len(s.to(address)) > 0 }, patience, tick, "no email for %s", address)
	list := s.to(address)
	require.Len(s.t, list, 1)
	return list[0]
}

type session struct {
	*sink
	rcpt string
}

func (*session) Mail(string, *gosmtp.MailOptions) error { return nil }

func (s *session) Rcpt(to string, _ *gosmtp.RcptOptions) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rcpt = to
	return s.refuse[to]
}

func (s *session) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.mu.Lock()
	gate, waiting, spam := s.gate, s.waiting, s.spam
	s.gate = nil
	s.mu.Unlock()
	if gate != nil {
		close(waiting)
		<-gate
	}
	l := s.read(data)
	if spam {
		return &gosmtp.SMTPError{Code: 451, EnhancedCode: gosmtp.EnhancedCode{4, 7, 1}, Message: "looks like spam: " + strings.Join(strings.Fields(l.text), " ")}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.emails = append(s.emails, l)
	return nil
}

func (*session) Reset()        {}
func (*session) Logout() error { return nil }

func (s *session) read(data []byte) email {
	m, err := mail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		s.t.Error(err)
		return email{}
	}
	subject, _ := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	l := email{to: s.rcpt, subject: subject, id: m.Header.Get("Message-ID"), unsubscribe: m.Header.Get("List-Unsubscribe"), post: m.Header.Get("List-Unsubscribe-Post")}
	_, params, _ := mime.ParseMediaType(m.Header.Get("Content-Type"))
	parts := multipart.NewReader(m.Body, params["boundary"])
	for _, into := range []*string{&l.text, &l.html} {
		part, err := parts.NextRawPart()
		if err != nil {
			s.t.Error(err)
			return l
		}
		body, _ := io.ReadAll(quotedprintable.NewReader(part))
		*into = strings.ReplaceAll(string(body), "\r\n", "\n")
	}
	return l
}
