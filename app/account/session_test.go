package account_test

import (
	"strings"
	"testing"
	"time"

	"dchat/app/account"
	"dchat/app/errs"
	"dchat/test/domain"

	"github.com/stretchr/testify/require"
)

const household = "👨‍👩‍👧‍👦" // seven code points, 25 bytes

func TestUserAgentsAreCutBetweenCharacters(t *testing.T) {
	everywhere(t, func(f *fixture) {
		anna := f.User("anna")
		for agent, want := range map[string]string{
			"Browser " + strings.Repeat(household, 20):     "Browser " + strings.Repeat(household, 11),
			strings.Repeat("e\u0301", 200):                 strings.Repeat("e\u0301", 100),
			strings.Repeat("x", 299) + "🇩🇪":                strings.Repeat("x", 299),
			"a\x00b\xff" + strings.Repeat("नि", 60) + "ने": "ab" + strings.Repeat("नि", 49),
			strings.Repeat("x", 300):                       strings.Repeat("x", 300),
		} {
			token, err := f.OpenSession(f.Ctx, anna, agent)
			require.NoError(t, err)
			session, err := f.SessionByToken(f.Ctx, token)
			require.NoError(t, err)
			require.Equal(t, want, session.UserAgent)
		}
	})
}

func TestSessions(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann := f.User("anna")
		token, err := f.OpenSession(f.Ctx, ann, "Firefox\x00\xff")
		require.NoError(t, err)
		session, err := f.SessionByToken(f.Ctx, token)
		require.NoError(t, err)
		require.Equal(t, "anna", session.User.Username)
		_, err = f.SessionByToken(f.Ctx, token+"x")
		require.Equal(t, errs.NotFound, errs.CodeOf(err))
		require.NoError(t, f.CloseSession(f.Ctx, session))
		_, err = f.SessionByToken(f.Ctx, token)
		require.Equal(t, errs.NotFound, errs.CodeOf(err))
		alive, err := f.SessionsAlive(f.Ctx, []int64{session.ID})
		require.NoError(t, err)
		require.Empty(t, alive)
	})
}

// What a node has changed itself it does not believe to be as before, not even for a second.
func TestCacheDropsChangedUsers(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann := f.User("anna")
		token, err := f.OpenSession(f.Ctx, ann, "")
		require.NoError(f.T, err)
		seen := func() (session *account.Session, users []*account.User) {
			f.T.Helper()
			session, err := f.SessionByToken(f.Ctx, token)
			require.NoError(f.T, err)
			byID, err := f.UserByID(f.Ctx, ann.ID)
			require.NoError(f.T, err)
			byName, err := f.UserByName(f.Ctx, "Anna")
			require.NoError(f.T, err)
			return session, []*account.User{session.User, byID, byName}
		}
		session, _ := seen()
		again, _ := seen()
		require.Same(f.T, session, again, "the premise: it is remembered")
		f.Rename(ann, "Anna Karenina")
		require.NoError(f.T, f.ChangeEmail(f.Ctx, ann, "anna@new.example", domain.Password))
		for _, u := range second(seen()) {
			require.Equal(f.T, "Anna Karenina", u.DisplayName)
			require.Equal(f.T, "anna@new.example", u.NewEmail)
		}
		require.NoError(f.T, f.RevokeSession(f.Ctx, ann, session.ID))
		_, err = f.SessionByToken(f.Ctx, token)
		require.Equal(f.T, errs.NotFound, errs.CodeOf(err))
		require.NoError(f.T, f.DeleteAccount(f.Ctx, ann, domain.Password))
		gone, err := f.UserByID(f.Ctx, ann.ID)
		require.NoError(f.T, err)
		require.NotZero(f.T, gone.DeletedAt)
	}, func(o *domain.Options) { o.Fresh = nil })
}

func second[A, B any](_ A, b B) B { return b }

func TestRevokeOwnSessionsOnly(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		first, here, latest, bobs := f.NewSession(ann), f.NewSession(ann), f.NewSession(ann), f.NewSession(bob)
		f.Exec("UPDATE sessions SET seen_at = ? WHERE id = ?", latest.SeenAt.Add(time.Hour), latest.ID)
		list, err := f.Sessions(f.Ctx, ann)
		require.NoError(f.T, err)
		require.Len(f.T, list, 3)
		require.Equal(f.T, latest.ID, list[0].ID, "the latest seen first")
		require.Equal(f.T, errs.NotFound, errs.CodeOf(f.RevokeSession(f.Ctx, ann, bobs.ID)))
		f.Changes()
		require.NoError(f.T, f.RevokeSession(f.Ctx, ann, first.ID))
		require.Equal(f.T, errs.NotFound, errs.CodeOf(f.RevokeSession(f.Ctx, ann, first.ID)), "once")
		require.Equal(f.T, domain.IDs(ann), domain.Viewers(f.Changes()))
		require.NoError(f.T, f.RevokeOtherSessions(f.Ctx, here))
		require.NoError(f.T, f.RevokeOtherSessions(f.Ctx, here), "there are no others any more")
		require.Equal(f.T, []int64{here.ID, bobs.ID}, f.Alive(first, here, latest, bobs))
	})
}
