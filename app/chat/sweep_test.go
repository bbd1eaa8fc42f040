package chat_test

import (
	"testing"
	"time"

	"dchat/app/account"
	"dchat/app/errs"
	"dchat/app/store"
	"dchat/test/domain"

	"github.com/stretchr/testify/require"
)

func TestSweepRemovesExpiredRows(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		idle, over, here := f.NewSession(ann), f.NewSession(ann), f.NewSession(ann)
		f.Exec("UPDATE sessions SET seen_at = ? WHERE id = ?", time.Now().Add(-account.SessionIdle-time.Minute).UTC(), idle.ID)
		f.Exec("UPDATE sessions SET expires_at = ? WHERE id = ?", time.Now().Add(-time.Minute).UTC(), over.ID)
		for _, u := range []*account.User{ann, bob} {
			require.NoError(f.T, f.WriteExport(f.Ctx, f.askExport(u), stored(u.Username+" copy", 1)))
		}
		f.Exec("UPDATE exports SET created_at = ? WHERE user_id = ?", time.Now().Add(-account.ExportLife-time.Minute).UTC(), ann.ID)
		f.Jobs()
		require.NoError(f.T, f.Sweep(f.Ctx))
		require.Equal(f.T, 1, f.Count("SELECT count(*) FROM sessions"))
		require.Equal(f.T, []int64{here.ID}, f.Alive(idle, over, here))
		require.Equal(f.T, store.BlobJob{Blobs: []string{"anna copy"}}, only[store.BlobJob](f))
		require.Equal(f.T, 1, f.Count("SELECT count(*) FROM exports"))
		require.NoError(f.T, f.Sweep(f.Ctx))
		require.Empty(f.T, f.Jobs(), "nothing is left to do")
		require.Equal(f.T, 2, f.Count("SELECT count(*) FROM users"))
	})
}

func TestUnconfirmedSignupsAreRemoved(t *testing.T) {
	everywhere(t, func(f *fixture) {
		old := f.NewSignup("anna", "anna@example.org")
		confirmed := f.NewSignup("bobby", "bobby@example.org")
		_, err := f.Verify(f.Ctx, f.VerifyToken(confirmed))
		require.NoError(f.T, err)
		known := f.NewSignup("cydney", "cydney@example.org")
		_, err = f.SendRequest(f.Ctx, known, confirmed)
		require.NoError(f.T, err)
		before := f.User("david") // from before addresses were confirmed
		f.Exec("UPDATE users SET verified_at = NULL, created_at = ? WHERE id = ?", time.Now().Add(-365*24*time.Hour).UTC(), before.ID)
		f.NewSession(old)
		f.ExpireSignups()
		late := f.NewSignup("evelyn", "evelyn@example.org")
		f.Changes()
		require.NoError(f.T, f.Sweep(f.Ctx))
		require.Equal(f.T, 4, f.Count("SELECT count(*) FROM users"))
		require.Zero(f.T, f.Count("SELECT count(*) FROM users WHERE id = ?", old.ID))
		require.Equal(f.T, 4, f.Count("SELECT count(*) FROM person_versions"))
		require.Zero(f.T, f.Count("SELECT count(*) FROM sessions"))
		require.Empty(f.T, f.Changes())
		require.NotZero(f.T, f.NewSignup("Anna", "anna@example.org").ID, "the name is free, for nobody has ever met it")
		_, err = f.Verify(f.Ctx, f.VerifyToken(late))
		require.NoError(f.T, err)
	}, domain.VerifyEmail)
}

// An operator may change their mind about whether addresses are confirmed.
func TestAdmittedUsersAreKept(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann := f.NewSignup("anna", "anna@example.org")
		f.Options = nil // from now on nothing has to be confirmed
		open := f.Open()
		require.True(f.T, open.Admits(ann))
		_, err := open.OpenSession(f.Ctx, ann, "")
		require.NoError(f.T, err)
		f.ExpireSignups()
		require.NoError(f.T, open.Sweep(f.Ctx))
		require.Equal(f.T, 1, f.Count("SELECT count(*) FROM users"))
		require.NoError(f.T, f.Sweep(f.Ctx), "and again they must be confirmed")
		require.Equal(f.T, 1, f.Count("SELECT count(*) FROM users"), "a user who was admitted once stays")
	}, domain.VerifyEmail)
}

// A user who confirms at the last moment is either removed or admitted, never half of it.
func TestSweepRacesConfirmations(t *testing.T) {
	everywhere(t, func(f *fixture) {
		nodes := f.Both()
		const n = 12
		people, tokens := f.Users(domain.Numbered("person", n)...), make([]string, n)
		f.Exec("UPDATE users SET verified_at = NULL, confirm_by = created_at")
		for i, u := range people {
			f.NewSession(u)
			tokens[i] = f.VerifyToken(u)
		}
		f.ExpireSignups()
		outcomes := domain.Race(n+4, func(i int) (err error) {
			if i%4 == 3 {
				return nodes[i/4%2].Sweep(f.Ctx)
			}
			_, err = nodes[i%2].Verify(f.Ctx, tokens[i-i/4])
			return err
		})
		for i, err := range outcomes {
			if i%4 == 3 {
				require.NoError(f.T, err)
				continue
			}
			here := f.Count("SELECT count(*) FROM users AS u JOIN person_versions AS pv ON pv.user_id = u.id WHERE u.id = ? AND verified_at IS NOT NULL", people[i-i/4].ID)
			require.Equal(f.T, err == nil, here == 1, "%v", err)
			if err != nil {
				require.Equal(f.T, errs.NotFound, errs.CodeOf(err), "%v", err)
			}
		}
	}, domain.VerifyEmail)
}
