package account_test

import (
	"fmt"
	"testing"
	"time"

	"dchat/app/account"
	"dchat/app/errs"
	"dchat/test/domain"

	"github.com/stretchr/testify/require"
)

func TestMisleadingUsernamesAreRejected(t *testing.T) {
	everywhere(t, func(f *fixture) {
		sign := func(i int, username string) error {
			_, err := f.SignUp(f.Ctx, account.Signup{Email: fmt.Sprintf("a%d@example.org", i), Username: username, Password: domain.Password})
			return err
		}
		for i, username := range []string{
			"favicon.ico", "settings", "....", "----", "_._.", "login", "SignUp", "Log.In", "_admin_", "Support", "robots.txt", "index.html", "photo.PNG", "a.webmanifest",
			"deletedaccount", "Deleted.Account", "De1eted_Acc0unt", ".well-known", "uploads", "healthz",
		} {
			domain.WrongField(f.T, sign(i, username), "username")
		}
		for i, username := range []string{"anna", "....a", "2026", "search-fan", "settingsx", "dr.no.1", "person00001", "The.Account", "anna.berg", "j.s.bach"} {
			require.NoError(f.T, sign(100+i, username), username)
		}
		old := f.User("older")
		f.Exec("UPDATE users SET username = 'settings', username_key = 'settings', display_name = 'Deleted account' WHERE id = ?", old.ID)
		found, err := f.SignIn(f.Ctx, "settings", domain.Password)
		require.NoError(f.T, err, "who has such a name keeps it")
		_, err = f.SetProfile(f.Ctx, found, "Deleted account", domain.Ptr("picture9"))
		require.NoError(f.T, err)
	})
}

// A name that a forgotten sign-up gave back is found anew, on every node.
func TestReleasedUsernameIsLookedUpAgain(t *testing.T) {
	everywhere(t, func(f *fixture) {
		nodes := f.Both()
		first := f.NewSignup("anna", "anna@example.org")
		for _, node := range nodes {
			_, err := node.UserByName(f.Ctx, "anna")
			require.NoError(f.T, err)
		}
		f.ExpireSignups()
		require.NoError(f.T, f.Sweep(f.Ctx))
		_, err := f.UserByName(f.Ctx, "anna")
		require.Equal(f.T, errs.NotFound, errs.CodeOf(err))
		second := f.NewSignup("Anna", "other@example.org")
		require.NotEqual(f.T, first.ID, second.ID)
		for _, node := range nodes { // another one may believe what it has read for a second
			require.Eventually(f.T, func() bool {
				found, err := node.UserByName(f.Ctx, "anna")
				require.NoError(f.T, err)
				return found.ID == second.ID
			}, 10*time.Second, 20*time.Millisecond)
		}
	}, domain.VerifyEmail, func(o *domain.Options) { o.Fresh = func() bool { return true } })
}
