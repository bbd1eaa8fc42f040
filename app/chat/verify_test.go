package chat_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"dchat/app/chat"

	"github.com/stretchr/testify/require"
)

// race does something n times at once and returns what came of it.
func race(n int, do func(i int) error) []error {
	errs := make([]error, n)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Add(1)
		go func() {
			defer wg.Done()
			<-start
			errs[i] = do(i)
		}()
	}
	close(start)
	wg.Wait()
	return errs
}

// once makes sure that exactly one of several attempts succeeded, and how the others failed.
func once(t *testing.T, errs []error, code chat.Code) {
	t.Helper()
	succeeded := 0
	for _, err := range errs {
		if err == nil {
			succeeded++
		} else {
			require.Equal(t, code, chat.CodeOf(err), "%v", err)
		}
	}
	require.Equal(t, 1, succeeded)
}

// both are two nodes, to be asked in turn.
func (w *world) both() [2]*chat.Store { return [2]*chat.Store{w.Store, w.open()} }

func TestALinkConfirmsAnAddressOnce(t *testing.T) {
	everywhere(t, func(w *world) {
		nodes := w.both()
		for _, clicks := range []int{2, 20} {
			ann := w.newcomer(fmt.Sprintf("anna%d", clicks), fmt.Sprintf("anna%d@example.org", clicks))
			require.False(w.t, w.Admits(ann))
			token := w.token(only[chat.LetterJob](w))
			signedIn, err := w.SignIn(w.ctx, ann.Username, password)
			require.NoError(w.t, err, "signing in first does not spoil the link")
			_, err = w.OpenSession(w.ctx, signedIn, "")
			require.NoError(w.t, err)
			seen, err := w.VerificationOf(w.ctx, token)
			require.NoError(w.t, err)
			require.Equal(w.t, ann.ID, seen.ID)
			require.Zero(w.t, w.row(ann).VerifiedAt, "looking at the page does not use the link up")

			w.told()
			once(w.t, race(clicks, func(i int) error {
				user, err := nodes[i%2].Verify(w.ctx, token)
				if err == nil && (user.ID != ann.ID || !w.Admits(user)) {
					return fmt.Errorf("%v is not confirmed", user)
				}
				return err
			}), chat.NotFound)
			require.True(w.t, w.Admits(w.row(ann)))
			told := w.told()
			require.Len(w.t, told, 1, "the open pages learn of it, once")
			require.True(w.t, told[0].Self)
			require.Equal(w.t, ann.ID, told[0].Viewer.ID)
			_, err = w.VerificationOf(w.ctx, token)
			require.Equal(w.t, chat.NotFound, chat.CodeOf(err))
			require.Contains(w.t, err.Error(), "confirmed already")
		}
	}, verify)
}

func TestALinkIsGoodForNothingElse(t *testing.T) {
	everywhere(t, func(w *world) {
		ann, bob := w.newcomer("anna", "anna@example.org"), w.newcomer("bobby", "bobby@example.org")
		require.NoError(w.t, w.ChangeEmail(w.ctx, ann, "anna@new.example", password))
		require.NoError(w.t, w.ForgotPassword(w.ctx, "anna@example.org"))
		tokens := map[string]string{}
		for _, job := range w.jobs() {
			if letter := job.(chat.LetterJob); letter.UserID != bob.ID && letter.Letter != chat.LetterEmailAsked {
				tokens[letter.Letter] = w.token(letter)
			}
		}
		opens := map[string]func(string) (*chat.User, error){
			chat.LetterVerify:       func(token string) (*chat.User, error) { return w.VerificationOf(w.ctx, token) },
			chat.LetterReset:        func(token string) (*chat.User, error) { return w.ResetOf(w.ctx, token) },
			chat.LetterEmailConfirm: func(token string) (*chat.User, error) { return w.EmailChangeOf(w.ctx, token) },
		}
		uses := map[string]func(string) (*chat.User, error){
			chat.LetterVerify:       func(token string) (*chat.User, error) { return w.Verify(w.ctx, token) },
			chat.LetterReset:        func(token string) (*chat.User, error) { return w.ResetPassword(w.ctx, token, "another mountain 8") },
			chat.LetterEmailConfirm: func(token string) (*chat.User, error) { return w.ConfirmEmail(w.ctx, token) },
		}
		worthless := func(why, page, token string) {
			w.t.Helper()
			for _, use := range []func(string) (*chat.User, error){opens[page], uses[page]} {
				_, err := use(token)
				require.Equal(w.t, chat.NotFound, chat.CodeOf(err), "%s: %v", why, err)
			}
		}
		require.Len(w.t, tokens, len(opens))
		for of, token := range tokens {
			user, err := opens[of](token)
			require.NoError(w.t, err, "the premise")
			require.Equal(w.t, ann.ID, user.ID)
			for page := range opens {
				if page != of {
					worthless(of+" at "+page, page, token)
				}
			}
			for why, bad := range spoiled(w.t, token) {
				worthless(of+" "+why, of, bad)
			}
		}
		require.Zero(w.t, w.row(ann).VerifiedAt)
		require.Equal(w.t, "anna@example.org", w.row(ann).Email)
		require.Zero(w.t, w.row(bob).VerifiedAt)
	}, verify)
}

// spoiled are tokens that are not quite the given one.
func spoiled(t *testing.T, token string) map[string]string {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	require.NoError(t, err)
	bad := map[string]string{
		"nothing": "", "nonsense": "§§§", "cut off": token[:len(token)-2], "longer": token + "AA", "a zero": "0", "NUL": "\x00",
		"all zero": strings.Repeat("A", len(token)), "in capitals": strings.ToUpper(token), "very long": strings.Repeat(token, 1000),
	}
	for i := range raw {
		for _, bit := range []byte{1, 0x80} {
			flipped := append([]byte(nil), raw...)
			flipped[i] ^= bit
			bad[fmt.Sprintf("byte %d ^ %d", i, bit)] = base64.RawURLEncoding.EncodeToString(flipped)
		}
	}
	return bad
}

func TestALinkOfAnotherServerIsWorthless(t *testing.T) {
	everywhere(t, func(w *world) {
		w.newcomer("anna", "anna@example.org")
		token := w.token(only[chat.LetterJob](w))
		w.options = append(w.options, func(o *chat.Options) { o.Secret = []byte("the secret of another world") })
		other := w.open()
		_, err := other.Verify(w.ctx, token)
		require.Equal(w.t, chat.NotFound, chat.CodeOf(err))
		_, err = w.Verify(w.ctx, token)
		require.NoError(w.t, err, "the premise")
	}, verify)
}

func TestLinksEnd(t *testing.T) {
	everywhere(t, func(w *world) {
		ann := w.newcomer("anna", "anna@example.org")
		require.NoError(w.t, w.ChangeEmail(w.ctx, ann, "anna@new.example", password))
		ann = w.row(ann)
		for purpose, use := range map[string]func(string) (*chat.User, error){
			"verify": func(token string) (*chat.User, error) { return w.Verify(w.ctx, token) },
			"reset":  func(token string) (*chat.User, error) { return w.ResetPassword(w.ctx, token, "another mountain 8") },
			"email":  func(token string) (*chat.User, error) { return w.ConfirmEmail(w.ctx, token) },
		} {
			_, err := use(w.TokenUntil(purpose, ann, time.Now().Add(-time.Minute)))
			require.Equal(w.t, chat.NotFound, chat.CodeOf(err), purpose)
		}
		_, err := w.Verify(w.ctx, w.TokenUntil("verify", ann, time.Now().Add(time.Minute)))
		require.NoError(w.t, err, "the premise")
	}, verify)
}

func TestALinkConfirmsTheAddressItWasSentTo(t *testing.T) {
	everywhere(t, func(w *world) {
		ann := w.newcomer("anna", "anna@exmaple.org") // mistyped
		old := w.token(only[chat.LetterJob](w))
		require.NoError(w.t, w.ChangeEmail(w.ctx, ann, "anna@example.org", password))
		letters := w.letters()
		require.Len(w.t, letters, 1, "a stranger at the mistyped address learns nothing")
		require.Equal(w.t, "anna@example.org", letters[chat.LetterEmailConfirm].To)
		_, err := w.ConfirmEmail(w.ctx, w.token(letters[chat.LetterEmailConfirm]))
		require.NoError(w.t, err)
		require.Empty(w.t, w.letters())
		require.True(w.t, w.Admits(w.row(ann)), "a confirmed change is a confirmed address")
		require.Equal(w.t, "anna@example.org", w.row(ann).Email)
		_, err = w.Verify(w.ctx, old)
		require.Equal(w.t, chat.NotFound, chat.CodeOf(err))
	}, verify)
}

func TestAnAddressIsWhoseWhoConfirmsItFirst(t *testing.T) {
	everywhere(t, func(w *world) {
		nodes := w.both()
		names := []string{"anna", "another", "athird"}
		tokens := make([]string, len(names))
		for i, name := range names {
			w.newcomer(name, strings.ToUpper(name[:1])+"@example.org") // the same but for case
			tokens[i] = w.token(only[chat.LetterJob](w))
		}
		once(w.t, race(len(tokens), func(i int) error {
			_, err := nodes[i%2].Verify(w.ctx, tokens[i])
			return err
		}), chat.Refused)
		require.Equal(w.t, 1, w.count("SELECT count(*) FROM users WHERE verified_at IS NOT NULL"))

		user, err := w.SignIn(w.ctx, "a@example.org", password)
		require.NoError(w.t, err)
		require.True(w.t, w.Admits(user), "the address signs its owner in")
		late := w.newcomer("afourth", "a@example.org")
		_, err = w.Verify(w.ctx, w.TokenUntil("verify", late, time.Now().Add(time.Hour)))
		require.Equal(w.t, chat.Refused, chat.CodeOf(err))
	}, verify)
}

func TestSigningUpDoesNotTellWhoIsHere(t *testing.T) {
	everywhere(t, func(w *world) {
		ann := w.newcomer("anna", "anna@example.org")
		job := only[chat.LetterJob](w)
		require.Equal(w.t, chat.LetterJob{Letter: chat.LetterVerify, UserID: ann.ID, To: "anna@example.org"}, job)
		_, err := w.Verify(w.ctx, w.token(job))
		require.NoError(w.t, err)

		again := w.newcomer("annabel", "ANNA@example.org")
		require.NotZero(w.t, again.ID)
		require.NotEqual(w.t, ann.ID, again.ID)
		job = only[chat.LetterJob](w)
		require.Equal(w.t, chat.LetterJob{Letter: chat.LetterVerify, UserID: again.ID, To: "ANNA@example.org"}, job, "the same work")
		letter := w.write(job)
		require.Equal(w.t, chat.LetterKnown, letter.Name)
		require.Equal(w.t, "anna", letter.User.Username, "it is about the account that the reader has")
		require.Equal(w.t, "/login", letter.Path)
		for _, user := range []*chat.User{ann, again} {
			require.NoError(w.t, w.ResendVerificationTo(w.ctx, user.Email))
			require.Equal(w.t, chat.LetterKnown, w.write(only[chat.LetterJob](w)).Name)
		}
	}, verify)
}

func TestAVerificationLetterIsSentAgain(t *testing.T) {
	everywhere(t, func(w *world) {
		ann := w.newcomer("anna", "anna@example.org")
		first := w.token(only[chat.LetterJob](w))
		require.NoError(w.t, w.ResendVerification(w.ctx, ann))
		job := only[chat.LetterJob](w)
		second := w.token(job)
		require.NoError(w.t, w.ResendVerificationTo(w.ctx, " Anna@example.org "))
		third := w.token(only[chat.LetterJob](w))
		for _, token := range []string{first, second, third} {
			user, err := w.VerificationOf(w.ctx, token)
			require.NoError(w.t, err, "an earlier letter is as good")
			require.Equal(w.t, ann.ID, user.ID)
		}
		ann, err := w.Verify(w.ctx, second)
		require.NoError(w.t, err)
		require.Nil(w.t, w.write(job), "a letter that is late has no reason any more")
		require.Equal(w.t, chat.Refused, chat.CodeOf(w.ResendVerification(w.ctx, ann)))
		require.Empty(w.t, w.jobs())

		require.NoError(w.t, w.ResendVerificationTo(w.ctx, "nobody@example.org"))
		require.Nil(w.t, w.write(only[chat.LetterJob](w)))
		require.Equal(w.t, chat.Invalid, chat.CodeOf(w.ResendVerificationTo(w.ctx, "a@b.org\r\nBcc: c@d.org")))
	}, verify)
}

func TestATakenAddressIsSaidWhereNothingIsConfirmed(t *testing.T) {
	everywhere(t, func(w *world) {
		nodes := w.both()
		sign := func(node *chat.Store, username, email string) error {
			_, err := node.SignUp(w.ctx, chat.Signup{Email: email, Username: username, Password: password})
			return err
		}
		errs := race(20, func(i int) error {
			return sign(nodes[i%2], fmt.Sprintf("anna%02d", i), []string{"anna@example.org", "Anna@Example.Org"}[i/2%2])
		})
		once(w.t, errs, chat.Invalid)
		for _, err := range errs {
			var e *chat.Error
			if err != nil {
				require.ErrorAs(w.t, err, &e)
				require.NotEmpty(w.t, e.Fields["email"])
				require.Len(w.t, e.Fields, 1)
			}
		}
		require.Equal(w.t, 1, w.count("SELECT count(*) FROM users"))
		require.Equal(w.t, 1, w.count("SELECT count(*) FROM person_versions"))
		require.Len(w.t, w.jobs(), 1, "one letter")
	})
}

func TestAUsernameIsGivenOnce(t *testing.T) {
	everywhere(t, func(w *world) {
		nodes := w.both()
		errs := race(20, func(i int) error {
			_, err := nodes[i%2].SignUp(w.ctx, chat.Signup{
				Email: fmt.Sprintf("a%d@example.org", i), Username: []string{"Anna", "anna"}[i/2%2], Password: password,
			})
			return err
		})
		once(w.t, errs, chat.Invalid)
		for _, err := range errs {
			var e *chat.Error
			if err != nil {
				require.ErrorAs(w.t, err, &e)
				require.NotEmpty(w.t, e.Fields["username"])
			}
		}
		require.Len(w.t, w.jobs(), 1, "one letter")
	}, verify)
}

func TestWhoIsNotConfirmedIsNotThere(t *testing.T) {
	everywhere(t, func(w *world) {
		ann, bob := w.person("anna"), w.person("bobby")
		eve := w.newcomer("evelyn", "evelyn@example.org")
		found, err := w.Search(w.ctx, ann, "evelyn")
		require.NoError(w.t, err)
		require.Empty(w.t, found)
		_, err = w.Person(w.ctx, ann, "evelyn")
		require.Equal(w.t, chat.NotFound, chat.CodeOf(err))
		_, err = w.Person(w.ctx, ann, "bobby")
		require.NoError(w.t, err, "the premise")

		w.exec("UPDATE users SET verified_at = NULL WHERE id = ?", bob.ID) // as from before addresses were confirmed
		_, err = w.Ask(w.ctx, bob, ann)
		require.NoError(w.t, err)
		_, err = w.Person(w.ctx, ann, "bobby")
		require.NoError(w.t, err, "they have to do with each other")

		_, err = w.Verify(w.ctx, w.TokenUntil("verify", eve, time.Now().Add(time.Hour)))
		require.NoError(w.t, err)
		found, err = w.Search(w.ctx, ann, "evelyn")
		require.NoError(w.t, err)
		require.Len(w.t, found, 1)
	}, verify)
}
