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

// opens returns the passwords that sign in.
func (f *fixture) opens(u *account.User, passwords ...string) (good []string) {
	f.T.Helper()
	for _, p := range passwords {
		if _, err := f.SignIn(f.Ctx, u.Username, p); err == nil {
			good = append(good, p)
		} else {
			require.Equal(f.T, errs.Invalid, errs.CodeOf(err))
		}
	}
	return good
}

func TestResetLinkWorksOnce(t *testing.T) {
	everywhere(t, func(f *fixture) {
		nodes := f.Both()
		ann := f.User("anna")
		session := f.NewSession(ann)
		token := f.ResetToken(" ANNA@example.org ")
		_, err := f.ResetPassword(f.Ctx, token, "password1")
		domain.WrongField(f.T, err, "password")
		seen, err := f.ResetOf(f.Ctx, token)
		require.NoError(f.T, err, "neither looking nor a bad password use the link up")
		require.Equal(f.T, ann.ID, seen.ID)
		require.Equal(f.T, []int64{session.ID}, f.Alive(session))

		f.Changes()
		passwords := []string{domain.Password}
		for i := range 6 {
			passwords = append(passwords, fmt.Sprintf("another mountain %d", i))
		}
		domain.Once(f.T, domain.Race(6, func(i int) error {
			_, err := nodes[i%2].ResetPassword(f.Ctx, token, passwords[i+1])
			return err
		}), errs.NotFound)
		good := f.opens(ann, passwords...)
		require.Len(f.T, good, 1)
		require.NotContains(f.T, good, domain.Password)
		require.Empty(f.T, f.Alive(session), "all sessions have ended")
		domain.EmailGoesTo(f.T, only[account.EmailJob](f), account.EmailPasswordChanged, ann, ann.Email)
		changes := f.Changes()
		require.Len(f.T, changes, 1)
		require.True(f.T, changes[0].Self)
		_, err = f.ResetOf(f.Ctx, token)
		require.Equal(f.T, errs.NotFound, errs.CodeOf(err))
	})
}

func TestForgotPasswordDoesNotRevealAccounts(t *testing.T) {
	everywhere(t, func(f *fixture) {
		f.User("anna")
		for _, email := range []string{"anna@example.org", "nobody@example.org"} {
			require.NoError(f.T, f.ForgotPassword(f.Ctx, email))
			job := only[account.EmailJob](f)
			require.Equal(f.T, account.EmailJob{Name: account.EmailReset, To: email}, job, "the same work for everybody")
			require.Equal(f.T, email == "anna@example.org", f.EmailOf(job) != nil)
		}
		domain.WrongField(f.T, f.ForgotPassword(f.Ctx, "nobody"), "email")
		require.Empty(f.T, f.Changes())
	})
}

func TestChangesInvalidateResetLink(t *testing.T) {
	everywhere(t, func(f *fixture) {
		for name, change := range map[string]func(u *account.User) error{
			"with a password change": func(u *account.User) error {
				return f.ChangePassword(f.Ctx, f.NewSession(u), domain.Password, domain.NewPassword)
			},
			"with another reset": func(u *account.User) error {
				_, err := f.ResetPassword(f.Ctx, f.TokenUntil("reset", u, time.Now().Add(time.Hour)), domain.NewPassword)
				return err
			},
			"with another address": func(u *account.User) error {
				f.Jobs()
				if err := f.ChangeEmail(f.Ctx, u, "new-"+u.Email, domain.Password); err != nil {
					return err
				}
				_, err := f.ConfirmEmail(f.Ctx, f.Token(f.Emails()[account.EmailConfirm]))
				return err
			},
			"with the account": func(u *account.User) error { return f.DeleteAccount(f.Ctx, u, domain.Password) },
		} {
			u := f.User("person" + fmt.Sprint(len(name)))
			token := f.ResetToken(u.Email)
			require.NoError(f.T, change(u), name)
			_, err := f.ResetPassword(f.Ctx, token, "a third mountain 9")
			require.Equal(f.T, errs.NotFound, errs.CodeOf(err), name)
		}
	})
}

func TestResetConfirmsTheAddress(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann := f.NewSignup("anna", "anna@example.org")
		user, err := f.ResetPassword(f.Ctx, f.ResetToken("anna@example.org"), domain.NewPassword)
		require.NoError(f.T, err)
		require.True(f.T, f.Admits(user))
		require.True(f.T, f.Admits(f.Row(ann)))

		late := f.NewSignup("late-anna", "anna@example.org")
		token := f.TokenUntil("reset", late, time.Now().Add(time.Hour))
		user, err = f.ResetPassword(f.Ctx, token, domain.NewPassword)
		require.NoError(f.T, err, "the address belongs to another user, the password is one's own")
		require.False(f.T, f.Admits(user))
		require.Equal(f.T, []string{domain.NewPassword}, f.opens(late, domain.Password, domain.NewPassword))
		require.Equal(f.T, "anna", f.EmailOf(account.EmailJob{Name: account.EmailReset, To: "anna@example.org"}).User.Username, "the email is about the user who confirmed the address")
		_, err = f.ResetOf(f.Ctx, token)
		require.Equal(f.T, errs.NotFound, errs.CodeOf(err))
	}, domain.VerifyEmail)
}

func TestChangePassword(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		here, there, bobs := f.NewSession(ann), f.NewSession(ann), f.NewSession(bob)
		f.Changes()
		domain.WrongField(f.T, f.ChangePassword(f.Ctx, here, "wrong", domain.NewPassword), "current_password")
		domain.WrongField(f.T, f.ChangePassword(f.Ctx, here, "", domain.NewPassword), "current_password")
		domain.WrongField(f.T, f.ChangePassword(f.Ctx, here, domain.Password, "password1"), "password")
		domain.WrongField(f.T, f.ChangePassword(f.Ctx, here, domain.Password, "1234"), "password")
		require.Len(f.T, f.Alive(here, there), 2)
		require.Empty(f.T, f.Changes())

		require.NoError(f.T, f.ChangePassword(f.Ctx, here, domain.Password, domain.NewPassword))
		require.Equal(f.T, []string{domain.NewPassword}, f.opens(ann, domain.Password, domain.NewPassword))
		require.Equal(f.T, []int64{here.ID, bobs.ID}, f.Alive(here, there, bobs), "only the other sessions of this user end")
		domain.EmailGoesTo(f.T, only[account.EmailJob](f), account.EmailPasswordChanged, ann, ann.Email)
	})
}

// A session and its person may be a second old, and a password takes a while to check: what decides is
// how things are when it happens.
func TestOldPasswordIsRejectedEverywhere(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann := f.User("anna")
		thief, mine := f.NewSession(ann), f.NewSession(ann)
		require.NoError(f.T, f.ChangePassword(f.Ctx, mine, domain.Password, domain.NewPassword))
		f.Jobs()
		for what, do := range map[string]func() error{
			"another password": func() error { return f.ChangePassword(f.Ctx, thief, domain.Password, "a third mountain 9") },
			"another address":  func() error { return f.ChangeEmail(f.Ctx, thief.User, "thief@example.org", domain.Password) },
			"the end":          func() error { return f.DeleteAccount(f.Ctx, thief.User, domain.Password) },
		} {
			require.Error(f.T, do(), what)
		}
		domain.WrongField(f.T, f.ChangePassword(f.Ctx, mine, domain.Password, "a third mountain 9"), "current_password")
		require.Equal(f.T, []string{domain.NewPassword}, f.opens(ann, domain.Password, domain.NewPassword))
		require.Empty(f.T, f.Row(ann).NewEmail)
		require.Empty(f.T, f.Jobs())
		require.Equal(f.T, []int64{mine.ID}, f.Alive(mine))
	})
}

// A user who fears that another person has their password chooses a new one. What that person has begun must
// end with it.
func TestNewPasswordCancelsEmailChange(t *testing.T) {
	everywhere(t, func(f *fixture) {
		for i, choose := range []func(u *account.User) error{
			func(u *account.User) error {
				_, err := f.ResetPassword(f.Ctx, f.ResetToken(u.Email), domain.NewPassword)
				return err
			},
			func(u *account.User) error {
				return f.ChangePassword(f.Ctx, f.NewSession(u), domain.Password, domain.NewPassword)
			},
		} {
			u := f.User(fmt.Sprint("person", i))
			require.NoError(f.T, f.ChangeEmail(f.Ctx, u, fmt.Sprintf("thief%d@example.org", i), domain.Password))
			token := f.Token(f.Emails()[account.EmailConfirm])
			require.NoError(f.T, choose(u))
			_, err := f.ConfirmEmail(f.Ctx, token)
			require.Equal(f.T, errs.NotFound, errs.CodeOf(err))
			require.Equal(f.T, u.Email, f.Row(u).Email)
			require.Empty(f.T, f.Row(u).NewEmail)
		}
	})
}
