package chat_test

import (
	"fmt"
	"testing"

	"dchat/app/chat"

	"github.com/stretchr/testify/require"
)

// alike are addresses that earlier releases took for x@kiwi.example and mike@x.example.
var alike = map[string][]string{
	"x@kiwi.example": {"x@\u212aiwi.example", "x@k\u0130wi.example", "x@ｋiwi.example", "x@kiwi\u200b.example", "x@ki\u00adwi.example"},
	"mike@x.example": {"mi\u212ae@x.example", "m\u0130ke@x.example", "m\u0131ke@x.example", "ｍike@x.example", "mike\u2028@x.example", "mike\u200d@x.example"},
}

// A letter goes to the address that is stored, never to what was typed.
func TestLettersGoToTheStoredAddress(t *testing.T) {
	everywhere(t, func(w *world) {
		mike, other := w.newcomer("mike", "Mike@X.example"), w.newcomer("kiwi", "x@bücher.example")
		require.Equal(w.t, "Mike@x.example", mike.Email)
		require.Equal(w.t, "x@xn--bcher-kva.example", other.Email)
		w.jobs()
		for stored, spellings := range map[string][]string{
			"Mike@x.example":          {"mike@x.example", "MIKE@X.EXAMPLE", " mike@x.example "},
			"x@xn--bcher-kva.example": {"x@bücher.example", "X@BÜCHER.EXAMPLE", "x@xn--bcher-kva.example"},
		} {
			for _, typed := range spellings {
				require.NoError(w.t, w.ForgotPassword(w.ctx, typed))
				require.Equal(w.t, stored, w.write(only[chat.LetterJob](w)).To, typed)
				require.NoError(w.t, w.ResendVerificationTo(w.ctx, typed))
				require.Equal(w.t, stored, w.write(only[chat.LetterJob](w)).To, typed)
			}
		}
		for name, job := range map[string]chat.LetterJob{ // as earlier releases put them down
			"reset":  {Letter: chat.LetterReset, To: "MIKE@x.example"},
			"verify": {Letter: chat.LetterVerify, To: "MIKE@x.example"},
			"resend": {Letter: chat.LetterVerify, UserID: mike.ID, To: "mike@X.example"},
		} {
			require.Equal(w.t, "Mike@x.example", w.write(job).To, name)
		}
		require.Nil(w.t, w.write(chat.LetterJob{Letter: chat.LetterReset, To: "mi\u212ae@x.example"}))
		require.Nil(w.t, w.write(chat.LetterJob{Letter: chat.LetterVerify, UserID: mike.ID, To: "mi\u212ae@x.example"}))

		w.exec("UPDATE users SET verified_at = created_at")
		known := w.newcomer("third", "MIKE@x.example")
		require.Equal(w.t, "MIKE@x.example", known.Email)
		letter := w.write(only[chat.LetterJob](w))
		require.Equal(w.t, chat.LetterKnown, letter.Name)
		require.Equal(w.t, "Mike@x.example", letter.To, "to whoever has the account")
		require.NoError(w.t, w.ChangeEmail(w.ctx, other, "MIKE@X.example", password))
		jobs := w.letters()
		require.Equal(w.t, "Mike@x.example", w.write(jobs[chat.LetterEmailConfirm]).To)
		require.Equal(w.t, "x@xn--bcher-kva.example", w.write(jobs[chat.LetterEmailAsked]).To)
	}, verify)
}

func TestLookAlikesAreRefused(t *testing.T) {
	everywhere(t, func(w *world) {
		mike := w.person("mike")
		for _, spellings := range alike {
			for i, typed := range spellings {
				_, err := w.SignUp(w.ctx, chat.Signup{Email: typed, Username: "mallory" + string(rune('a'+i)), Password: password})
				wrongField(w.t, err, "email")
				wrongField(w.t, w.ForgotPassword(w.ctx, typed), "email")
				wrongField(w.t, w.ResendVerificationTo(w.ctx, typed), "email")
				wrongField(w.t, w.ChangeEmail(w.ctx, mike, typed, password), "email")
				_, err = w.SignIn(w.ctx, typed, password)
				require.Equal(w.t, chat.Invalid, chat.CodeOf(err))
			}
		}
		require.Empty(w.t, w.jobs())
	})
}

func TestBothSpellingsOfADomainSignIn(t *testing.T) {
	everywhere(t, func(w *world) {
		for i, email := range []string{"x@bücher.example", "y@xn--bcher-kva.example"} {
			u := w.newcomer([]string{"unicode", "punycode"}[i], email)
			for _, host := range []string{"bücher.example", "BÜCHER.example", "xn--bcher-kva.example", "bu\u0308cher.example", "XN--BCHER-KVA.EXAMPLE"} {
				found, err := w.SignIn(w.ctx, email[:1]+"@"+host, password)
				require.NoError(w.t, err, host)
				require.Equal(w.t, u.ID, found.ID)
			}
		}
		for i, all := range [][]string{
			{"z@пример.рф", "z@ПРИМЕР.РФ", "z@xn--e1afmkfd.xn--p1ai", "Z@XN--E1AFMKFD.xn--P1AI"},
			{"z@straße.example", "z@STRAßE.example", "z@xn--strae-oqa.example"},
			{"z@xn--fsqu00a.xn--fiqs8s", "z@例子.中国"},
			{"z@ایران.امارات", "z@xn--mgba3a4f16a.xn--mgbaam7a8h"},
		} {
			u := w.newcomer("domain"+string(rune('a'+i)), all[0])
			for j, typed := range all {
				found, err := w.SignIn(w.ctx, typed, password)
				require.NoError(w.t, err, typed)
				require.Equal(w.t, u.ID, found.ID, typed)
				_, err = w.SignUp(w.ctx, chat.Signup{Email: typed, Username: fmt.Sprintf("again%d.%d", i, j), Password: password})
				wrongField(w.t, err, "email")
			}
		}
		_, err := w.SignUp(w.ctx, chat.Signup{Email: "x@xn--bcher-kva.example", Username: "second", Password: password})
		wrongField(w.t, err, "email")
	})
}

// Rows of earlier releases get today's form, at every sweep; of two that become equal both stay.
func TestOldSpellingsOfAddresses(t *testing.T) {
	everywhere(t, func(w *world) {
		old := func(name, email, key, wanted string, verified bool) *chat.User {
			u := w.newcomer(name, name+"@example.org")
			w.exec("UPDATE users SET email = ?, email_key = ?, new_email = ? WHERE id = ?", email, key, wanted, u.ID)
			if verified {
				w.exec("UPDATE users SET verified_at = created_at WHERE id = ?", u.ID)
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
			require.NoError(w.t, w.Sweep(w.ctx))
			for u, want := range map[*chat.User][3]string{
				first:  {"X@xn--bcher-kva.example", "x@bücher.example", ""}, // second has it
				second: {"x@xn--bcher-kva.example", "x@xn--bcher-kva.example", ""},
				third:  {"x@xn--bcher-kva.example", "x@xn--bcher-kva.example", "x@xn--drfer-jua.example"},
				thief:  {"mi\u212ae@x.example", "mi\u212ae@x.example", ""},
				strict: {"Ann@ex_ample.org", "ann@ex_ample.org", ""},
				local:  {"Jörg@example.org", "jörg@example.org", ""},
			} {
				row := w.row(u)
				require.Equal(w.t, want, [3]string{row.Email, row.EmailKey, row.NewEmail}, u.Username)
			}
		}
		for u, login := range map[*chat.User]string{first: "first", second: "x@xn--bcher-kva.example", strict: "ANN@ex_ample.org", local: "JöRG@example.org", thief: "thief"} {
			found, err := w.SignIn(w.ctx, login, password)
			require.NoError(w.t, err, login)
			require.Equal(w.t, u.ID, found.ID)
		}
		w.jobs()
		require.NoError(w.t, w.ForgotPassword(w.ctx, "ann@EX_ample.org"))
		require.Equal(w.t, "Ann@ex_ample.org", w.write(only[chat.LetterJob](w)).To)

		w.exec("UPDATE users SET email = '', email_key = '', deleted_at = created_at WHERE id = ?", second.ID)
		require.NoError(w.t, w.Sweep(w.ctx))
		require.Equal(w.t, "x@xn--bcher-kva.example", w.row(first).EmailKey, "the address is free")
	}, verify)
}
