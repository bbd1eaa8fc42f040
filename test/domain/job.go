package domain

import (
	"context"
	"encoding/json"
	"errors"
	"path"
	"testing"

	"dchat/app/account"
	"dchat/app/chat"
	"dchat/app/store"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
)

// ErrJammed is the error of every job that is enqueued while Jam is on.
var ErrJammed = errors.New("no job can be enqueued")

// enqueue keeps jobs in a table, so that those of a transaction that did not commit are lost with it.
func (f *Fixture) enqueue(ctx context.Context, tx bun.Tx, jobs ...store.Job) error {
	f.mu.Lock()
	jammed := f.jammed
	f.mu.Unlock()
	if jammed {
		return ErrJammed
	}
	for _, job := range jobs {
		args, err := json.Marshal(job)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO test_jobs (kind, args) VALUES (?, ?)", job.Kind(), string(args)); err != nil {
			return err
		}
	}
	return nil
}

// Jam makes it impossible to enqueue a job, or possible again.
func (f *Fixture) Jam(on bool) {
	f.mu.Lock()
	f.jammed = on
	f.mu.Unlock()
}

// Jobs are those enqueued since the last call, as a worker reads them.
func (f *Fixture) Jobs() (list []store.Job) {
	f.T.Helper()
	var rows []struct {
		ID         int64
		Kind, Args string
	}
	require.NoError(f.T, f.DB.Writer().NewRaw("SELECT id, kind, args FROM test_jobs ORDER BY id").Scan(f.Ctx, &rows))
	for _, row := range rows {
		f.Exec("DELETE FROM test_jobs WHERE id = ?", row.ID)
		switch row.Kind {
		case account.EmailJob{}.Kind():
			list = append(list, read[account.EmailJob](f, row.Args))
		case chat.NotifyJob{}.Kind():
			list = append(list, read[chat.NotifyJob](f, row.Args))
		case store.BlobJob{}.Kind():
			list = append(list, read[store.BlobJob](f, row.Args))
		default:
			list = append(list, read[account.ExportJob](f, row.Args))
		}
	}
	return list
}

func read[J store.Job](f *Fixture, args string) (job J) {
	f.T.Helper()
	require.NoError(f.T, json.Unmarshal([]byte(args), &job))
	return job
}

// Only is the one job that was enqueued since the last call.
func Only[J store.Job](f *Fixture) J {
	f.T.Helper()
	jobs := f.Jobs()
	require.Len(f.T, jobs, 1)
	job, ok := jobs[0].(J)
	require.True(f.T, ok, "%#v", jobs[0])
	return job
}

// Emails are the emails among the jobs since the last call, by name.
func (f *Fixture) Emails() map[string]account.EmailJob {
	f.T.Helper()
	emails := map[string]account.EmailJob{}
	for _, job := range f.Jobs() {
		if email, ok := job.(account.EmailJob); ok {
			require.NotContains(f.T, emails, email.Name, "sent twice")
			emails[email.Name] = email
		}
	}
	return emails
}

// EmailOf is the email of a job, nil if there is no reason for it.
func (f *Fixture) EmailOf(job account.EmailJob) *account.Email {
	f.T.Helper()
	email, err := f.Email(f.Ctx, job)
	require.NoError(f.T, err)
	return email
}

// Token is that of the link in the email of a job.
func (f *Fixture) Token(job account.EmailJob) string {
	f.T.Helper()
	email := f.EmailOf(job)
	require.NotNil(f.T, email)
	require.NotEmpty(f.T, email.Path)
	return path.Base(email.Path)
}

// VerifyToken is the token that confirms a person's address.
func (f *Fixture) VerifyToken(u *account.User) string {
	f.T.Helper()
	return f.Token(account.EmailJob{Name: account.EmailVerify, UserID: u.ID, To: u.Email})
}

// ResetToken is the token in the email for a forgotten password.
func (f *Fixture) ResetToken(email string) string {
	f.T.Helper()
	f.Jobs()
	require.NoError(f.T, f.ForgotPassword(f.Ctx, email))
	return f.Token(Only[account.EmailJob](f))
}

// EmailGoesTo makes sure of the name and the recipient of an email.
func EmailGoesTo(t *testing.T, job account.EmailJob, name string, u *account.User, to string) {
	t.Helper()
	require.Equal(t, []any{name, u.ID, to}, []any{job.Name, job.UserID, job.To})
}
