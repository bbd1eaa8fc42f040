package chat_test

import (
	"context"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"dchat/app/account"
	"dchat/app/errs"
	"dchat/db"
	"dchat/test/domain"
	"dchat/test/migrated"
	"dchat/test/services"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
)

// soon is less than it takes until anything gives up waiting for a lock or a connection.
const soon = 4 * time.Second

// strangers are pairs of people who have nothing to do with those of the test.
func (f *fixture) strangers(pairs int) [][2]*account.User {
	f.T.Helper()
	list := make([][2]*account.User, pairs)
	for i := range list {
		name := string(rune('a' + i))
		people := f.Users("left"+name, "right"+name)
		list[i] = [2]*account.User{people[0], people[1]}
		f.Contacts(people[0], people[1])
	}
	return list
}

// chatter has all strangers write to each other, and fails if one of them has to wait for long.
func (f *fixture) chatter(store *domain.Node, strangers [][2]*account.User, messages int, what string) {
	f.T.Helper()
	f.chat(store, strangers, what, func(sent int) bool { return sent < messages })
}

// chatFor is chatter for some time, at the pace of people who type.
func (f *fixture) chatFor(long time.Duration, strangers [][2]*account.User, what string) {
	f.T.Helper()
	until := time.Now().Add(long)
	f.chat(f.Node, strangers, what+" for "+long.String(), func(int) bool {
		time.Sleep(50 * time.Millisecond)
		return time.Now().Before(until)
	})
}

func (f *fixture) chat(store *domain.Node, strangers [][2]*account.User, what string, more func(sent int) bool) {
	f.T.Helper()
	var mu sync.Mutex
	var took []time.Duration
	var all sync.WaitGroup
	for _, pair := range strangers {
		all.Go(func() {
			for sent := 0; more(sent); sent++ {
				ctx, cancel := context.WithTimeout(f.Ctx, soon)
				begin := time.Now()
				_, err := store.Send(ctx, pair[0], pair[1], uuid.New(), "hello")
				cancel()
				if err != nil {
					f.T.Errorf("%s: %v", what, err)
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
		f.T.Logf("%s: %d sends of strangers, p50 %v, p99 %v, max %v", what, len(took), took[len(took)/2], took[len(took)*99/100], took[len(took)-1])
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
func (f *fixture) locked(query string, args ...any) (release func()) {
	f.T.Helper()
	tx, err := f.Connect().Writer().BeginTx(f.Ctx, nil)
	require.NoError(f.T, err)
	_, err = tx.ExecContext(f.Ctx, query, args...)
	require.NoError(f.T, err)
	f.T.Cleanup(func() { _ = tx.Rollback() })
	return func() { require.NoError(f.T, tx.Rollback()) }
}

// awaitLock returns when a transaction waits for a lock.
func (f *fixture) awaitLock() {
	f.T.Helper()
	require.Eventually(f.T, func() bool {
		return f.Count("SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted AND datname = current_database()") > 0
	}, 10*time.Second, time.Millisecond)
}

// sendLater sends in the background; the result comes.
func (f *fixture) sendLater(store *domain.Node, from, to *account.User, body string) <-chan error {
	sent := make(chan error, 1)
	go func() {
		_, err := store.Send(f.Ctx, from, to, uuid.New(), body)
		sent <- err
	}()
	return sent
}

func TestLockedRowDelaysNoOtherConversation(t *testing.T) {
	for name, query := range map[string]string{
		"conversation": "SELECT 1 FROM conversations WHERE id = ? FOR UPDATE",
		"person":       "SELECT 1 FROM person_versions WHERE user_id = (SELECT low_id FROM conversations WHERE id = ?) FOR UPDATE",
		"side":         "SELECT 1 FROM memberships WHERE conversation_id = ? FOR UPDATE", // nothing locks it like this
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, migrated.Postgres(t))
			ann, bob := f.User("anna"), f.User("bobby")
			f.Contacts(ann, bob)
			strangers := f.strangers(8)
			release := f.locked(query, f.Between(ann, bob).ConversationID)

			first := f.sendLater(f.Node, ann, bob, "1")
			f.awaitLock()
			f.chatter(f.Node, strangers, 25, "locked "+name)
			if longer(t) > 0 {
				f.chatFor(longer(t), strangers, "locked "+name)
				release()
				t.Log("what waited for the lock ended with", <-first)
				return
			}
			second := f.sendLater(f.Node, ann, bob, "2")
			f.chatter(f.Node, strangers, 25, "locked "+name)
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
			require.Equal(t, []string{"1", "2"}, f.Bodies(ann, bob))
			f.chatter(f.Node, strangers, 5, "released "+name)
		})
	}
}

// The node's connection is cut in the middle of a batch, without a word to either side.
func TestSilentConnectionDelaysNoOtherConversation(t *testing.T) {
	f := newFixture(t, migrated.Postgres(t))
	ann, bob := f.User("anna"), f.User("bobby")
	f.Contacts(ann, bob)
	strangers := f.strangers(8)
	proxy := services.NewProxy(t, f.DSN)
	database, err := db.Open(f.Ctx, proxy.URL)
	require.NoError(t, err)
	t.Cleanup(func() { _ = database.Close() })
	cut := f.Open(func(o *domain.Options) { o.DB = database })

	release := f.locked("SELECT 1 FROM person_versions WHERE user_id = ? FOR UPDATE", bob.ID)
	ctx, cancel := context.WithTimeout(f.Ctx, time.Minute)
	defer cancel()
	key := uuid.New()
	lost := make(chan error, 1)
	go func() {
		_, err := cut.Send(ctx, ann, bob, key, "hello")
		lost <- err
	}()
	f.awaitLock()
	proxy.Silence()
	release()
	f.chatter(f.Node, strangers, 25, "on the healthy node")
	f.chatter(cut, strangers, 25, "on the node that was cut")

	_, err = f.Send(ctx, ann, bob, uuid.New(), "from the healthy node")
	require.NoError(t, err, "the server ends a transaction whose client is silent")
	if err := <-lost; err != nil {
		require.Equal(t, errs.Unavailable, errs.CodeOf(err), err)
		_, err = cut.Send(ctx, ann, bob, key, "hello")
		require.NoError(t, err)
	}
	require.Contains(t, f.Bodies(ann, bob), "hello")
}

// Only what is locked waits; the locks of what waits are given back meanwhile.
func TestWaitingChangeHoldsNoOtherLock(t *testing.T) {
	f := newFixture(t, migrated.Postgres(t))
	ann, bob, cyd := f.User("anna"), f.User("bobby"), f.User("cydney")
	f.Contacts(ann, bob)
	f.Contacts(ann, cyd)
	release := f.locked("SELECT 1 FROM person_versions WHERE user_id = ? FOR UPDATE", bob.ID)
	removed := make(chan error, 1)
	go func() {
		_, err := f.Remove(f.Ctx, ann, bob)
		removed <- err
	}()
	f.awaitLock()
	f.chatter(f.Node, [][2]*account.User{{ann, cyd}, {cyd, ann}}, 10, "of others")
	release()
	require.NoError(t, <-removed)
}

func TestIdleTransactionIsEnded(t *testing.T) {
	f := newFixture(t, migrated.Postgres(t))
	err := f.DB.Write(db.WithLimits(f.Ctx, db.Limits{Idle: 50 * time.Millisecond}), func(ctx context.Context, tx bun.Tx) error {
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
