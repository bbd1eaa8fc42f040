package chat_test

import (
	"fmt"
	"testing"
	"time"

	"dchat/app/chat"

	"github.com/stretchr/testify/require"
)

func TestUsernamesThatMislead(t *testing.T) {
	everywhere(t, func(w *world) {
		sign := func(i int, username string) error {
			_, err := w.SignUp(w.ctx, chat.Signup{Email: fmt.Sprintf("a%d@example.org", i), Username: username, Password: password})
			return err
		}
		for i, username := range []string{
			"favicon.ico", "settings", "....", "----", "_._.", "login", "SignUp", "Log.In", "_admin_", "Support", "robots.txt", "index.html", "photo.PNG", "a.webmanifest",
			"deletedaccount", "Deleted.Account", "De1eted_Acc0unt", ".well-known", "uploads", "healthz",
		} {
			wrongField(w.t, sign(i, username), "username")
		}
		for i, username := range []string{"anna", "....a", "2026", "search-fan", "settingsx", "dr.no.1", "person00001", "The.Account", "anna.berg", "j.s.bach"} {
			require.NoError(w.t, sign(100+i, username), username)
		}
		old := w.person("older")
		w.exec("UPDATE users SET username = 'settings', username_key = 'settings', display_name = 'Deleted account' WHERE id = ?", old.ID)
		found, err := w.SignIn(w.ctx, "settings", password)
		require.NoError(w.t, err, "who has such a name keeps it")
		_, err = w.SetProfile(w.ctx, found, "Deleted account", ptr("picture9"))
		require.NoError(w.t, err)
	})
}

// A name that a forgotten sign-up gave back is found anew, on every node.
func TestANameThatWasGivenBack(t *testing.T) {
	everywhere(t, func(w *world) {
		nodes := w.both()
		first := w.newcomer("anna", "anna@example.org")
		for _, node := range nodes {
			_, err := node.UserByName(w.ctx, "anna")
			require.NoError(w.t, err)
		}
		w.expire()
		require.NoError(w.t, w.Sweep(w.ctx))
		_, err := w.UserByName(w.ctx, "anna")
		require.Equal(w.t, chat.NotFound, chat.CodeOf(err))
		second := w.newcomer("Anna", "other@example.org")
		require.NotEqual(w.t, first.ID, second.ID)
		for _, node := range nodes { // another one may believe what it has read for a second
			require.Eventually(w.t, func() bool {
				found, err := node.UserByName(w.ctx, "anna")
				require.NoError(w.t, err)
				return found.ID == second.ID
			}, 10*time.Second, 20*time.Millisecond)
		}
	}, verify, func(o *chat.Options) { o.Fresh = func() bool { return true } })
}
