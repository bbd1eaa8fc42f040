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

func TestSignInByNameOrAddress(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann := f.User("Anna")
		for _, login := range []string{"anna", "ANNA", " Anna ", "anna@example.org", "Anna@Example.Org"} {
			user, err := f.SignIn(f.Ctx, login, domain.Password)
			require.NoError(t, err, login)
			require.Equal(t, ann.ID, user.ID)
		}
		var sentences []string
		for _, try := range [][2]string{{"anna", "wrong"}, {"nobody", domain.Password}, {"", ""}, {"anna", ""}} {
			_, err := f.SignIn(f.Ctx, try[0], try[1])
			require.Equal(t, errs.Invalid, errs.CodeOf(err))
			sentences = append(sentences, err.Error())
		}
		require.Len(t, map[string]bool{sentences[0]: true, sentences[1]: true, sentences[2]: true, sentences[3]: true}, 1, "they tell nothing apart")
	})
}

// A sign-in whose password was checked before the person changed opens no session.
func TestChangeInvalidatesSignInInProgress(t *testing.T) {
	for name, change := range map[string]func(*fixture, *account.User) error{
		"reset": func(f *fixture, u *account.User) error {
			_, err := f.ResetPassword(f.Ctx, f.ResetToken(u.Email), domain.NewPassword)
			return err
		},
		"password": func(f *fixture, u *account.User) error {
			return f.ChangePassword(f.Ctx, f.NewSession(u), domain.Password, domain.NewPassword)
		},
		"email": func(f *fixture, u *account.User) error {
			_, err := f.ConfirmEmail(f.Ctx, f.askEmail(u, "new@example.org"))
			return err
		},
		"deletion": func(f *fixture, u *account.User) error { return f.DeleteAccount(f.Ctx, u, domain.Password) },
	} {
		t.Run(name, func(t *testing.T) {
			everywhere(t, func(f *fixture) {
				ann := f.User("anna")
				checked, err := f.SignIn(f.Ctx, "anna@example.org", domain.Password)
				require.NoError(f.T, err)
				require.NoError(f.T, change(f, ann))
				before := f.Count("SELECT count(*) FROM sessions")
				_, err = f.Open().OpenSession(f.Ctx, checked, "")
				require.Contains(f.T, []errs.Code{errs.Refused, errs.NotFound}, errs.CodeOf(err), "%v", err)
				require.Equal(f.T, before, f.Count("SELECT count(*) FROM sessions"))
				_, _, err = f.Enter(f.Ctx, "anna@example.org", domain.Password, "")
				require.Equal(f.T, errs.Invalid, errs.CodeOf(err))
			})
		})
	}
}

func TestSignInsRacePasswordReset(t *testing.T) {
	everywhere(t, func(f *fixture) {
		nodes, ann := f.Both(), f.User("anna")
		token := f.ResetToken(ann.Email)
		outcomes := domain.Race(12, func(i int) error {
			if i == 0 {
				_, err := f.ResetPassword(f.Ctx, token, domain.NewPassword)
				return err
			}
			_, _, err := nodes[i%2].Enter(f.Ctx, "anna", domain.Password, "")
			return err
		})
		require.NoError(f.T, outcomes[0])
		require.Zero(f.T, f.Count("SELECT count(*) FROM sessions"), "a session of the old password is left")
	})
}

// The password selects the account among those with one unconfirmed address.
func TestPasswordSelectsAmongUnconfirmedAccounts(t *testing.T) {
	everywhere(t, func(f *fixture) {
		sign := func(name, secret string) *account.User {
			u, err := f.SignUp(f.Ctx, account.Signup{Email: "anna@example.org", Username: name, Password: secret})
			require.NoError(f.T, err)
			return u
		}
		ann, late := sign("anna", domain.Password), sign("mallory", domain.NewPassword)
		for range 5 { // no crowd of later ones takes it away
			sign(fmt.Sprint("crowd", time.Now().UnixNano()), "a third password 9")
		}
		for secret, u := range map[string]*account.User{domain.Password: ann, domain.NewPassword: late} {
			found, err := f.SignIn(f.Ctx, "Anna@example.org", secret)
			require.NoError(f.T, err)
			require.Equal(f.T, u.ID, found.ID)
		}
		_, err := f.SignIn(f.Ctx, "anna@example.org", "neither of them 7")
		require.Equal(f.T, errs.Invalid, errs.CodeOf(err))
	}, domain.VerifyEmail)
}

// Signing up with an address and signing in with it looks the same, whether or not a user has confirmed the address.
func TestSignInDoesNotRevealConfirmedAddresses(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann := f.NewSignup("anna", "anna@example.org")
		f.Exec("UPDATE users SET verified_at = created_at WHERE id = ?", ann.ID)
		for i, email := range []string{"anna@example.org", "nobody@example.org"} {
			u, err := f.SignUp(f.Ctx, account.Signup{Email: email, Username: fmt.Sprint("mallory", i), Password: domain.NewPassword})
			require.NoError(f.T, err)
			found, _, err := f.Enter(f.Ctx, email, domain.NewPassword, "")
			require.NoError(f.T, err)
			require.Equal(f.T, u.ID, found.ID)
			require.False(f.T, f.Admits(found))
		}
		found, err := f.SignIn(f.Ctx, "anna@example.org", domain.Password)
		require.NoError(f.T, err)
		require.Equal(f.T, ann.ID, found.ID)
		checks := map[string]int{}
		for _, login := range []string{"anna@example.org", "nobody@example.org", "somebody@example.org"} {
			checks[login] = f.Checks(func() { _, err = f.SignIn(f.Ctx, login, "a wrong one 55") })
			require.Equal(f.T, errs.Invalid, errs.CodeOf(err))
		}
		require.Equal(f.T, map[string]int{"anna@example.org": 3, "nobody@example.org": 3, "somebody@example.org": 3}, checks, "as many passwords are checked")
		for _, right := range [][2]string{{"anna@example.org", domain.Password}, {"anna@example.org", domain.NewPassword}, {"nobody@example.org", domain.NewPassword}} {
			require.Equal(f.T, 3, f.Checks(func() { _, err = f.SignIn(f.Ctx, right[0], right[1]) }), "nor do those who know a password learn whether others claim the address")
			require.NoError(f.T, err)
		}
	}, domain.VerifyEmail)
}

// Who confirms an address of an account that was made elsewhere has it alone.
func TestConfirmationWithNewPasswordEndsOldSessions(t *testing.T) {
	everywhere(t, func(f *fixture) {
		mallory := f.NewSignup("mallory", "anna@example.org")
		theirs := f.NewSession(mallory)
		token := f.Token(f.Emails()[account.EmailVerify])
		_, err := f.VerifyAnew(f.Ctx, token, "short")
		domain.WrongField(f.T, err, "password")
		require.Zero(f.T, f.Row(mallory).VerifiedAt)
		_, err = f.VerifyAnew(f.Ctx, token, domain.NewPassword)
		require.NoError(f.T, err)
		require.False(f.T, f.Row(mallory).VerifiedAt.IsZero())
		require.Empty(f.T, f.Alive(theirs))
		require.Equal(f.T, []string{domain.NewPassword}, f.opens(mallory, domain.Password, domain.NewPassword))
		_, err = f.VerifyAnew(f.Ctx, token, domain.NewPassword)
		require.Equal(f.T, errs.NotFound, errs.CodeOf(err))

		other := f.NewSignup("moriarty", "moriarty@example.org") // corrects the address to that of another user
		theirs = f.NewSession(other)
		_, err = f.ConfirmEmailAnew(f.Ctx, f.askEmail(other, "bert@example.org"), domain.NewPassword)
		require.NoError(f.T, err)
		require.Empty(f.T, f.Alive(theirs))
		require.Equal(f.T, []string{domain.NewPassword}, f.opens(other, domain.Password, domain.NewPassword))
	}, domain.VerifyEmail)
}
