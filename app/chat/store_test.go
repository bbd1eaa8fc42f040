package chat_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"

	"dchat/app/chat"
	"dchat/app/testkit"
	"dchat/db"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// world is a store on a database of its own, and everything it has told of.
type world struct {
	*chat.Store
	t   *testing.T
	ctx context.Context
	dsn string

	mu      sync.Mutex
	changes []chat.Change
}

// everywhere runs a test on both databases.
func everywhere(t *testing.T, test func(*world)) {
	t.Run("sqlite", func(t *testing.T) { test(newWorld(t, "sqlite:"+t.TempDir()+"/dchat.db")) })
	t.Run("postgres", func(t *testing.T) { test(newWorld(t, testkit.Postgres(t))) })
}

func newWorld(t *testing.T, dsn string) *world {
	w := &world{t: t, ctx: context.Background(), dsn: dsn}
	w.Store = w.open()
	return w
}

// open is one more node on the same database.
func (w *world) open() *chat.Store {
	database, err := db.Open(w.ctx, w.dsn)
	require.NoError(w.t, err)
	require.NoError(w.t, database.Migrate(w.ctx))
	store := chat.NewStore(chat.Options{
		DB: database, Log: slog.New(slog.DiscardHandler), Fresh: func() bool { return false },
		Changed: func(c []chat.Change) {
			w.mu.Lock()
			w.changes = append(w.changes, c...)
			w.mu.Unlock()
		},
	})
	w.t.Cleanup(func() {
		store.Close()
		_ = database.Close()
	})
	return store
}

const password = "correct horse 9 battery"

func (w *world) person(name string) *chat.User {
	user, err := w.SignUp(w.ctx, chat.Signup{Email: name + "@example.org", Username: name, Password: password})
	require.NoError(w.t, err)
	return user
}

func (w *world) contacts(a, b *chat.User) {
	_, err := w.Ask(w.ctx, a, b)
	require.NoError(w.t, err)
	_, err = w.Accept(w.ctx, b, a)
	require.NoError(w.t, err)
}

func (w *world) say(from, to *chat.User, body string) *chat.Message {
	m, err := w.Send(w.ctx, from, to, uuid.New(), body)
	require.NoError(w.t, err)
	return m
}

// between is what a sees of b.
func (w *world) between(a, b *chat.User) chat.Entry {
	e, err := w.Entry(w.ctx, a, b)
	require.NoError(w.t, err)
	return e
}

func (w *world) bodies(a, b *chat.User) []string {
	page, err := w.Before(w.ctx, w.between(a, b).ConversationID, 0, 10_000)
	require.NoError(w.t, err)
	bodies := make([]string, len(page.Messages))
	for i, m := range page.Messages {
		bodies[i] = m.Body
		require.EqualValues(w.t, i+1, m.Seq, "no gap in the order")
	}
	return bodies
}

// told returns what the store has told of since the last call.
func (w *world) told() []chat.Change {
	w.mu.Lock()
	defer w.mu.Unlock()
	told := w.changes
	w.changes = nil
	return told
}
