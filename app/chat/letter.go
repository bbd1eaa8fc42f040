package chat

import (
	"context"
	"database/sql"
	"errors"

	"dchat/app/address"
)

// The letters.
const (
	LetterVerify       = "verify"           // confirm your address
	LetterKnown        = "known"            // instead of verify or email-confirm: you have an account already
	LetterReset        = "reset"            // choose a new password
	LetterPassword     = "password-changed" // your password was changed
	LetterEmailConfirm = "email-confirm"    // to the new address: confirm it
	LetterEmailAsked   = "email-asked"      // to the old address: somebody asked for a change
	LetterEmailChanged = "email-changed"    // to the old address: it was changed
	LetterDeleted      = "deleted"          // your account was deleted
	LetterExport       = "export"           // the copy of your data is ready
)

// Letter is what a letter says that only the domain knows.
type Letter struct {
	Name string // may be another than was asked for
	To   string
	User *User  // whom it is about; of somebody who deleted their account only the Username
	Path string // of the page its link leads to, "" if it has none
}

// Letter finds out what a letter has to say now. It returns nil if there is no reason for it any more.
func (s *Store) Letter(ctx context.Context, job LetterJob) (*Letter, error) {
	letter := &Letter{Name: job.Letter, To: job.To}
	if job.Letter == LetterDeleted {
		letter.User = &User{Username: job.Username, DisplayName: job.Username}
		return letter, nil
	}
	var err error
	switch {
	case job.Letter == LetterReset:
		letter.User, err = s.userByEmail(ctx, job.To, "verified_at IS NULL, id DESC")
	case job.UserID == 0:
		letter.User, err = s.userByEmail(ctx, job.To, "verified_at IS NOT NULL, id DESC")
	default:
		letter.User, err = s.user(ctx, job.UserID)
	}
	if err != nil || letter.User == nil {
		return nil, err
	}
	return s.complete(ctx, letter)
}

// complete gives a letter its link, or finds that it should be another one. It goes to the address that is
// stored, whichever was typed.
func (s *Store) complete(ctx context.Context, l *Letter) (*Letter, error) {
	u := l.User
	switch l.Name {
	case LetterVerify:
		if !u.VerifiedAt.IsZero() || u.EmailKey != address.Key(l.To) {
			return nil, nil
		}
		l.To = u.Email
		l.Path = "/verify/" + s.token(verifyLink, u)
	case LetterEmailConfirm:
		if u.NewEmail == "" || address.Key(u.NewEmail) != address.Key(l.To) {
			return nil, nil
		}
		l.To = u.NewEmail
		l.Path = "/email/confirm/" + s.token(emailLink, u)
	case LetterReset:
		l.To, l.Path = u.Email, "/password/reset/"+s.token(resetLink, u)
		return l, nil
	case LetterExport:
		l.To, l.Path = u.Email, "/settings"
		return l, nil
	default:
		return l, nil
	}
	owner, err := s.userByEmail(ctx, l.To, "verified_at IS NULL")
	if err == nil && owner != nil && owner.ID != u.ID && !owner.VerifiedAt.IsZero() {
		l.Name, l.To, l.User, l.Path = LetterKnown, owner.Email, owner, "/login"
	}
	return l, err
}

// userByEmail returns the first of those who claim an address, nil if nobody does.
func (s *Store) userByEmail(ctx context.Context, email, order string) (*User, error) {
	user := &User{}
	err := s.db.Read().NewSelect().Model(user).Where("email_key = ?", address.Key(email)).Where("deleted_at IS NULL").
		OrderExpr(order).Limit(1).Scan(ctx)
	return found(user, err)
}

// user returns a person as they are now, nil if they are gone.
func (s *Store) user(ctx context.Context, id int64) (*User, error) {
	user := &User{}
	return found(user, s.db.Read().NewSelect().Model(user).Where("id = ?", id).Where("deleted_at IS NULL").Scan(ctx))
}

func found(user *User, err error) (*User, error) {
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return user, err
}
