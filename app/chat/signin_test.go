package chat_test

import (
	"fmt"
	"testing"
	"time"

	"dchat/app/chat"

	"github.com/stretchr/testify/require"
)

// A sign-in whose password was checked before the person changed opens no session.
func TestASignInUnderWayDoesNotSurviveAChange(t *testing.T) {
	for name, change := range map[string]func(*world, *chat.User) error{
		"reset": func(w *world, u *chat.User) error {
			_, err := w.ResetPassword(w.ctx, w.resetLink(u.Email), another)
			return err
		},
		"password": func(w *world, u *chat.User) error { return w.ChangePassword(w.ctx, w.signIn(u), password, another) },
		"email": func(w *world, u *chat.User) error {
			_, err := w.ConfirmEmail(w.ctx, w.askEmail(u, "new@example.org"))
			return err
		},
		"deletion": func(w *world, u *chat.User) error { return w.DeleteAccount(w.ctx, u, password) },
	} {
		t.Run(name, func(t *testing.T) {
			everywhere(t, func(w *world) {
				ann := w.person("anna")
				checked, err := w.SignIn(w.ctx, "anna@example.org", password)
				require.NoError(w.t, err)
				require.NoError(w.t, change(w, ann))
				before := w.count("SELECT count(*) FROM sessions")
				_, err = w.open().OpenSession(w.ctx, checked, "")
				require.Contains(w.t, []chat.Code{chat.Refused, chat.NotFound}, chat.CodeOf(err), "%v", err)
				require.Equal(w.t, before, w.count("SELECT count(*) FROM sessions"))
				_, _, err = w.Enter(w.ctx, "anna@example.org", password, "")
				require.Equal(w.t, chat.Invalid, chat.CodeOf(err))
			})
		})
	}
}

func TestSignInsRaceAReset(t *testing.T) {
	everywhere(t, func(w *world) {
		nodes, ann := w.both(), w.person("anna")
		token := w.resetLink(ann.Email)
		errs := race(12, func(i int) error {
			if i == 0 {
				_, err := w.ResetPassword(w.ctx, token, another)
				return err
			}
			_, _, err := nodes[i%2].Enter(w.ctx, "anna", password, "")
			return err
		})
		require.NoError(w.t, errs[0])
		require.Zero(w.t, w.count("SELECT count(*) FROM sessions"), "a session of the old password is left")
	})
}

// Whose password it is decides among those who claim an address that nobody has confirmed.
func TestThePasswordDecidesAmongClaimants(t *testing.T) {
	everywhere(t, func(w *world) {
		sign := func(name, secret string) *chat.User {
			u, err := w.SignUp(w.ctx, chat.Signup{Email: "anna@example.org", Username: name, Password: secret})
			require.NoError(w.t, err)
			return u
		}
		ann, late := sign("anna", password), sign("mallory", another)
		for range 5 { // no crowd of later ones takes it away
			sign(fmt.Sprint("crowd", time.Now().UnixNano()), "a third password 9")
		}
		for secret, u := range map[string]*chat.User{password: ann, another: late} {
			found, err := w.SignIn(w.ctx, "Anna@example.org", secret)
			require.NoError(w.t, err)
			require.Equal(w.t, u.ID, found.ID)
		}
		_, err := w.SignIn(w.ctx, "anna@example.org", "neither of them 7")
		require.Equal(w.t, chat.Invalid, chat.CodeOf(err))
	}, verify)
}

// Signing up with an address and signing in with it looks the same, whoever has confirmed the address.
func TestSignInDoesNotTellWhetherAnAddressIsConfirmed(t *testing.T) {
	everywhere(t, func(w *world) {
		ann := w.newcomer("anna", "anna@example.org")
		w.exec("UPDATE users SET verified_at = created_at WHERE id = ?", ann.ID)
		for i, email := range []string{"anna@example.org", "nobody@example.org"} {
			u, err := w.SignUp(w.ctx, chat.Signup{Email: email, Username: fmt.Sprint("mallory", i), Password: another})
			require.NoError(w.t, err)
			found, _, err := w.Enter(w.ctx, email, another, "")
			require.NoError(w.t, err)
			require.Equal(w.t, u.ID, found.ID)
			require.False(w.t, w.Admits(found))
		}
		found, err := w.SignIn(w.ctx, "anna@example.org", password)
		require.NoError(w.t, err)
		require.Equal(w.t, ann.ID, found.ID)
		checks := map[string]int{}
		for _, login := range []string{"anna@example.org", "nobody@example.org", "somebody@example.org"} {
			checks[login] = w.Checks(func() { _, err = w.SignIn(w.ctx, login, "a wrong one 55") })
			require.Equal(w.t, chat.Invalid, chat.CodeOf(err))
		}
		require.Equal(w.t, map[string]int{"anna@example.org": 3, "nobody@example.org": 3, "somebody@example.org": 3}, checks, "as many passwords are checked")
		for _, right := range [][2]string{{"anna@example.org", password}, {"anna@example.org", another}, {"nobody@example.org", another}} {
			require.Equal(w.t, 3, w.Checks(func() { _, err = w.SignIn(w.ctx, right[0], right[1]) }), "nor do those who know a password learn whether others claim the address")
			require.NoError(w.t, err)
		}
	}, verify)
}

// Who confirms an address of an account that was made elsewhere has it alone.
func TestConfirmingElsewhereTakesTheAccount(t *testing.T) {
	everywhere(t, func(w *world) {
		mallory := w.newcomer("mallory", "anna@example.org")
		theirs := w.signIn(mallory)
		token := w.token(w.letters()[chat.LetterVerify])
		_, err := w.VerifyAnew(w.ctx, token, "short")
		wrongField(w.t, err, "password")
		require.Zero(w.t, w.row(mallory).VerifiedAt)
		_, err = w.VerifyAnew(w.ctx, token, another)
		require.NoError(w.t, err)
		require.False(w.t, w.row(mallory).VerifiedAt.IsZero())
		require.Empty(w.t, w.alive(theirs))
		require.Equal(w.t, []string{another}, w.opens(mallory, password, another))
		_, err = w.VerifyAnew(w.ctx, token, another)
		require.Equal(w.t, chat.NotFound, chat.CodeOf(err))

		other := w.newcomer("moriarty", "moriarty@example.org") // corrects the address to one of somebody else
		theirs = w.signIn(other)
		_, err = w.ConfirmEmailAnew(w.ctx, w.askEmail(other, "bert@example.org"), another)
		require.NoError(w.t, err)
		require.Empty(w.t, w.alive(theirs))
		require.Equal(w.t, []string{another}, w.opens(other, password, another))
	}, verify)
}
