package account_test

import (
	"strings"
	"testing"

	"dchat/app/account"
	"dchat/test/domain"

	"github.com/alexedwards/argon2id"
	"github.com/stretchr/testify/require"
)

// A password is the same however a system composes its characters and whichever space it types.
func TestPasswordsAreNormalized(t *testing.T) {
	const composed, decomposed = "Gr\u00fc\u00dfe\u00a0aus K\u00f6ln", "Gru\u0308\u00dfe aus Ko\u0308ln"
	everywhere(t, func(f *fixture) {
		ann, err := f.SignUp(f.Ctx, account.Signup{Email: "anna@example.org", Username: "anna", Password: composed})
		require.NoError(f.T, err)
		require.Equal(f.T, []string{composed, decomposed}, f.opens(ann, composed, decomposed, strings.ToUpper(composed), "Grusse aus Koln"))
		require.NoError(f.T, f.ChangePassword(f.Ctx, f.NewSession(f.Row(ann)), decomposed, "Se\u00f1or\u3000Caf\u00e9"))
		require.Len(f.T, f.opens(ann, "Sen\u0303or Cafe\u0301", decomposed), 1)
		for _, bad := range []string{"abc\x00defgh", "abc\u0007defgh", "abcdefg\xff"} {
			_, err := f.SignUp(f.Ctx, account.Signup{Email: "b@example.org", Username: "bobby", Password: bad})
			domain.WrongField(f.T, err, "password")
		}
	})
}

// Hashes of earlier releases are of what was typed. They are made anew when it is typed again.
func TestOldPasswordHashesAreReplaced(t *testing.T) {
	const typed = "Gru\u0308\u00dfe aus Ko\u0308ln"
	everywhere(t, func(f *fixture) {
		ann := f.User("anna")
		old, err := argon2id.CreateHash(typed, &argon2id.Params{Memory: 1024, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
		require.NoError(f.T, err)
		f.Exec("UPDATE users SET password_hash = ? WHERE id = ?", old, ann.ID)
		require.Empty(f.T, f.opens(ann, "Gr\u00fc\u00dfe aus K\u00f6ln"), "the premise")
		nodes := f.Both()
		for _, err := range domain.Race(6, func(i int) error {
			_, _, err := nodes[i%2].Enter(f.Ctx, "anna", typed, "")
			return err
		}) {
			require.NoError(f.T, err)
		}
		require.NotEqual(f.T, old, f.Row(ann).PasswordHash)
		require.Len(f.T, f.opens(ann, typed, "Gr\u00fc\u00dfe aus K\u00f6ln"), 2)
	})
}
