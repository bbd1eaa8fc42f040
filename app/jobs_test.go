package app_test

import (
	"context"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"dchat/app"
	"dchat/app/config"
	"dchat/test/harness"

	gosmtp "github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"
)

// patience is how long a test waits for what must happen.
const patience = 15 * time.Second

func TestSeparateWorkerRunsJobs(t *testing.T) {
	b := harness.Postgres(t)
	var used config.Config
	n := b.Start(t, func(c *config.Config) {
		c.Worker, c.EmailVerification = "off", "required"
		used = *c
	})
	n.Stranger().Post("/signup", url.Values{"username": {"anna"}, "email": {"anna@example.org"}, "password": {harness.Password}}, false)
	waiting := func() (count int) {
		require.NoError(t, b.Open(t).Read().NewRaw("SELECT count(*) FROM river_job WHERE kind = 'letter' AND state = 'available'").Scan(t.Context(), &count))
		return count
	}
	require.Equal(t, 1, waiting())

	ctx, stop := context.WithCancel(t.Context())
	worker, err := app.NewWorker(ctx, used, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	require.Equal(t, strings.Replace(n.URL, "127.0.0.1", "localhost", 1), worker.URL(), "links lead to the node")
	ended := make(chan error, 1)
	go func() { ended <- worker.Run(ctx) }()
	email := n.Email(t, "anna@example.org", "confirm")
	stop()
	require.NoError(t, <-ended)

	answer := n.Stranger().Post(email.Path(t, "/verify/"), url.Values{"password": {harness.Password}}, false)
	require.Equal(t, http.StatusSeeOther, answer.Status, answer.Body)
	require.Zero(t, waiting())
}

// A node that is killed in the middle of an email sends it as soon as it is back.
func TestEmailOfKilledNodeIsSentAtNextStart(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *harness.Backend) {
		post := newPost(t)
		p := b.Exec(t, "SMTP_URL=smtp://"+post.address+"?tls=off", "DCHAT_EMAIL_VERIFICATION=off")
		p.SignUp(t, "anna")
		<-post.asked
		p.Kill()
		post.open()
		p.Start()
		select {
		case raw := <-post.got:
			require.Equal(t, "anna@example.org", harness.ReadEmail(t, raw).To)
		case <-time.After(patience):
			t.Fatal("the email did not come")
		}
	})
}

// post is a mail server that accepts no email before open.
type post struct {
	address string
	asked   chan struct{} // one for each email whose delivery begins
	opened  chan struct{}
	got     chan string
	once    sync.Once
}

func newPost(t *testing.T) *post {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &post{address: l.Addr().String(), asked: make(chan struct{}, 10), opened: make(chan struct{}), got: make(chan string, 10)}
	server := gosmtp.NewServer(gosmtp.BackendFunc(func(*gosmtp.Conn) (gosmtp.Session, error) { return postSession{p}, nil }))
	server.Domain = "post"
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

func (p *post) open() { p.once.Do(func() { close(p.opened) }) }

type postSession struct{ *post }

func (s postSession) Mail(string, *gosmtp.MailOptions) error {
	s.asked <- struct{}{}
	<-s.opened
	return nil
}

func (postSession) Rcpt(string, *gosmtp.RcptOptions) error { return nil }

func (s postSession) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err == nil {
		s.got <- string(text)
	}
	return err
}

func (postSession) Reset()        {}
func (postSession) Logout() error { return nil }
