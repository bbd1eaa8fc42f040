package app_test

import (
	"io"
	"log"
	"net"
	"sync"
	"testing"

	gosmtp "github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"
)

// mailServer is a mail server that accepts no email before open.
type mailServer struct {
	address string
	started chan struct{} // one for each email whose delivery begins
	opened  chan struct{}
	got     chan string
	once    sync.Once
}

func newMailServer(t *testing.T) *mailServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &mailServer{address: l.Addr().String(), started: make(chan struct{}, 10), opened: make(chan struct{}), got: make(chan string, 10)}
	server := gosmtp.NewServer(gosmtp.BackendFunc(func(*gosmtp.Conn) (gosmtp.Session, error) { return mailSession{p}, nil }))
	server.Domain = "mail"
	server.ErrorLog = log.New(io.Discard, "", 0)
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(l) })
	t.Cleanup(func() {
		p.open()
		_ = server.Close()
		serving.Wait()
	})
	return p
}

func (p *mailServer) open() { p.once.Do(func() { close(p.opened) }) }

type mailSession struct{ *mailServer }

func (s mailSession) Mail(string, *gosmtp.MailOptions) error {
	s.started <- struct{}{}
	<-s.opened
	return nil
}

func (mailSession) Rcpt(string, *gosmtp.RcptOptions) error { return nil }

func (s mailSession) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err == nil {
		s.got <- string(text)
	}
	return err
}

func (mailSession) Reset()        {}
func (mailSession) Logout() error { return nil }
