package account_test

import (
	"fmt"
	"testing"

	"dchat/app/account"
	"dchat/app/errs"
	"dchat/test/domain"

	"github.com/stretchr/testify/require"
)

// askEmail asks for a change of address and returns the token of the email to the new one.
func (f *fixture) askEmail(u *account.User, email string) string {
	f.T.Helper()
	f.Jobs()
	require.NoError(f.T, f.ChangeEmail(f.Ctx, u, email, domain.Password))
	return f.Token(f.Emails()[account.EmailConfirm])
}

func TestEmailChangesOnConfirmation(t *testing.T) {
	everywhere(t, func(f *fixture) {
		nodes := f.Both()
		ann := f.User("anna")
		session := f.NewSession(ann)
		require.NoError(f.T, f.ChangeEmail(f.Ctx, ann, " Anna@New.example ", domain.Password))
		emails := f.Emails()
		require.Len(f.T, emails, 2)
		require.Equal(f.T, "Anna@new.example", emails[account.EmailConfirm].To)
		require.Equal(f.T, "anna@example.org", emails[account.EmailChangeRequested].To, "the old address gets a notice")
		require.Equal(f.T, "anna@example.org", f.Row(ann).Email, "which stays until then")
		require.Equal(f.T, "Anna@new.example", f.Row(ann).NewEmail)
		token := f.Token(emails[account.EmailConfirm])
		seen, err := f.EmailChangeOf(f.Ctx, token)
		require.NoError(f.T, err)
		require.Equal(f.T, "Anna@new.example", seen.NewEmail)

		f.Changes()
		domain.Once(f.T, domain.Race(20, func(i int) error {
			_, err := nodes[i%2].ConfirmEmail(f.Ctx, token)
			return err
		}), errs.NotFound)
		domain.EmailGoesTo(f.T, only[account.EmailJob](f), account.EmailChanged, ann, "anna@example.org")
		require.Len(f.T, f.Changes(), 1)
		now := f.Row(ann)
		require.Equal(f.T, "Anna@new.example", now.Email)
		require.Empty(f.T, now.NewEmail)
		require.False(f.T, now.VerifiedAt.IsZero())
		require.Len(f.T, f.Alive(session), 1, "no session ends")
		_, err = f.SignIn(f.Ctx, "anna@new.EXAMPLE", domain.Password)
		require.NoError(f.T, err)
		_, err = f.SignIn(f.Ctx, "anna@example.org", domain.Password)
		require.Equal(f.T, errs.Invalid, errs.CodeOf(err))
		_, err = f.EmailChangeOf(f.Ctx, token)
		require.Equal(f.T, errs.NotFound, errs.CodeOf(err))
	})
}

func TestEmailChangeIsValidated(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann := f.User("anna")
		f.User("bobby")
		domain.WrongField(f.T, f.ChangeEmail(f.Ctx, ann, "anna@new.example", "wrong"), "current_password")
		domain.WrongField(f.T, f.ChangeEmail(f.Ctx, ann, "anna@new.example", ""), "current_password")
		domain.WrongField(f.T, f.ChangeEmail(f.Ctx, ann, "nowhere", domain.Password), "email")
		domain.WrongField(f.T, f.ChangeEmail(f.Ctx, ann, "a@b.org\r\nBcc: c@d.org", domain.Password), "email")
		domain.WrongField(f.T, f.ChangeEmail(f.Ctx, ann, "ANNA@example.org", domain.Password), "email")
		domain.WrongField(f.T, f.ChangeEmail(f.Ctx, ann, "Bobby@example.org", domain.Password), "email")
		require.Empty(f.T, f.Jobs())
		require.Empty(f.T, f.Changes())
		require.Empty(f.T, f.Row(ann).NewEmail)
	})
}

func TestCancelledEmailChange(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann := f.User("anna")
		cancelled := f.askEmail(ann, "anna@one.example")
		require.NoError(f.T, f.CancelEmailChange(f.Ctx, ann))
		_, err := f.EmailChangeOf(f.Ctx, cancelled)
		require.Equal(f.T, errs.NotFound, errs.CodeOf(err))

		older := f.askEmail(ann, "anna@two.example")
		newer := f.askEmail(ann, "anna@three.example")
		require.Nil(f.T, f.EmailOf(account.EmailJob{Name: account.EmailConfirm, UserID: ann.ID, To: "anna@two.example"}), "a late email has no reason any more")
		for _, token := range []string{cancelled, older} {
			_, err := f.ConfirmEmail(f.Ctx, token)
			require.Equal(f.T, errs.NotFound, errs.CodeOf(err))
		}
		_, err = f.ConfirmEmail(f.Ctx, newer)
		require.NoError(f.T, err)
		require.Equal(f.T, "anna@three.example", f.Row(ann).Email)
	})
}

func TestConfirmRacesCancel(t *testing.T) {
	everywhere(t, func(f *fixture) {
		nodes := f.Both()
		for i := range 6 {
			u, email := f.User(fmt.Sprint("person", i)), fmt.Sprintf("new%d@example.org", i)
			token := f.askEmail(u, email)
			outcomes := domain.Race(2, func(k int) (err error) {
				if k == 0 {
					return nodes[i%2].CancelEmailChange(f.Ctx, u)
				}
				_, err = nodes[1].ConfirmEmail(f.Ctx, token)
				return err
			})
			require.NoError(f.T, outcomes[0])
			now := f.Row(u)
			require.Empty(f.T, now.NewEmail)
			if outcomes[1] == nil {
				require.Equal(f.T, email, now.Email)
			} else {
				require.Equal(f.T, errs.NotFound, errs.CodeOf(outcomes[1]))
				require.Equal(f.T, u.Email, now.Email)
			}
		}
	})
}

func TestConcurrentChangesToOneAddress(t *testing.T) {
	everywhere(t, func(f *fixture) {
		nodes := f.Both()
		tokens := make([]string, 4)
		for i := range tokens {
			tokens[i] = f.askEmail(f.User(fmt.Sprint("person", i)), []string{"wanted@example.org", "Wanted@example.org"}[i%2])
		}
		domain.Once(f.T, domain.Race(len(tokens), func(i int) error {
			_, err := nodes[i%2].ConfirmEmail(f.Ctx, tokens[i])
			return err
		}), errs.Refused)
		require.Equal(f.T, 1, f.Count("SELECT count(*) FROM users WHERE email_key = 'wanted@example.org'"))
	})
}

func TestEmailChangeDoesNotRevealAccounts(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann := f.User("anna")
		f.User("bobby")
		require.NoError(f.T, f.ChangeEmail(f.Ctx, ann, "bobby@example.org", domain.Password))
		emails := f.Emails()
		require.Len(f.T, emails, 2, "as for an unused address")
		message := f.EmailOf(emails[account.EmailConfirm])
		require.Equal(f.T, account.EmailKnown, message.Name)
		require.Equal(f.T, "bobby", message.User.Username)
		require.Equal(f.T, "/login", message.Path, "no link changes anything")

		token := f.askEmail(ann, "late@example.org")
		late := f.NewSignup("late-bob", "late@example.org")
		_, err := f.Verify(f.Ctx, f.Token(only[account.EmailJob](f)))
		require.NoError(f.T, err)
		_, err = f.ConfirmEmail(f.Ctx, token)
		require.Equal(f.T, errs.Refused, errs.CodeOf(err), "it has become %s's meanwhile", late.Username)
		require.Equal(f.T, "anna@example.org", f.Row(ann).Email)
	}, domain.VerifyEmail)
}
