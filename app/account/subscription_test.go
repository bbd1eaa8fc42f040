package account_test

import (
	"testing"

	"dchat/app/account"

	"github.com/stretchr/testify/require"
)

// However a session ends, its browser is told of nothing any more.
func TestSubscriptionEndsWithItsSession(t *testing.T) {
	everywhere(t, func(f *fixture) {
		u, other := f.User("anna"), f.User("bert")
		subscribe := func(u *account.User) *account.Session {
			s := f.NewSession(u)
			require.NoError(t, f.Subscribe(f.Ctx, s, "https://push.example.org/a", u.Username, "auth"+u.Username))
			return s
		}
		count := func() int { return f.Count("SELECT count(*) FROM push_subscriptions") }
		ends := map[string]func(*account.Session){
			"signed out": func(s *account.Session) { require.NoError(t, f.CloseSession(f.Ctx, s)) },
			"elsewhere":  func(*account.Session) { require.NoError(t, f.RevokeOtherSessions(f.Ctx, f.NewSession(u))) },
			"swept": func(s *account.Session) {
				f.Exec("UPDATE sessions SET expires_at = created_at WHERE id = ?", s.ID)
				require.NoError(t, f.Sweep(f.Ctx))
			},
			"unsubscribed":                 func(s *account.Session) { require.NoError(t, f.Unsubscribe(f.Ctx, s.ID)) },
			"a node of the release before": func(s *account.Session) { f.Exec("DELETE FROM sessions WHERE id = ?", s.ID) },
		}
		theirs := subscribe(other)
		for name, end := range ends {
			s := subscribe(u)
			require.Equal(t, 2, count(), name)
			end(s)
			require.Equal(t, 1, count(), name)
		}
		sub, err := f.Subscription(f.Ctx, theirs.ID)
		require.NoError(t, err)
		require.Equal(t, other.ID, sub.User.ID)
		f.Exec("UPDATE sessions SET expires_at = created_at")
		sub, err = f.Subscription(f.Ctx, theirs.ID)
		require.NoError(t, err)
		require.Nil(t, sub, "a session that has expired and is not swept yet")
	})
}

func TestSubscriptionIsReplaced(t *testing.T) {
	everywhere(t, func(f *fixture) {
		anna, bert := f.User("anna"), f.User("bert")
		first, second := f.NewSession(anna), f.NewSession(bert)
		require.NoError(t, f.Subscribe(f.Ctx, first, "https://push.example.org/a", "key", "auth"))
		require.NoError(t, f.Subscribe(f.Ctx, first, "https://push.example.org/b", "key", "auth"))
		sub, err := f.Subscription(f.Ctx, first.ID)
		require.NoError(t, err)
		require.Equal(t, "https://push.example.org/b", sub.Endpoint, "the browser has another one now")
		require.NoError(t, f.DropSubscription(f.Ctx, &account.Subscription{SessionID: first.ID, Endpoint: "https://push.example.org/a"}))

		require.NoError(t, f.Subscribe(f.Ctx, second, "https://push.example.org/b", "other", "auth"), "of a person who guesses an address")
		sessions, err := f.SubscribedSessions(f.Ctx, []int64{anna.ID, bert.ID})
		require.NoError(t, err)
		require.Equal(t, map[int64][]int64{anna.ID: {first.ID}, bert.ID: {second.ID}}, sessions)

		require.NoError(t, f.Subscribe(f.Ctx, second, "https://push.example.org/b", "key", "auth"), "bert signs in on anna's browser")
		sessions, err = f.SubscribedSessions(f.Ctx, []int64{anna.ID, bert.ID})
		require.NoError(t, err)
		require.Equal(t, map[int64][]int64{bert.ID: {second.ID}}, sessions)
		require.NoError(t, f.DropSubscription(f.Ctx, &account.Subscription{SessionID: second.ID, Endpoint: "https://push.example.org/b"}))
		require.Zero(t, f.Count("SELECT count(*) FROM push_subscriptions"))
	})
}
