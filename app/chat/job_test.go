package chat_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"dchat/app/account"
	"dchat/app/chat"
	"dchat/app/errs"
	"dchat/test/domain"

	"github.com/stretchr/testify/require"
)

// dump is all that the store keeps, but for the jobs.
func (f *fixture) dump() string {
	f.T.Helper()
	all := map[string][]map[string]any{}
	for _, table := range []string{"users", "person_versions", "sessions", "exports", "conversations", "memberships", "messages"} {
		var rows []map[string]any
		require.NoError(f.T, f.DB.Read().NewRaw("SELECT * FROM "+table+" ORDER BY 1, 2").Scan(f.Ctx, &rows))
		all[table] = rows
	}
	text, err := json.Marshal(all)
	require.NoError(f.T, err)
	return string(text)
}

// A job belongs to what makes it necessary: neither is there without the other.
func TestChangeFailsWithoutItsJob(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.NewSignup("bobby", "bobby@example.org")
		f.Exec("UPDATE users SET verified_at = NULL WHERE id = ?", bob.ID)
		f.Contacts(ann, f.User("cydney"))
		picture := "oldpicture"
		ann, err := f.SetProfile(f.Ctx, ann, "Anna", &picture)
		require.NoError(f.T, err)
		require.NoError(f.T, f.ChangeEmail(f.Ctx, ann, "anna@new.example", domain.Password))
		change := f.Token(f.Emails()[account.EmailConfirm])
		require.NoError(f.T, f.RequestExport(f.Ctx, ann))
		export := only[account.ExportJob](f)
		f.Exec("UPDATE exports SET created_at = ?", time.Now().Add(-30*24*time.Hour).UTC())
		session, reset := f.NewSession(ann), f.ResetToken(ann.Email)
		newPicture := "newpicture"
		for what, do := range map[string]func() error{
			"sign-up": func() error {
				_, err := f.SignUp(f.Ctx, account.Signup{Email: "dave@example.org", Username: "david", Password: domain.Password})
				return err
			},
			"email once more":   func() error { return f.ResendVerification(f.Ctx, bob) },
			"email to address":  func() error { return f.ResendVerificationTo(f.Ctx, bob.Email) },
			"forgotten":         func() error { return f.ForgotPassword(f.Ctx, ann.Email) },
			"reset":             func() error { _, err := f.ResetPassword(f.Ctx, reset, domain.NewPassword); return err },
			"password":          func() error { return f.ChangePassword(f.Ctx, session, domain.Password, domain.NewPassword) },
			"address":           func() error { return f.ChangeEmail(f.Ctx, ann, "anna@newer.example", domain.Password) },
			"address confirmed": func() error { _, err := f.ConfirmEmail(f.Ctx, change); return err },
			"picture":           func() error { _, err := f.SetProfile(f.Ctx, ann, "Other", &newPicture); return err },
			"end":               func() error { return f.DeleteAccount(f.Ctx, ann, domain.Password) },
			"export":            func() error { return f.RequestExport(f.Ctx, ann) },
			"export made": func() error {
				return f.WriteExport(f.Ctx, export.ExportID, func(context.Context, *chat.ExportData) (string, int64, error) { return "copy", 1, nil })
			},
			"sweep": func() error {
				f.Exec("UPDATE exports SET blob = 'copy'")
				return f.Sweep(f.Ctx)
			},
		} {
			f.Jobs()
			f.Changes()
			if what == "sweep" {
				f.Exec("UPDATE exports SET blob = 'copy'")
			}
			before := f.dump()
			f.Jam(true)
			require.ErrorIs(f.T, do(), domain.ErrJammed, what)
			f.Jam(false)
			require.Equal(f.T, before, f.dump(), what)
			require.Empty(f.T, f.Changes(), "%s: no change is published", what)
			require.Empty(f.T, f.Jobs(), what)
			f.Exec("UPDATE exports SET blob = ''")
		}
	}, domain.VerifyEmail)
}

// What is refused leaves no job behind.
func TestRefusedChangeEnqueuesNoJob(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann := f.User("anna")
		session := f.NewSession(ann)
		gone := f.User("bobby")
		require.NoError(f.T, f.DeleteAccount(f.Ctx, gone, domain.Password))
		f.Jobs()
		f.Changes()
		before := f.dump()
		picture := "picture"
		for what, do := range map[string]func() error{
			"a taken address": func() error { return f.ChangeEmail(f.Ctx, gone, "anna@example.org", domain.Password) },
			"a taken username": func() error {
				_, err := f.SignUp(f.Ctx, account.Signup{Email: "x@example.org", Username: "BOBBY", Password: domain.Password})
				return err
			},
			"a wrong password":   func() error { return f.DeleteAccount(f.Ctx, ann, "wrong") },
			"a bad new password": func() error { return f.ChangePassword(f.Ctx, session, domain.Password, "1") },
			"nobody's profile":   func() error { _, err := f.SetProfile(f.Ctx, gone, "Bob", &picture); return err },
			"nobody's export":    func() error { return f.RequestExport(f.Ctx, gone) },
			"nobody's session":   func() error { _, err := f.OpenSession(f.Ctx, gone, ""); return err },
			"nobody's end":       func() error { return f.DeleteAccount(f.Ctx, gone, domain.Password) },
		} {
			err := do()
			require.Error(f.T, err, what)
			require.NotEqual(f.T, errs.Internal, errs.CodeOf(err), "%s: %v", what, err)
			require.Empty(f.T, f.Jobs(), what)
			require.Empty(f.T, f.Changes(), what)
			require.Equal(f.T, before, f.dump(), what)
		}
	})
}
