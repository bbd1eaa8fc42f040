package chat_test

import (
	"fmt"
	"testing"
	"time"

	"dchat/app/chat"

	"github.com/stretchr/testify/require"
)

const another = "another mountain 8"

// signIn opens a session in a browser.
func (w *world) signIn(u *chat.User) *chat.Session {
	w.t.Helper()
	token, err := w.OpenSession(w.ctx, u, "Firefox")
	require.NoError(w.t, err)
	session, err := w.SessionByToken(w.ctx, token)
	require.NoError(w.t, err)
	return session
}

// alive are those of the sessions that still stand.
func (w *world) alive(sessions ...*chat.Session) (names []int64) {
	w.t.Helper()
	for _, s := range sessions {
		alive, err := w.SessionsAlive(w.ctx, []int64{s.ID})
		require.NoError(w.t, err)
		if alive[s.ID] {
			names = append(names, s.ID)
		}
	}
	return names
}

// opens are those of the passwords with which somebody can sign in.
func (w *world) opens(u *chat.User, passwords ...string) (good []string) {
	w.t.Helper()
	for _, p := range passwords {
		if _, err := w.SignIn(w.ctx, u.Username, p); err == nil {
			good = append(good, p)
		} else {
			require.Equal(w.t, chat.Invalid, chat.CodeOf(err))
		}
	}
	return good
}

// resetLink is the token in the letter that somebody who forgot their password gets.
func (w *world) resetLink(email string) string {
	w.t.Helper()
	w.jobs()
	require.NoError(w.t, w.ForgotPassword(w.ctx, email))
	return w.token(only[chat.LetterJob](w))
}

// wrongField makes sure that an error is about one field.
func wrongField(t *testing.T, err error, field string) {
	t.Helper()
	var e *chat.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, chat.Invalid, e.Code)
	require.Len(t, e.Fields, 1)
	require.NotEmpty(t, e.Fields[field], "%v", e.Fields)
}

// goes makes sure of which letter goes to whom.
func goes(t *testing.T, job chat.LetterJob, letter string, u *chat.User, to string) {
	t.Helper()
	require.Equal(t, []any{letter, u.ID, to}, []any{job.Letter, job.UserID, job.To})
}

func TestAForgottenPasswordIsChosenAnewOnce(t *testing.T) {
	everywhere(t, func(w *world) {
		nodes := w.both()
		ann := w.person("anna")
		session := w.signIn(ann)
		token := w.resetLink(" ANNA@example.org ")
		_, err := w.ResetPassword(w.ctx, token, "password1")
		wrongField(w.t, err, "password")
		seen, err := w.ResetOf(w.ctx, token)
		require.NoError(w.t, err, "neither looking nor a bad password use the link up")
		require.Equal(w.t, ann.ID, seen.ID)
		require.Equal(w.t, []int64{session.ID}, w.alive(session))

		w.told()
		passwords := []string{password}
		for i := range 6 {
			passwords = append(passwords, fmt.Sprintf("another mountain %d", i))
		}
		once(w.t, race(6, func(i int) error {
			_, err := nodes[i%2].ResetPassword(w.ctx, token, passwords[i+1])
			return err
		}), chat.NotFound)
		good := w.opens(ann, passwords...)
		require.Len(w.t, good, 1)
		require.NotContains(w.t, good, password)
		require.Empty(w.t, w.alive(session), "all sessions have ended")
		goes(w.t, only[chat.LetterJob](w), chat.LetterPassword, ann, ann.Email)
		told := w.told()
		require.Len(w.t, told, 1)
		require.True(w.t, told[0].Self)
		_, err = w.ResetOf(w.ctx, token)
		require.Equal(w.t, chat.NotFound, chat.CodeOf(err))
	})
}

func TestForgettingDoesNotTellWhoIsHere(t *testing.T) {
	everywhere(t, func(w *world) {
		w.person("anna")
		for _, email := range []string{"anna@example.org", "nobody@example.org"} {
			require.NoError(w.t, w.ForgotPassword(w.ctx, email))
			job := only[chat.LetterJob](w)
			require.Equal(w.t, chat.LetterJob{Letter: chat.LetterReset, To: email}, job, "the same work for everybody")
			require.Equal(w.t, email == "anna@example.org", w.write(job) != nil)
		}
		wrongField(w.t, w.ForgotPassword(w.ctx, "nobody"), "email")
		require.Empty(w.t, w.told())
	})
}

func TestAResetLinkDies(t *testing.T) {
	everywhere(t, func(w *world) {
		for name, change := range map[string]func(u *chat.User) error{
			"with a password change": func(u *chat.User) error { return w.ChangePassword(w.ctx, w.signIn(u), password, another) },
			"with another reset": func(u *chat.User) error {
				_, err := w.ResetPassword(w.ctx, w.TokenUntil("reset", u, time.Now().Add(time.Hour)), another)
				return err
			},
			"with another address": func(u *chat.User) error {
				w.jobs()
				if err := w.ChangeEmail(w.ctx, u, "new-"+u.Email, password); err != nil {
					return err
				}
				_, err := w.ConfirmEmail(w.ctx, w.token(w.letters()[chat.LetterEmailConfirm]))
				return err
			},
			"with the account": func(u *chat.User) error { return w.DeleteAccount(w.ctx, u, password) },
		} {
			u := w.person("person" + fmt.Sprint(len(name)))
			token := w.resetLink(u.Email)
			require.NoError(w.t, change(u), name)
			_, err := w.ResetPassword(w.ctx, token, "a third mountain 9")
			require.Equal(w.t, chat.NotFound, chat.CodeOf(err), name)
		}
	})
}

func TestAResetConfirmsTheAddress(t *testing.T) {
	everywhere(t, func(w *world) {
		ann := w.newcomer("anna", "anna@example.org")
		user, err := w.ResetPassword(w.ctx, w.resetLink("anna@example.org"), another)
		require.NoError(w.t, err)
		require.True(w.t, w.Admits(user))
		require.True(w.t, w.Admits(w.row(ann)))

		late := w.newcomer("late-anna", "anna@example.org")
		token := w.TokenUntil("reset", late, time.Now().Add(time.Hour))
		user, err = w.ResetPassword(w.ctx, token, another)
		require.NoError(w.t, err, "the address is somebody else's, the password is one's own")
		require.False(w.t, w.Admits(user))
		require.Equal(w.t, []string{another}, w.opens(late, password, another))
		require.Equal(w.t, "anna", w.write(chat.LetterJob{Letter: chat.LetterReset, To: "anna@example.org"}).User.Username, "the letter is about whoever has confirmed the address")
		_, err = w.ResetOf(w.ctx, token)
		require.Equal(w.t, chat.NotFound, chat.CodeOf(err))
	}, verify)
}

func TestChangingThePassword(t *testing.T) {
	everywhere(t, func(w *world) {
		ann, bob := w.person("anna"), w.person("bobby")
		here, there, bobs := w.signIn(ann), w.signIn(ann), w.signIn(bob)
		w.told()
		wrongField(w.t, w.ChangePassword(w.ctx, here, "wrong", another), "current_password")
		wrongField(w.t, w.ChangePassword(w.ctx, here, "", another), "current_password")
		wrongField(w.t, w.ChangePassword(w.ctx, here, password, "password1"), "password")
		wrongField(w.t, w.ChangePassword(w.ctx, here, password, "1234"), "password")
		require.Len(w.t, w.alive(here, there), 2)
		require.Empty(w.t, w.told())

		require.NoError(w.t, w.ChangePassword(w.ctx, here, password, another))
		require.Equal(w.t, []string{another}, w.opens(ann, password, another))
		require.Equal(w.t, []int64{here.ID, bobs.ID}, w.alive(here, there, bobs), "one's other sessions end, and nobody else's")
		goes(w.t, only[chat.LetterJob](w), chat.LetterPassword, ann, ann.Email)
	})
}

// A session and its person may be a second old, and a password takes a while to check: what decides is
// how things are when it happens.
func TestWhatIsNoLongerThePasswordOpensNothing(t *testing.T) {
	everywhere(t, func(w *world) {
		ann := w.person("anna")
		thief, mine := w.signIn(ann), w.signIn(ann)
		require.NoError(w.t, w.ChangePassword(w.ctx, mine, password, another))
		w.jobs()
		for what, do := range map[string]func() error{
			"another password": func() error { return w.ChangePassword(w.ctx, thief, password, "a third mountain 9") },
			"another address":  func() error { return w.ChangeEmail(w.ctx, thief.User, "thief@example.org", password) },
			"the end":          func() error { return w.DeleteAccount(w.ctx, thief.User, password) },
		} {
			require.Error(w.t, do(), what)
		}
		wrongField(w.t, w.ChangePassword(w.ctx, mine, password, "a third mountain 9"), "current_password")
		require.Equal(w.t, []string{another}, w.opens(ann, password, another))
		require.Empty(w.t, w.row(ann).NewEmail)
		require.Empty(w.t, w.jobs())
		require.Equal(w.t, []int64{mine.ID}, w.alive(mine))
	})
}

// Whoever fears that somebody has their password chooses a new one. What that somebody has begun must
// end with it.
func TestANewPasswordEndsAChangeOfAddress(t *testing.T) {
	everywhere(t, func(w *world) {
		for i, choose := range []func(u *chat.User) error{
			func(u *chat.User) error { _, err := w.ResetPassword(w.ctx, w.resetLink(u.Email), another); return err },
			func(u *chat.User) error { return w.ChangePassword(w.ctx, w.signIn(u), password, another) },
		} {
			u := w.person(fmt.Sprint("person", i))
			require.NoError(w.t, w.ChangeEmail(w.ctx, u, fmt.Sprintf("thief%d@example.org", i), password))
			token := w.token(w.letters()[chat.LetterEmailConfirm])
			require.NoError(w.t, choose(u))
			_, err := w.ConfirmEmail(w.ctx, token)
			require.Equal(w.t, chat.NotFound, chat.CodeOf(err))
			require.Equal(w.t, u.Email, w.row(u).Email)
			require.Empty(w.t, w.row(u).NewEmail)
		}
	})
}
