package account_test

import (
	"fmt"
	"testing"

	"dchat/app/account"
	"dchat/app/errs"
	"dchat/test/domain"

	"github.com/stretchr/testify/require"
)

// alike are addresses that earlier releases took for x@kiwi.example and mike@x.example.
var alike = map[string][]string{
	"x@kiwi.example": {"x@\u212aiwi.example", "x@k\u0130wi.example", "x@ｋiwi.example", "x@kiwi\u200b.example", "x@ki\u00adwi.example"},
	"mike@x.example": {"mi\u212ae@x.example", "m\u0130ke@x.example", "m\u0131ke@x.example", "ｍike@x.example", "mike\u2028@x.example", "mike\u200d@x.example"},
}

// An email goes to the stored address, never to what was typed.
func TestEmailsGoToTheStoredAddress(t *testing.T) {
	everywhere(t, func(f *fixture) {
		mike, other := f.NewSignup("mike", "Mike@X.example"), f.NewSignup("kiwi", "x@bücher.example")
		require.Equal(f.T, "Mike@x.example", mike.Email)
		require.Equal(f.T, "x@xn--bcher-kva.example", other.Email)
		f.Jobs()
		for stored, spellings := range map[string][]string{
			"Mike@x.example":          {"mike@x.example", "MIKE@X.EXAMPLE", " mike@x.example "},
			"x@xn--bcher-kva.example": {"x@bücher.example", "X@BÜCHER.EXAMPLE", "x@xn--bcher-kva.example"},
		} {
			for _, typed := range spellings {
				require.NoError(f.T, f.ForgotPassword(f.Ctx, typed))
				require.Equal(f.T, stored, f.EmailOf(only[account.EmailJob](f)).To, typed)
				require.NoError(f.T, f.ResendVerificationTo(f.Ctx, typed))
				require.Equal(f.T, stored, f.EmailOf(only[account.EmailJob](f)).To, typed)
			}
		}
		for name, job := range map[string]account.EmailJob{ // as earlier releases put them down
			"reset":  {Name: account.EmailReset, To: "MIKE@x.example"},
			"verify": {Name: account.EmailVerify, To: "MIKE@x.example"},
			"resend": {Name: account.EmailVerify, UserID: mike.ID, To: "mike@X.example"},
		} {
			require.Equal(f.T, "Mike@x.example", f.EmailOf(job).To, name)
		}
		require.Nil(f.T, f.EmailOf(account.EmailJob{Name: account.EmailReset, To: "mi\u212ae@x.example"}))
		require.Nil(f.T, f.EmailOf(account.EmailJob{Name: account.EmailVerify, UserID: mike.ID, To: "mi\u212ae@x.example"}))

		f.Exec("UPDATE users SET verified_at = created_at")
		known := f.NewSignup("third", "MIKE@x.example")
		require.Equal(f.T, "MIKE@x.example", known.Email)
		message := f.EmailOf(only[account.EmailJob](f))
		require.Equal(f.T, account.EmailKnown, message.Name)
		require.Equal(f.T, "Mike@x.example", message.To, "to the owner of the account")
		require.NoError(f.T, f.ChangeEmail(f.Ctx, other, "MIKE@X.example", domain.Password))
		jobs := f.Emails()
		require.Equal(f.T, "Mike@x.example", f.EmailOf(jobs[account.EmailConfirm]).To)
		require.Equal(f.T, "x@xn--bcher-kva.example", f.EmailOf(jobs[account.EmailChangeRequested]).To)
	}, domain.VerifyEmail)
}

func TestLookAlikeAddressesAreRefused(t *testing.T) {
	everywhere(t, func(f *fixture) {
		mike := f.User("mike")
		for _, spellings := range alike {
			for i, typed := range spellings {
				_, err := f.SignUp(f.Ctx, account.Signup{Email: typed, Username: "mallory" + string(rune('a'+i)), Password: domain.Password})
				domain.WrongField(f.T, err, "email")
				domain.WrongField(f.T, f.ForgotPassword(f.Ctx, typed), "email")
				domain.WrongField(f.T, f.ResendVerificationTo(f.Ctx, typed), "email")
				domain.WrongField(f.T, f.ChangeEmail(f.Ctx, mike, typed, domain.Password), "email")
				_, err = f.SignIn(f.Ctx, typed, domain.Password)
				require.Equal(f.T, errs.Invalid, errs.CodeOf(err))
			}
		}
		require.Empty(f.T, f.Jobs())
	})
}

func TestBothSpellingsOfADomainSignIn(t *testing.T) {
	everywhere(t, func(f *fixture) {
		for i, email := range []string{"x@bücher.example", "y@xn--bcher-kva.example"} {
			u := f.NewSignup([]string{"unicode", "punycode"}[i], email)
			for _, host := range []string{"bücher.example", "BÜCHER.example", "xn--bcher-kva.example", "bu\u0308cher.example", "XN--BCHER-KVA.EXAMPLE"} {
				found, err := f.SignIn(f.Ctx, email[:1]+"@"+host, domain.Password)
				require.NoError(f.T, err, host)
				require.Equal(f.T, u.ID, found.ID)
			}
		}
		for i, all := range [][]string{
			{"z@пример.рф", "z@ПРИМЕР.РФ", "z@xn--e1afmkfd.xn--p1ai", "Z@XN--E1AFMKFD.xn--P1AI"},
			{"z@straße.example", "z@STRAßE.example", "z@xn--strae-oqa.example"},
			{"z@xn--fsqu00a.xn--fiqs8s", "z@例子.中国"},
			{"z@ایران.امارات", "z@xn--mgba3a4f16a.xn--mgbaam7a8h"},
		} {
			u := f.NewSignup("domain"+string(rune('a'+i)), all[0])
			for j, typed := range all {
				found, err := f.SignIn(f.Ctx, typed, domain.Password)
				require.NoError(f.T, err, typed)
				require.Equal(f.T, u.ID, found.ID, typed)
				_, err = f.SignUp(f.Ctx, account.Signup{Email: typed, Username: fmt.Sprintf("again%d.%d", i, j), Password: domain.Password})
				domain.WrongField(f.T, err, "email")
			}
		}
		_, err := f.SignUp(f.Ctx, account.Signup{Email: "x@xn--bcher-kva.example", Username: "second", Password: domain.Password})
		domain.WrongField(f.T, err, "email")
	})
}

// Rows of earlier releases get today's form, at every sweep; of two that become equal both stay.
func TestSweepNormalizesStoredAddresses(t *testing.T) {
	everywhere(t, func(f *fixture) {
		old := func(name, email, key, wanted string, verified bool) *account.User {
			u := f.NewSignup(name, name+"@example.org")
			f.Exec("UPDATE users SET email = ?, email_key = ?, new_email = ? WHERE id = ?", email, key, wanted, u.ID)
			if verified {
				f.Exec("UPDATE users SET verified_at = created_at WHERE id = ?", u.ID)
			}
			return u
		}
		first := old("first", "X@Bücher.example", "x@bücher.example", "", true)
		second := old("second", "x@xn--bcher-kva.example", "x@xn--bcher-kva.example", "", true)
		third := old("third", "x@bücher.example", "x@bücher.example", "x@dörfer.example", false)
		thief := old("thief", "mi\u212ae@x.example", "mike@x.example", "", true)
		strict := old("strict", "Ann@ex_ample.org", "ann@ex_ample.org", "", true)
		local := old("local", "Jörg@example.org", "jörg@example.org", "", true)
		for range 2 {
			require.NoError(f.T, f.Sweep(f.Ctx))
			for u, want := range map[*account.User][3]string{
				first:  {"X@xn--bcher-kva.example", "x@bücher.example", ""}, // second has it
				second: {"x@xn--bcher-kva.example", "x@xn--bcher-kva.example", ""},
				third:  {"x@xn--bcher-kva.example", "x@xn--bcher-kva.example", "x@xn--drfer-jua.example"},
				thief:  {"mi\u212ae@x.example", "mi\u212ae@x.example", ""},
				strict: {"Ann@ex_ample.org", "ann@ex_ample.org", ""},
				local:  {"Jörg@example.org", "jörg@example.org", ""},
			} {
				row := f.Row(u)
				require.Equal(f.T, want, [3]string{row.Email, row.EmailKey, row.NewEmail}, u.Username)
			}
		}
		for u, login := range map[*account.User]string{first: "first", second: "x@xn--bcher-kva.example", strict: "ANN@ex_ample.org", local: "JöRG@example.org", thief: "thief"} {
			found, err := f.SignIn(f.Ctx, login, domain.Password)
			require.NoError(f.T, err, login)
			require.Equal(f.T, u.ID, found.ID)
		}
		f.Jobs()
		require.NoError(f.T, f.ForgotPassword(f.Ctx, "ann@EX_ample.org"))
		require.Equal(f.T, "Ann@ex_ample.org", f.EmailOf(only[account.EmailJob](f)).To)

		f.Exec("UPDATE users SET email = '', email_key = '', deleted_at = created_at WHERE id = ?", second.ID)
		require.NoError(f.T, f.Sweep(f.Ctx))
		require.Equal(f.T, "x@xn--bcher-kva.example", f.Row(first).EmailKey, "the address is free")
	}, domain.VerifyEmail)
}
