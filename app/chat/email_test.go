package chat_test

import (
	"fmt"
	"testing"

	"dchat/app/chat"

	"github.com/stretchr/testify/require"
)

// askEmail asks for a change of address and returns the token of the letter to the new one.
func (w *world) askEmail(u *chat.User, email string) string {
	w.t.Helper()
	w.jobs()
	require.NoError(w.t, w.ChangeEmail(w.ctx, u, email, password))
	return w.token(w.letters()[chat.LetterEmailConfirm])
}

func TestAnAddressChangesOnceItIsConfirmed(t *testing.T) {
	everywhere(t, func(w *world) {
		nodes := w.both()
		ann := w.person("anna")
		session := w.signIn(ann)
		require.NoError(w.t, w.ChangeEmail(w.ctx, ann, " Anna@New.example ", password))
		letters := w.letters()
		require.Len(w.t, letters, 2)
		require.Equal(w.t, "Anna@new.example", letters[chat.LetterEmailConfirm].To)
		require.Equal(w.t, "anna@example.org", letters[chat.LetterEmailAsked].To, "the old address is told")
		require.Equal(w.t, "anna@example.org", w.row(ann).Email, "which stays until then")
		require.Equal(w.t, "Anna@new.example", w.row(ann).NewEmail)
		token := w.token(letters[chat.LetterEmailConfirm])
		seen, err := w.EmailChangeOf(w.ctx, token)
		require.NoError(w.t, err)
		require.Equal(w.t, "Anna@new.example", seen.NewEmail)

		w.told()
		once(w.t, race(20, func(i int) error {
			_, err := nodes[i%2].ConfirmEmail(w.ctx, token)
			return err
		}), chat.NotFound)
		goes(w.t, only[chat.LetterJob](w), chat.LetterEmailChanged, ann, "anna@example.org")
		require.Len(w.t, w.told(), 1)
		now := w.row(ann)
		require.Equal(w.t, "Anna@new.example", now.Email)
		require.Empty(w.t, now.NewEmail)
		require.False(w.t, now.VerifiedAt.IsZero())
		require.Len(w.t, w.alive(session), 1, "nobody is signed out")
		_, err = w.SignIn(w.ctx, "anna@new.EXAMPLE", password)
		require.NoError(w.t, err)
		_, err = w.SignIn(w.ctx, "anna@example.org", password)
		require.Equal(w.t, chat.Invalid, chat.CodeOf(err))
		_, err = w.EmailChangeOf(w.ctx, token)
		require.Equal(w.t, chat.NotFound, chat.CodeOf(err))
	})
}

func TestAChangeOfAddressNeedsWhatIsRight(t *testing.T) {
	everywhere(t, func(w *world) {
		ann := w.person("anna")
		w.person("bobby")
		wrongField(w.t, w.ChangeEmail(w.ctx, ann, "anna@new.example", "wrong"), "current_password")
		wrongField(w.t, w.ChangeEmail(w.ctx, ann, "anna@new.example", ""), "current_password")
		wrongField(w.t, w.ChangeEmail(w.ctx, ann, "nowhere", password), "email")
		wrongField(w.t, w.ChangeEmail(w.ctx, ann, "a@b.org\r\nBcc: c@d.org", password), "email")
		wrongField(w.t, w.ChangeEmail(w.ctx, ann, "ANNA@example.org", password), "email")
		wrongField(w.t, w.ChangeEmail(w.ctx, ann, "Bobby@example.org", password), "email")
		require.Empty(w.t, w.jobs())
		require.Empty(w.t, w.told())
		require.Empty(w.t, w.row(ann).NewEmail)
	})
}

func TestAChangeOfAddressThatWasGivenUp(t *testing.T) {
	everywhere(t, func(w *world) {
		ann := w.person("anna")
		cancelled := w.askEmail(ann, "anna@one.example")
		require.NoError(w.t, w.CancelEmailChange(w.ctx, ann))
		_, err := w.EmailChangeOf(w.ctx, cancelled)
		require.Equal(w.t, chat.NotFound, chat.CodeOf(err))

		older := w.askEmail(ann, "anna@two.example")
		newer := w.askEmail(ann, "anna@three.example")
		require.Nil(w.t, w.write(chat.LetterJob{Letter: chat.LetterEmailConfirm, UserID: ann.ID, To: "anna@two.example"}), "a letter that is late has no reason any more")
		for _, token := range []string{cancelled, older} {
			_, err := w.ConfirmEmail(w.ctx, token)
			require.Equal(w.t, chat.NotFound, chat.CodeOf(err))
		}
		_, err = w.ConfirmEmail(w.ctx, newer)
		require.NoError(w.t, err)
		require.Equal(w.t, "anna@three.example", w.row(ann).Email)
	})
}

func TestConfirmingRacesGivingUp(t *testing.T) {
	everywhere(t, func(w *world) {
		nodes := w.both()
		for i := range 6 {
			u, email := w.person(fmt.Sprint("person", i)), fmt.Sprintf("new%d@example.org", i)
			token := w.askEmail(u, email)
			errs := race(2, func(k int) (err error) {
				if k == 0 {
					return nodes[i%2].CancelEmailChange(w.ctx, u)
				}
				_, err = nodes[1].ConfirmEmail(w.ctx, token)
				return err
			})
			require.NoError(w.t, errs[0])
			now := w.row(u)
			require.Empty(w.t, now.NewEmail)
			if errs[1] == nil {
				require.Equal(w.t, email, now.Email)
			} else {
				require.Equal(w.t, chat.NotFound, chat.CodeOf(errs[1]))
				require.Equal(w.t, u.Email, now.Email)
			}
		}
	})
}

func TestAnAddressForWhichTwoAsk(t *testing.T) {
	everywhere(t, func(w *world) {
		nodes := w.both()
		tokens := make([]string, 4)
		for i := range tokens {
			tokens[i] = w.askEmail(w.person(fmt.Sprint("person", i)), []string{"wanted@example.org", "Wanted@example.org"}[i%2])
		}
		once(w.t, race(len(tokens), func(i int) error {
			_, err := nodes[i%2].ConfirmEmail(w.ctx, tokens[i])
			return err
		}), chat.Refused)
		require.Equal(w.t, 1, w.count("SELECT count(*) FROM users WHERE email_key = 'wanted@example.org'"))
	})
}

func TestAChangeOfAddressDoesNotTellWhoIsHere(t *testing.T) {
	everywhere(t, func(w *world) {
		ann := w.person("anna")
		w.person("bobby")
		require.NoError(w.t, w.ChangeEmail(w.ctx, ann, "bobby@example.org", password))
		letters := w.letters()
		require.Len(w.t, letters, 2, "as for an address that nobody has")
		letter := w.write(letters[chat.LetterEmailConfirm])
		require.Equal(w.t, chat.LetterKnown, letter.Name)
		require.Equal(w.t, "bobby", letter.User.Username)
		require.Equal(w.t, "/login", letter.Path, "no link changes anything")

		token := w.askEmail(ann, "late@example.org")
		late := w.newcomer("late-bob", "late@example.org")
		_, err := w.Verify(w.ctx, w.token(only[chat.LetterJob](w)))
		require.NoError(w.t, err)
		_, err = w.ConfirmEmail(w.ctx, token)
		require.Equal(w.t, chat.Refused, chat.CodeOf(err), "it has become %s's meanwhile", late.Username)
		require.Equal(w.t, "anna@example.org", w.row(ann).Email)
	}, verify)
}
