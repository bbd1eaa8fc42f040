package app_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"dchat/app"
	"dchat/app/config"
	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

// patience is how long a test waits for an event that must happen.
const patience = 15 * time.Second

func TestSeparateWorkerRunsJobs(t *testing.T) {
	b := harness.EmptyPostgres(t)
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

// A node that is killed while sending an email sends it after a restart.
func TestEmailOfKilledNodeIsSentAtNextStart(t *testing.T) {
	harness.Empty(t, func(t *testing.T, b *harness.Backend) {
		smtp := newMailServer(t)
		p := b.Exec(t, "SMTP_URL=smtp://"+smtp.address+"?tls=off", "DCHAT_EMAIL_VERIFICATION=off")
		p.SignUp(t, "anna")
		<-smtp.started
		p.Kill()
		smtp.open()
		p.Start()
		select {
		case raw := <-smtp.got:
			require.Equal(t, "anna@example.org", harness.ReadEmail(t, raw).To)
		case <-time.After(patience):
			t.Fatal("no email was received")
		}
	})
}
