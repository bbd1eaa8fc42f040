package chat_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"dchat/app/chat"

	"github.com/stretchr/testify/require"
)

// dump is all that the store keeps, but for the jobs.
func (w *world) dump() string {
	w.t.Helper()
	all := map[string][]map[string]any{}
	for _, table := range []string{"users", "person_versions", "sessions", "exports", "conversations", "memberships", "messages"} {
		var rows []map[string]any
		require.NoError(w.t, w.db.Read().NewRaw("SELECT * FROM "+table+" ORDER BY 1, 2").Scan(w.ctx, &rows))
		all[table] = rows
	}
	text, err := json.Marshal(all)
	require.NoError(w.t, err)
	return string(text)
}

// A job belongs to what makes it necessary: neither is there without the other.
func TestNothingChangesWithoutItsJob(t *testing.T) {
	everywhere(t, func(w *world) {
		ann, bob := w.person("anna"), w.newcomer("bobby", "bobby@example.org")
		w.exec("UPDATE users SET verified_at = NULL WHERE id = ?", bob.ID)
		w.contacts(ann, w.person("cydney"))
		picture := "oldpicture"
		ann, err := w.SetProfile(w.ctx, ann, "Anna", &picture)
		require.NoError(w.t, err)
		require.NoError(w.t, w.ChangeEmail(w.ctx, ann, "anna@new.example", password))
		change := w.token(w.letters()[chat.LetterEmailConfirm])
		require.NoError(w.t, w.AskExport(w.ctx, ann))
		export := only[chat.ExportJob](w)
		w.exec("UPDATE exports SET created_at = ?", time.Now().Add(-30*24*time.Hour).UTC())
		session, reset := w.signIn(ann), w.resetLink(ann.Email)
		newPicture := "newpicture"
		for what, do := range map[string]func() error{
			"sign-up": func() error {
				_, err := w.SignUp(w.ctx, chat.Signup{Email: "dave@example.org", Username: "david", Password: password})
				return err
			},
			"letter once more":  func() error { return w.ResendVerification(w.ctx, bob) },
			"letter to address": func() error { return w.ResendVerificationTo(w.ctx, bob.Email) },
			"forgotten":         func() error { return w.ForgotPassword(w.ctx, ann.Email) },
			"reset":             func() error { _, err := w.ResetPassword(w.ctx, reset, another); return err },
			"password":          func() error { return w.ChangePassword(w.ctx, session, password, another) },
			"address":           func() error { return w.ChangeEmail(w.ctx, ann, "anna@newer.example", password) },
			"address confirmed": func() error { _, err := w.ConfirmEmail(w.ctx, change); return err },
			"picture":           func() error { _, err := w.SetProfile(w.ctx, ann, "Other", &newPicture); return err },
			"end":               func() error { return w.DeleteAccount(w.ctx, ann, password) },
			"export":            func() error { return w.AskExport(w.ctx, ann) },
			"export made": func() error {
				return w.WriteExport(w.ctx, export.ExportID, func(context.Context, *chat.ExportData) (string, int64, error) { return "copy", 1, nil })
			},
			"sweep": func() error {
				w.exec("UPDATE exports SET blob = 'copy'")
				return w.Sweep(w.ctx)
			},
		} {
			w.jobs()
			w.told()
			if what == "sweep" {
				w.exec("UPDATE exports SET blob = 'copy'")
			}
			before := w.dump()
			w.jam(true)
			require.ErrorIs(w.t, do(), errJammed, what)
			w.jam(false)
			require.Equal(w.t, before, w.dump(), what)
			require.Empty(w.t, w.told(), "%s: nobody is told of what did not happen", what)
			require.Empty(w.t, w.jobs(), what)
			w.exec("UPDATE exports SET blob = ''")
		}
	}, verify)
}

// What is refused leaves no job behind.
func TestNoJobWithoutItsChange(t *testing.T) {
	everywhere(t, func(w *world) {
		ann := w.person("anna")
		session := w.signIn(ann)
		gone := w.person("bobby")
		require.NoError(w.t, w.DeleteAccount(w.ctx, gone, password))
		w.jobs()
		w.told()
		before := w.dump()
		picture := "picture"
		for what, do := range map[string]func() error{
			"a taken address": func() error { return w.ChangeEmail(w.ctx, gone, "anna@example.org", password) },
			"a taken username": func() error {
				_, err := w.SignUp(w.ctx, chat.Signup{Email: "x@example.org", Username: "BOBBY", Password: password})
				return err
			},
			"a wrong password":   func() error { return w.DeleteAccount(w.ctx, ann, "wrong") },
			"a bad new password": func() error { return w.ChangePassword(w.ctx, session, password, "1") },
			"nobody's profile":   func() error { _, err := w.SetProfile(w.ctx, gone, "Bob", &picture); return err },
			"nobody's export":    func() error { return w.AskExport(w.ctx, gone) },
			"nobody's session":   func() error { _, err := w.OpenSession(w.ctx, gone, ""); return err },
			"nobody's end":       func() error { return w.DeleteAccount(w.ctx, gone, password) },
		} {
			err := do()
			require.Error(w.t, err, what)
			require.NotEqual(w.t, chat.Internal, chat.CodeOf(err), "%s: %v", what, err)
			require.Empty(w.t, w.jobs(), what)
			require.Empty(w.t, w.told(), what)
			require.Equal(w.t, before, w.dump(), what)
		}
	})
}
