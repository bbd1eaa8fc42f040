package account

import (
	"context"

	"dchat/app/address"
)

// The emails.
const (
	EmailVerify          = "verify"           // confirm your address
	EmailKnown           = "known"            // instead of verify or email-confirm: you have an account already
	EmailReset           = "reset"            // choose a new password
	EmailPasswordChanged = "password-changed" // your password was changed
	EmailConfirm         = "email-confirm"    // to the new address: confirm it
	EmailChangeRequested = "email-asked"      // to the old address: a change was requested
	EmailChanged         = "email-changed"    // to the old address: it was changed
	EmailDeleted         = "deleted"          // your account was deleted
	EmailExport          = "export"           // the copy of your data is ready
)

// EmailJob is an email to be written. Its content is looked up when it is written: by then there
// may be no reason for it any more.
type EmailJob struct {
	Name     string `json:"letter"`             // one of the Email names
	UserID   int64  `json:"user_id,omitempty"`  // 0 where only the address is known
	To       string `json:"to"`                 // the address; where UserID is 0, the key of the one that was typed
	Username string `json:"username,omitempty"` // of a person whose account is deleted
}

// Kind names the job. Rows that wait have this kind, so it stays what the first release called it.
func (EmailJob) Kind() string { return "letter" }

// Email is the content of an email that only the domain knows.
type Email struct {
	Name string // may differ from that of the job
	To   string
	User *User  // the person it is about; of a deleted account only the Username
	Path string // of the page its link leads to, "" if it has none
}

// Email returns the content of an email as of now. It returns nil if there is no reason for it any more.
func (s *Store) Email(ctx context.Context, job EmailJob) (*Email, error) {
	e := &Email{Name: job.Name, To: job.To}
	if job.Name == EmailDeleted {
		e.User = &User{ID: job.UserID, Username: job.Username, DisplayName: job.Username}
		return e, nil
	}
	var err error
	switch {
	case job.Name == EmailReset:
		e.User, err = userByEmail(ctx, s.db.Read(), job.To, "verified_at IS NULL, id")
	case job.UserID == 0:
		e.User, err = userByEmail(ctx, s.db.Read(), job.To, "verified_at IS NOT NULL, id")
	default:
		e.User, err = s.ActiveUser(ctx, job.UserID)
	}
	if err != nil || e.User == nil {
		return nil, err
	}
	return s.complete(ctx, e)
}

// complete gives an email its link, or finds that it should be another one. It goes to the stored address,
// whatever was typed.
func (s *Store) complete(ctx context.Context, e *Email) (*Email, error) {
	u := e.User
	switch e.Name {
	case EmailVerify:
		if !u.VerifiedAt.IsZero() || u.EmailKey != address.Key(e.To) {
			return nil, nil
		}
		e.To = u.Email
		e.Path = "/verify/" + s.signer.token(verifyLink, u)
	case EmailConfirm:
		if u.NewEmail == "" || address.Key(u.NewEmail) != address.Key(e.To) {
			return nil, nil
		}
		e.To = u.NewEmail
		e.Path = "/email/confirm/" + s.signer.token(emailLink, u)
	case EmailReset:
		e.To, e.Path = u.Email, "/password/reset/"+s.signer.token(resetLink, u)
		return e, nil
	case EmailExport:
		e.To, e.Path = u.Email, "/settings"
		return e, nil
	default:
		return e, nil
	}
	owner, err := userByEmail(ctx, s.db.Read(), e.To, "verified_at IS NULL")
	if err == nil && owner != nil && owner.ID != u.ID && !owner.VerifiedAt.IsZero() {
		e.Name, e.To, e.User, e.Path = EmailKnown, owner.Email, owner, "/login"
	}
	return e, err
}
