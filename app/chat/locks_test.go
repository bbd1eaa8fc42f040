package chat_test

import (
	"context"
	"log/slog"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"dchat/app/chat"
	"dchat/db"
	"dchat/test/services"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
)

// soon is less than it takes until anything gives up waiting for a lock or a connection.
const soon = 4 * time.Second

// strangers are pairs of people who have nothing to do with those of the test.
func (w *world) strangers(pairs int) [][2]*chat.User {
	w.t.Helper()
	list := make([][2]*chat.User, pairs)
	for i := range list {
		name := string(rune('a' + i))
		people := w.people("left"+name, "right"+name)
		list[i] = [2]*chat.User{people[0], people[1]}
		w.contacts(people[0], people[1])
	}
	return list
}

// chatter has all strangers write to each other, and fails if one of them has to wait for long.
func (w *world) chatter(store *chat.Store, strangers [][2]*chat.User, messages int, what string) {
	w.t.Helper()
	w.chat(store, strangers, what, func(sent int) bool { return sent < messages })
}

// chatFor is chatter for some time, at the pace of people who type.
func (w *world) chatFor(long time.Duration, strangers [][2]*chat.User, what string) {
	w.t.Helper()
	until := time.Now().Add(long)
	w.chat(w.Store, strangers, what+" for "+long.String(), func(int) bool {
		time.Sleep(50 * time.Millisecond)
		return time.Now().Before(until)
	})
}

func (w *world) chat(store *chat.Store, strangers [][2]*chat.User, what string, more func(sent int) bool) {
	w.t.Helper()
	var mu sync.Mutex
	var took []time.Duration
	var all sync.WaitGroup
	for _, pair := range strangers {
		all.Go(func() {
			for sent := 0; more(sent); sent++ {
				ctx, cancel := context.WithTimeout(w.ctx, soon)
				begin := time.Now()
				_, err := store.Send(ctx, pair[0], pair[1], uuid.New(), "hello")
				cancel()
				if err != nil {
					w.t.Errorf("%s: %v", what, err)
					return
				}
				mu.Lock()
				took = append(took, time.Since(begin))
				mu.Unlock()
			}
		})
	}
	all.Wait()
	slices.Sort(took)
	if len(took) > 0 {
		w.t.Logf("%s: %d sends of strangers, p50 %v, p99 %v, max %v", what, len(took), took[len(took)/2], took[len(took)*99/100], took[len(took)-1])
	}
}

// longer is for how long a lock is to be held, for measurements by hand: DCHAT_TEST_LOCKED=60s.
func longer(t *testing.T) time.Duration {
	t.Helper()
	text := os.Getenv("DCHAT_TEST_LOCKED")
	if text == "" {
		return 0
	}
	long, err := time.ParseDuration(text)
	require.NoError(t, err)
	return long
}

// locked holds the lock of a row until release.
func (w *world) locked(query string, args ...any) (release func()) {
	w.t.Helper()
	tx, err := w.connect().Writer().BeginTx(w.ctx, nil)
	require.NoError(w.t, err)
	_, err = tx.ExecContext(w.ctx, query, args...)
	require.NoError(w.t, err)
	w.t.Cleanup(func() { _ = tx.Rollback() })
	return func() { require.NoError(w.t, tx.Rollback()) }
}

// awaitLock returns when somebody waits for a lock.
func (w *world) awaitLock() {
	w.t.Helper()
	require.Eventually(w.t, func() bool {
		return w.count("SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted AND datname = current_database()") > 0
	}, 10*time.Second, time.Millisecond)
}

// sendLater sends in the background; the result comes.
func (w *world) sendLater(store *chat.Store, from, to *chat.User, body string) <-chan error {
	sent := make(chan error, 1)
	go func() {
		_, err := store.Send(w.ctx, from, to, uuid.New(), body)
		sent <- err
	}()
	return sent
}

func TestALockedRowHoldsUpNoStranger(t *testing.T) {
	for name, query := range map[string]string{
		"conversation": "SELECT 1 FROM conversations WHERE id = ? FOR UPDATE",
		"person":       "SELECT 1 FROM person_versions WHERE user_id = (SELECT low_id FROM conversations WHERE id = ?) FOR UPDATE",
		"side":         "SELECT 1 FROM memberships WHERE conversation_id = ? FOR UPDATE", // nothing locks it like this
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, services.Postgres(t))
			ann, bob := w.person("anna"), w.person("bobby")
			w.contacts(ann, bob)
			strangers := w.strangers(8)
			release := w.locked(query, w.between(ann, bob).ConversationID)

			first := w.sendLater(w.Store, ann, bob, "1")
			w.awaitLock()
			w.chatter(w.Store, strangers, 25, "locked "+name)
			if longer(t) > 0 {
				w.chatFor(longer(t), strangers, "locked "+name)
				release()
				t.Log("what waited for the lock ended with", <-first)
				return
			}
			second := w.sendLater(w.Store, ann, bob, "2")
			w.chatter(w.Store, strangers, 25, "locked "+name)
			select {
			case err := <-first:
				t.Fatal("sent past the lock", err)
			case err := <-second:
				t.Fatal("sent past the one before", err)
			default:
			}
			release()
			require.NoError(t, <-first)
			require.NoError(t, <-second)
			require.Equal(t, []string{"1", "2"}, w.bodies(ann, bob))
			w.chatter(w.Store, strangers, 5, "released "+name)
		})
	}
}

// The node's connection is cut in the middle of a batch, without a word to either side.
func TestASilentConnectionHoldsUpNoStranger(t *testing.T) {
	w := newWorld(t, services.Postgres(t))
	ann, bob := w.person("anna"), w.person("bobby")
	w.contacts(ann, bob)
	strangers := w.strangers(8)
	proxy := services.NewProxy(t, w.dsn)
	database, err := db.Open(w.ctx, proxy.URL)
	require.NoError(t, err)
	cut := chat.NewStore(chat.Options{DB: database, Log: slog.New(slog.DiscardHandler), Fresh: func() bool { return false }, Changed: func([]chat.Change) {}})
	t.Cleanup(func() { cut.Close(); _ = database.Close() })

	release := w.locked("SELECT 1 FROM person_versions WHERE user_id = ? FOR UPDATE", bob.ID)
	ctx, cancel := context.WithTimeout(w.ctx, time.Minute)
	defer cancel()
	key := uuid.New()
	lost := make(chan error, 1)
	go func() {
		_, err := cut.Send(ctx, ann, bob, key, "hello")
		lost <- err
	}()
	w.awaitLock()
	proxy.Silence()
	release()
	w.chatter(w.Store, strangers, 25, "on the healthy node")
	w.chatter(cut, strangers, 25, "on the node that was cut")

	_, err = w.Send(ctx, ann, bob, uuid.New(), "from the healthy node")
	require.NoError(t, err, "the server ends a transaction whose client is silent")
	if err := <-lost; err != nil {
		require.Equal(t, chat.Unavailable, chat.CodeOf(err), err)
		_, err = cut.Send(ctx, ann, bob, key, "hello")
		require.NoError(t, err)
	}
	require.Contains(t, w.bodies(ann, bob), "hello")
}

// Only what is locked waits; the locks of what waits are given back meanwhile.
func TestAChangeThatWaitsHoldsNoOtherLock(t *testing.T) {
	w := newWorld(t, services.Postgres(t))
	ann, bob, cyd := w.person("anna"), w.person("bobby"), w.person("cydney")
	w.contacts(ann, bob)
	w.contacts(ann, cyd)
	release := w.locked("SELECT 1 FROM person_versions WHERE user_id = ? FOR UPDATE", bob.ID)
	removed := make(chan error, 1)
	go func() {
		_, err := w.Remove(w.ctx, ann, bob)
		removed <- err
	}()
	w.awaitLock()
	w.chatter(w.Store, [][2]*chat.User{{ann, cyd}, {cyd, ann}}, 10, "of others")
	release()
	require.NoError(t, <-removed)
}

func TestATransactionThatIsSilentIsEnded(t *testing.T) {
	w := newWorld(t, services.Postgres(t))
	err := w.db.Write(db.WithLimits(w.ctx, db.Limits{Idle: 50 * time.Millisecond}), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, "SELECT 1")
		require.NoError(t, err)
		require.Eventually(t, func() bool {
			_, err = tx.ExecContext(ctx, "SELECT 1")
			return err != nil
		}, 10*time.Second, 200*time.Millisecond)
		return err
	})
	require.True(t, db.IsOutage(err), err)
}
