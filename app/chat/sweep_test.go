package chat_test

import (
	"testing"
	"time"

	"dchat/app/chat"

	"github.com/stretchr/testify/require"
)

func TestWhatHasRunOutIsSweptUp(t *testing.T) {
	everywhere(t, func(w *world) {
		ann, bob := w.person("anna"), w.person("bobby")
		idle, over, here := w.signIn(ann), w.signIn(ann), w.signIn(ann)
		w.exec("UPDATE sessions SET seen_at = ? WHERE id = ?", time.Now().Add(-chat.SessionIdle-time.Minute).UTC(), idle.ID)
		w.exec("UPDATE sessions SET expires_at = ? WHERE id = ?", time.Now().Add(-time.Minute).UTC(), over.ID)
		for _, u := range []*chat.User{ann, bob} {
			require.NoError(w.t, w.WriteExport(w.ctx, w.askExport(u), stored(u.Username+" copy", 1)))
		}
		w.exec("UPDATE exports SET created_at = ? WHERE user_id = ?", time.Now().Add(-chat.ExportLife-time.Minute).UTC(), ann.ID)
		w.jobs()
		require.NoError(w.t, w.Sweep(w.ctx))
		require.Equal(w.t, 1, w.count("SELECT count(*) FROM sessions"))
		require.Equal(w.t, []int64{here.ID}, w.alive(idle, over, here))
		require.Equal(w.t, chat.BlobJob{Blobs: []string{"anna copy"}}, only[chat.BlobJob](w))
		require.Equal(w.t, 1, w.count("SELECT count(*) FROM exports"))
		require.NoError(w.t, w.Sweep(w.ctx))
		require.Empty(w.t, w.jobs(), "nothing is left to do")
		require.Equal(w.t, 2, w.count("SELECT count(*) FROM users"))
	})
}

// expire lets the time pass in which people could confirm their address.
func (w *world) expire() {
	w.t.Helper()
	w.exec("UPDATE users SET confirm_by = ?, created_at = ? WHERE confirm_by IS NOT NULL", time.Now().Add(-time.Minute).UTC(), time.Now().Add(-30*24*time.Hour).UTC())
}

func TestSignUpsThatWereNeverConfirmedAreForgotten(t *testing.T) {
	everywhere(t, func(w *world) {
		old := w.newcomer("anna", "anna@example.org")
		confirmed := w.newcomer("bobby", "bobby@example.org")
		_, err := w.Verify(w.ctx, w.TokenUntil("verify", confirmed, time.Now().Add(time.Hour)))
		require.NoError(w.t, err)
		known := w.newcomer("cydney", "cydney@example.org")
		_, err = w.Ask(w.ctx, known, confirmed)
		require.NoError(w.t, err)
		before := w.person("david") // from before addresses were confirmed
		w.exec("UPDATE users SET verified_at = NULL, created_at = ? WHERE id = ?", time.Now().Add(-365*24*time.Hour).UTC(), before.ID)
		w.signIn(old)
		w.expire()
		late := w.newcomer("evelyn", "evelyn@example.org")
		w.told()
		require.NoError(w.t, w.Sweep(w.ctx))
		require.Equal(w.t, 4, w.count("SELECT count(*) FROM users"))
		require.Zero(w.t, w.count("SELECT count(*) FROM users WHERE id = ?", old.ID))
		require.Equal(w.t, 4, w.count("SELECT count(*) FROM person_versions"))
		require.Zero(w.t, w.count("SELECT count(*) FROM sessions"))
		require.Empty(w.t, w.told())
		require.NotZero(w.t, w.newcomer("Anna", "anna@example.org").ID, "the name is free, for nobody has ever met it")
		_, err = w.Verify(w.ctx, w.TokenUntil("verify", late, time.Now().Add(time.Hour)))
		require.NoError(w.t, err)
	}, verify)
}

// An operator may change their mind about whether addresses are confirmed.
func TestWhoIsAdmittedIsNotForgotten(t *testing.T) {
	everywhere(t, func(w *world) {
		ann := w.newcomer("anna", "anna@example.org")
		w.options = nil // from now on nothing has to be confirmed
		open := w.open()
		require.True(w.t, open.Admits(ann))
		_, err := open.OpenSession(w.ctx, ann, "")
		require.NoError(w.t, err)
		w.expire()
		require.NoError(w.t, open.Sweep(w.ctx))
		require.Equal(w.t, 1, w.count("SELECT count(*) FROM users"))
		require.NoError(w.t, w.Sweep(w.ctx), "and again they must be confirmed")
		require.Equal(w.t, 1, w.count("SELECT count(*) FROM users"), "whoever was here once stays")
	}, verify)
}

// Whoever confirms at the last moment is either swept up or here, never half of it.
func TestASweepRacesConfirmations(t *testing.T) {
	everywhere(t, func(w *world) {
		nodes := w.both()
		const n = 12
		people, tokens := w.people(numbered("person", n)...), make([]string, n)
		w.exec("UPDATE users SET verified_at = NULL, confirm_by = created_at")
		for i, u := range people {
			w.signIn(u)
			tokens[i] = w.TokenUntil("verify", u, time.Now().Add(time.Hour))
		}
		w.expire()
		errs := race(n+4, func(i int) (err error) {
			if i%4 == 3 {
				return nodes[i/4%2].Sweep(w.ctx)
			}
			_, err = nodes[i%2].Verify(w.ctx, tokens[i-i/4])
			return err
		})
		for i, err := range errs {
			if i%4 == 3 {
				require.NoError(w.t, err)
				continue
			}
			here := w.count("SELECT count(*) FROM users AS u JOIN person_versions AS pv ON pv.user_id = u.id WHERE u.id = ? AND verified_at IS NOT NULL", people[i-i/4].ID)
			require.Equal(w.t, err == nil, here == 1, "%v", err)
			if err != nil {
				require.Equal(w.t, chat.NotFound, chat.CodeOf(err), "%v", err)
			}
		}
	}, verify)
}
