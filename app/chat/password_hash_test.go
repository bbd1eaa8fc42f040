package chat_test

import (
	"strings"
	"testing"

	"dchat/app/chat"

	"github.com/alexedwards/argon2id"
	"github.com/stretchr/testify/require"
)

// A password is the same however a system composes its letters and whichever space it types.
func TestPasswordsAreComparedAsTheyLook(t *testing.T) {
	const composed, decomposed = "Gr\u00fc\u00dfe\u00a0aus K\u00f6ln", "Gru\u0308\u00dfe aus Ko\u0308ln"
	everywhere(t, func(w *world) {
		ann, err := w.SignUp(w.ctx, chat.Signup{Email: "anna@example.org", Username: "anna", Password: composed})
		require.NoError(w.t, err)
		require.Equal(w.t, []string{composed, decomposed}, w.opens(ann, composed, decomposed, strings.ToUpper(composed), "Grusse aus Koln"))
		require.NoError(w.t, w.ChangePassword(w.ctx, w.signIn(w.row(ann)), decomposed, "Se\u00f1or\u3000Caf\u00e9"))
		require.Len(w.t, w.opens(ann, "Sen\u0303or Cafe\u0301", decomposed), 1)
		for _, bad := range []string{"abc\x00defgh", "abc\u0007defgh", "abcdefg\xff"} {
			_, err := w.SignUp(w.ctx, chat.Signup{Email: "b@example.org", Username: "bobby", Password: bad})
			wrongField(w.t, err, "password")
		}
	})
}

// Hashes of earlier releases are of what was typed. They are made anew when it is typed again.
func TestOldPasswordHashes(t *testing.T) {
	const typed = "Gru\u0308\u00dfe aus Ko\u0308ln"
	everywhere(t, func(w *world) {
		ann := w.person("anna")
		old, err := argon2id.CreateHash(typed, &argon2id.Params{Memory: 1024, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
		require.NoError(w.t, err)
		w.exec("UPDATE users SET password_hash = ? WHERE id = ?", old, ann.ID)
		require.Empty(w.t, w.opens(ann, "Gr\u00fc\u00dfe aus K\u00f6ln"), "the premise")
		nodes := w.both()
		for _, err := range race(6, func(i int) error {
			_, _, err := nodes[i%2].Enter(w.ctx, "anna", typed, "")
			return err
		}) {
			require.NoError(w.t, err)
		}
		require.NotEqual(w.t, old, w.row(ann).PasswordHash)
		require.Len(w.t, w.opens(ann, typed, "Gr\u00fc\u00dfe aus K\u00f6ln"), 2)
	})
}
