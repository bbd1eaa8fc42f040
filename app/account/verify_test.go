package account_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"dchat/app/account"
	"dchat/app/errs"
	"dchat/test/domain"

	"github.com/stretchr/testify/require"
)

func TestVerifyLinkWorksOnce(t *testing.T) {
	everywhere(t, func(f *fixture) {
		nodes := f.Both()
		for _, clicks := range []int{2, 20} {
			ann := f.NewSignup(fmt.Sprintf("anna%d", clicks), fmt.Sprintf("anna%d@example.org", clicks))
			require.False(f.T, f.Admits(ann))
			token := f.Token(only[account.EmailJob](f))
			signedIn, err := f.SignIn(f.Ctx, ann.Username, domain.Password)
			require.NoError(f.T, err, "signing in first does not spoil the link")
			_, err = f.OpenSession(f.Ctx, signedIn, "")
			require.NoError(f.T, err)
			seen, err := f.VerificationOf(f.Ctx, token)
			require.NoError(f.T, err)
			require.Equal(f.T, ann.ID, seen.ID)
			require.Zero(f.T, f.Row(ann).VerifiedAt, "looking at the page does not use the link up")

			f.Changes()
			domain.Once(f.T, domain.Race(clicks, func(i int) error {
				user, err := nodes[i%2].Verify(f.Ctx, token)
				if err == nil && (user.ID != ann.ID || !f.Admits(user)) {
					return fmt.Errorf("%v is not confirmed", user)
				}
				return err
			}), errs.NotFound)
			require.True(f.T, f.Admits(f.Row(ann)))
			changes := f.Changes()
			require.Len(f.T, changes, 1, "the open pages learn of it, once")
			require.True(f.T, changes[0].Self)
			require.Equal(f.T, ann.ID, changes[0].Viewer.ID)
			_, err = f.VerificationOf(f.Ctx, token)
			require.Equal(f.T, errs.NotFound, errs.CodeOf(err))
			require.Contains(f.T, err.Error(), "confirmed already")
		}
	}, domain.VerifyEmail)
}

func TestLinkWorksForItsPurposeOnly(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.NewSignup("anna", "anna@example.org"), f.NewSignup("bobby", "bobby@example.org")
		require.NoError(f.T, f.ChangeEmail(f.Ctx, ann, "anna@new.example", domain.Password))
		require.NoError(f.T, f.ForgotPassword(f.Ctx, "anna@example.org"))
		tokens := map[string]string{}
		for _, job := range f.Jobs() {
			if message := job.(account.EmailJob); message.UserID != bob.ID && message.Name != account.EmailChangeRequested {
				tokens[message.Name] = f.Token(message)
			}
		}
		opens := map[string]func(string) (*account.User, error){
			account.EmailVerify:  func(token string) (*account.User, error) { return f.VerificationOf(f.Ctx, token) },
			account.EmailReset:   func(token string) (*account.User, error) { return f.ResetOf(f.Ctx, token) },
			account.EmailConfirm: func(token string) (*account.User, error) { return f.EmailChangeOf(f.Ctx, token) },
		}
		uses := map[string]func(string) (*account.User, error){
			account.EmailVerify:  func(token string) (*account.User, error) { return f.Verify(f.Ctx, token) },
			account.EmailReset:   func(token string) (*account.User, error) { return f.ResetPassword(f.Ctx, token, "another mountain 8") },
			account.EmailConfirm: func(token string) (*account.User, error) { return f.ConfirmEmail(f.Ctx, token) },
		}
		worthless := func(why, page, token string) {
			f.T.Helper()
			for _, use := range []func(string) (*account.User, error){opens[page], uses[page]} {
				_, err := use(token)
				require.Equal(f.T, errs.NotFound, errs.CodeOf(err), "%s: %v", why, err)
			}
		}
		require.Len(f.T, tokens, len(opens))
		for of, token := range tokens {
			user, err := opens[of](token)
			require.NoError(f.T, err, "the premise")
			require.Equal(f.T, ann.ID, user.ID)
			for page := range opens {
				if page != of {
					worthless(of+" at "+page, page, token)
				}
			}
			for why, bad := range spoiled(f.T, token) {
				worthless(of+" "+why, of, bad)
			}
		}
		require.Zero(f.T, f.Row(ann).VerifiedAt)
		require.Equal(f.T, "anna@example.org", f.Row(ann).Email)
		require.Zero(f.T, f.Row(bob).VerifiedAt)
	}, domain.VerifyEmail)
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

func TestLinkOfAnotherServerIsRejected(t *testing.T) {
	everywhere(t, func(f *fixture) {
		f.NewSignup("anna", "anna@example.org")
		token := f.Token(only[account.EmailJob](f))
		f.Options = append(f.Options, func(o *domain.Options) { o.Secret = []byte("the secret of another fixture") })
		other := f.Open()
		_, err := other.Verify(f.Ctx, token)
		require.Equal(f.T, errs.NotFound, errs.CodeOf(err))
		_, err = f.Verify(f.Ctx, token)
		require.NoError(f.T, err, "the premise")
	}, domain.VerifyEmail)
}

func TestLinksExpire(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann := f.NewSignup("anna", "anna@example.org")
		require.NoError(f.T, f.ChangeEmail(f.Ctx, ann, "anna@new.example", domain.Password))
		ann = f.Row(ann)
		for purpose, use := range map[string]func(string) (*account.User, error){
			"verify": func(token string) (*account.User, error) { return f.Verify(f.Ctx, token) },
			"reset":  func(token string) (*account.User, error) { return f.ResetPassword(f.Ctx, token, "another mountain 8") },
			"email":  func(token string) (*account.User, error) { return f.ConfirmEmail(f.Ctx, token) },
		} {
			_, err := use(f.TokenUntil(purpose, ann, time.Now().Add(-time.Minute)))
			require.Equal(f.T, errs.NotFound, errs.CodeOf(err), purpose)
		}
		_, err := f.Verify(f.Ctx, f.TokenUntil("verify", ann, time.Now().Add(time.Minute)))
		require.NoError(f.T, err, "the premise")
	}, domain.VerifyEmail)
}

func TestLinkConfirmsTheAddressItWasSentTo(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann := f.NewSignup("anna", "anna@exmaple.org") // mistyped
		old := f.Token(only[account.EmailJob](f))
		require.NoError(f.T, f.ChangeEmail(f.Ctx, ann, "anna@example.org", domain.Password))
		emails := f.Emails()
		require.Len(f.T, emails, 1, "a stranger at the mistyped address learns nothing")
		require.Equal(f.T, "anna@example.org", emails[account.EmailConfirm].To)
		_, err := f.ConfirmEmail(f.Ctx, f.Token(emails[account.EmailConfirm]))
		require.NoError(f.T, err)
		require.Empty(f.T, f.Emails())
		require.True(f.T, f.Admits(f.Row(ann)), "a confirmed change is a confirmed address")
		require.Equal(f.T, "anna@example.org", f.Row(ann).Email)
		_, err = f.Verify(f.Ctx, old)
		require.Equal(f.T, errs.NotFound, errs.CodeOf(err))
	}, domain.VerifyEmail)
}

func TestFirstConfirmationOwnsTheAddress(t *testing.T) {
	everywhere(t, func(f *fixture) {
		nodes := f.Both()
		names := []string{"anna", "another", "athird"}
		tokens := make([]string, len(names))
		for i, name := range names {
			f.NewSignup(name, strings.ToUpper(name[:1])+"@example.org") // the same but for case
			tokens[i] = f.Token(only[account.EmailJob](f))
		}
		domain.Once(f.T, domain.Race(len(tokens), func(i int) error {
			_, err := nodes[i%2].Verify(f.Ctx, tokens[i])
			return err
		}), errs.Refused)
		require.Equal(f.T, 1, f.Count("SELECT count(*) FROM users WHERE verified_at IS NOT NULL"))

		user, err := f.SignIn(f.Ctx, "a@example.org", domain.Password)
		require.NoError(f.T, err)
		require.True(f.T, f.Admits(user), "the address signs its owner in")
		late := f.NewSignup("afourth", "a@example.org")
		_, err = f.Verify(f.Ctx, f.TokenUntil("verify", late, time.Now().Add(time.Hour)))
		require.Equal(f.T, errs.Refused, errs.CodeOf(err))
	}, domain.VerifyEmail)
}

func TestSignUpDoesNotRevealAccounts(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann := f.NewSignup("anna", "anna@example.org")
		job := only[account.EmailJob](f)
		require.Equal(f.T, account.EmailJob{Name: account.EmailVerify, UserID: ann.ID, To: "anna@example.org"}, job)
		_, err := f.Verify(f.Ctx, f.Token(job))
		require.NoError(f.T, err)

		again := f.NewSignup("annabel", "ANNA@example.org")
		require.NotZero(f.T, again.ID)
		require.NotEqual(f.T, ann.ID, again.ID)
		job = only[account.EmailJob](f)
		require.Equal(f.T, account.EmailJob{Name: account.EmailVerify, UserID: again.ID, To: "ANNA@example.org"}, job, "the same work")
		message := f.EmailOf(job)
		require.Equal(f.T, account.EmailKnown, message.Name)
		require.Equal(f.T, "anna", message.User.Username, "it is about the account that the reader has")
		require.Equal(f.T, "/login", message.Path)
		for _, user := range []*account.User{ann, again} {
			require.NoError(f.T, f.ResendVerificationTo(f.Ctx, user.Email))
			require.Equal(f.T, account.EmailKnown, f.EmailOf(only[account.EmailJob](f)).Name)
		}
	}, domain.VerifyEmail)
}

func TestVerificationEmailIsResent(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann := f.NewSignup("anna", "anna@example.org")
		first := f.Token(only[account.EmailJob](f))
		require.NoError(f.T, f.ResendVerification(f.Ctx, ann))
		job := only[account.EmailJob](f)
		second := f.Token(job)
		require.NoError(f.T, f.ResendVerificationTo(f.Ctx, " Anna@example.org "))
		third := f.Token(only[account.EmailJob](f))
		for _, token := range []string{first, second, third} {
			user, err := f.VerificationOf(f.Ctx, token)
			require.NoError(f.T, err, "an earlier email is as good")
			require.Equal(f.T, ann.ID, user.ID)
		}
		ann, err := f.Verify(f.Ctx, second)
		require.NoError(f.T, err)
		require.Nil(f.T, f.EmailOf(job), "a late email has no reason any more")
		require.Equal(f.T, errs.Refused, errs.CodeOf(f.ResendVerification(f.Ctx, ann)))
		require.Empty(f.T, f.Jobs())

		require.NoError(f.T, f.ResendVerificationTo(f.Ctx, "nobody@example.org"))
		require.Nil(f.T, f.EmailOf(only[account.EmailJob](f)))
		require.Equal(f.T, errs.Invalid, errs.CodeOf(f.ResendVerificationTo(f.Ctx, "a@b.org\r\nBcc: c@d.org")))
	}, domain.VerifyEmail)
}

func TestTakenAddressIsReportedWithoutVerification(t *testing.T) {
	everywhere(t, func(f *fixture) {
		nodes := f.Both()
		sign := func(node *domain.Node, username, email string) error {
			_, err := node.SignUp(f.Ctx, account.Signup{Email: email, Username: username, Password: domain.Password})
			return err
		}
		outcomes := domain.Race(20, func(i int) error {
			return sign(nodes[i%2], fmt.Sprintf("anna%02d", i), []string{"anna@example.org", "Anna@Example.Org"}[i/2%2])
		})
		domain.Once(f.T, outcomes, errs.Invalid)
		for _, err := range outcomes {
			var e *errs.Error
			if err != nil {
				require.ErrorAs(f.T, err, &e)
				require.NotEmpty(f.T, e.Fields["email"])
				require.Len(f.T, e.Fields, 1)
			}
		}
		require.Equal(f.T, 1, f.Count("SELECT count(*) FROM users"))
		require.Equal(f.T, 1, f.Count("SELECT count(*) FROM person_versions"))
		require.Len(f.T, f.Jobs(), 1, "one email")
	})
}

func TestUsernameIsUnique(t *testing.T) {
	everywhere(t, func(f *fixture) {
		nodes := f.Both()
		outcomes := domain.Race(20, func(i int) error {
			_, err := nodes[i%2].SignUp(f.Ctx, account.Signup{
				Email: fmt.Sprintf("a%d@example.org", i), Username: []string{"Anna", "anna"}[i/2%2], Password: domain.Password,
			})
			return err
		})
		domain.Once(f.T, outcomes, errs.Invalid)
		for _, err := range outcomes {
			var e *errs.Error
			if err != nil {
				require.ErrorAs(f.T, err, &e)
				require.NotEmpty(f.T, e.Fields["username"])
			}
		}
		require.Len(f.T, f.Jobs(), 1, "one email")
	}, domain.VerifyEmail)
}

func TestUnconfirmedUsersAreHidden(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		eve := f.NewSignup("evelyn", "evelyn@example.org")
		found, err := f.Search(f.Ctx, ann, "evelyn")
		require.NoError(f.T, err)
		require.Empty(f.T, found)
		_, err = f.Person(f.Ctx, ann, "evelyn")
		require.Equal(f.T, errs.NotFound, errs.CodeOf(err))
		_, err = f.Person(f.Ctx, ann, "bobby")
		require.NoError(f.T, err, "the premise")

		f.Exec("UPDATE users SET verified_at = NULL WHERE id = ?", bob.ID) // as from before addresses were confirmed
		_, err = f.SendRequest(f.Ctx, bob, ann)
		require.NoError(f.T, err)
		_, err = f.Person(f.Ctx, ann, "bobby")
		require.NoError(f.T, err, "they have to do with each other")

		_, err = f.Verify(f.Ctx, f.TokenUntil("verify", eve, time.Now().Add(time.Hour)))
		require.NoError(f.T, err)
		found, err = f.Search(f.Ctx, ann, "evelyn")
		require.NoError(f.T, err)
		require.Len(f.T, found, 1)
	}, domain.VerifyEmail)
}
