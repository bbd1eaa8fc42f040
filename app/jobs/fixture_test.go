package jobs_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"dchat/app/account"
	"dchat/app/chat"
	"dchat/app/files"
	"dchat/app/jobs"
	"dchat/app/notify"
	"dchat/app/notify/push"
	"dchat/app/store"
	"dchat/db"
	"dchat/test/domain"
	"dchat/test/migrated"
	"dchat/test/services"
	"dchat/test/services/pushservice"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
)

func TestMain(m *testing.M) { services.Main(m) }

const (
	patience = 15 * time.Second
	tick     = 5 * time.Millisecond
	home     = "https://chat.example.org"
)

// fixture is a database with a store, a mail server and a folder of files, and workers on it.
type fixture struct {
	t       *testing.T
	ctx     context.Context
	options jobs.Options
	db      *db.DB
	*domain.Node
	sink *sink
	log  *logbook

	arrivals *jobs.Arrivals
	service  *pushservice.Service
	looks    func(int64) bool // nil: no one does
}

// everywhere runs a test on both databases.
func everywhere(t *testing.T, test func(*fixture)) {
	t.Run("sqlite", func(t *testing.T) { test(newFixture(t, migrated.SQLite(t, t.TempDir()+"/dchat.db"))) })
	t.Run("postgres", func(t *testing.T) { test(newFixture(t, migrated.Postgres(t))) })
}

// everyWay runs a test on both databases, and on Postgres as if through a pooler.
func everyWay(t *testing.T, test func(*fixture)) {
	everywhere(t, test)
	t.Run("pooler", func(t *testing.T) {
		w := newFixture(t, migrated.Postgres(t))
		w.options.Direct = w.options.DSN
		test(w)
	})
}

func newFixture(t *testing.T, dsn string) *fixture {
	t.Helper()
	w := &fixture{t: t, ctx: context.Background(), sink: newSink(t), log: &logbook{}}
	log := slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	mailer, err := notify.New("smtp://"+w.sink.address+"?tls=off", "DChat <dchat@example.org>", "", log)
	require.NoError(t, err)
	disk, err := files.NewDisk(t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() { _ = disk.Close() })
	w.db, err = db.Open(w.ctx, dsn)
	require.NoError(t, err)
	t.Cleanup(func() { _ = w.db.Close() })
	require.NoError(t, w.db.Migrate(w.ctx))
	w.service = pushservice.Start(t)
	sender, err := push.New(push.Options{Secret: []byte("only this test knows it"), Contact: home, Local: true})
	require.NoError(t, err)
	t.Cleanup(sender.Close)
	w.options = jobs.Options{
		Push: sender, PushAfter: time.Millisecond, DigestEvery: time.Hour,
		DB: w.db, DSN: dsn, Mail: mailer, Files: disk, Log: log, Retry: 30 * time.Millisecond,
		BaseURL: func() string { return home },
	}
	inserter, err := jobs.New(w.options)
	require.NoError(t, err)
	w.Node = domain.NewNode(domain.Options{
		DB: w.db, Log: log, Secret: []byte("only this test knows it"), VerifyEmail: true, Enqueue: inserter.Enqueue,
		Arrived: func(list []chat.Arrival) { w.arrivals.Add(list) },
	})
	w.arrivals = jobs.NewArrivals(inserter, w.Accounts, func(user int64) bool { return w.looks != nil && w.looks(user) })
	t.Cleanup(w.arrivals.Close)
	t.Cleanup(w.Close)
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(w.log)
		}
	})
	return w
}

// worker starts one more worker.
func (w *fixture) worker() *jobs.Jobs {
	w.t.Helper()
	j, err := jobs.New(w.options)
	require.NoError(w.t, err)
	require.NoError(w.t, j.Start(w.ctx, jobs.Stores{Accounts: w.Accounts, Attachments: w.Attachments, Chat: w.Chat}))
	w.t.Cleanup(func() { w.stop(j) })
	return j
}

func (w *fixture) stop(j *jobs.Jobs) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	require.NoError(w.t, j.Stop(ctx))
}

// signUp makes a user, for whom an email is queued.
func (w *fixture) signUp(username string) *account.User {
	w.t.Helper()
	user, err := w.SignUp(w.ctx, account.Signup{Username: username, Email: username + "@example.org", Password: "four quiet lanterns"})
	require.NoError(w.t, err)
	return user
}

// enqueue inserts jobs.
func (w *fixture) enqueue(list ...store.Job) {
	w.t.Helper()
	require.NoError(w.t, w.put(nil, list...))
}

// put inserts jobs in a transaction that ends with an error or nil.
func (w *fixture) put(end error, list ...store.Job) error {
	w.t.Helper()
	j, err := jobs.New(w.options)
	require.NoError(w.t, err)
	return w.db.Write(w.ctx, func(ctx context.Context, tx bun.Tx) error {
		return errors.Join(j.Enqueue(ctx, tx, list...), end)
	})
}

// marker is an email that needs no account. Its arrival shows that the earlier jobs were processed.
func marker(name string) account.EmailJob {
	return account.EmailJob{Name: account.EmailDeleted, To: name + "@example.org", Username: name}
}

// exec changes River's rows directly.
func (w *fixture) exec(query string, args ...any) {
	w.t.Helper()
	_, err := w.db.Writer().ExecContext(w.ctx, query, args...)
	require.NoError(w.t, err)
}

// states counts the jobs of a kind by their state.
func (w *fixture) states(kind string) map[string]int {
	w.t.Helper()
	var rows []struct {
		State string
		N     int
	}
	require.NoError(w.t, w.db.Read().NewRaw("SELECT state, count(*) AS n FROM river_job WHERE kind = ? GROUP BY state", kind).Scan(w.ctx, &rows))
	counts := map[string]int{}
	for _, row := range rows {
		counts[row.State] = row.N
	}
	return counts
}

func (w *fixture) eventually(what string, happens func() bool) {
	w.t.Helper()
	require.Eventually(w.t, happens, patience, tick, what)
}

type logbook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// count is how many lines hold the text.
func (l *logbook) count(text string) int { return strings.Count(l.String(), text) }
