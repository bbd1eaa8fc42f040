package account

import (
	"context"

	"dchat/app/errs"
	"dchat/app/store"
	"dchat/db"

	"github.com/uptrace/bun"
)

// Admits reports whether a person may use DChat. Where addresses have to be confirmed, a person who
// has not done so may request another email, correct their address, sign out and delete their account, and
// nothing else; others do not see them.
func (s *Store) Admits(u *User) bool { return !s.verifyEmail || !u.VerifiedAt.IsZero() }

// MustVerify reports whether addresses have to be confirmed.
func (s *Store) MustVerify() bool { return s.verifyEmail }

// ResendVerification sends the link that confirms an address once more; to the new one, if it was
// corrected.
func (s *Store) ResendVerification(ctx context.Context, user *User) error {
	if !user.VerifiedAt.IsZero() {
		return errs.New(errs.Refused, "Your address is confirmed already.")
	}
	job := EmailJob{Name: EmailVerify, UserID: user.ID, To: user.Email}
	if user.NewEmail != "" {
		job.Name, job.To = EmailConfirm, user.NewEmail
	}
	return s.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error { return s.db.Enqueue(ctx, tx, job) })
}

// ResendVerificationTo does the same for a person who has just signed up and has no session yet. Whether
// there is an account to send it to is found out when the email is written.
func (s *Store) ResendVerificationTo(ctx context.Context, email string) error {
	key, err := knownKey(email)
	if err != nil {
		return err
	}
	return s.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		return s.db.Enqueue(ctx, tx, EmailJob{Name: EmailVerify, To: key})
	})
}

// VerificationOf returns the person whose address a link confirms.
func (s *Store) VerificationOf(ctx context.Context, token string) (*User, error) {
	user, err := s.openLink(ctx, verifyLink, token)
	if err == nil && !user.VerifiedAt.IsZero() {
		return nil, errs.New(errs.NotFound, "This address is confirmed already. You can simply sign in.")
	}
	return user, err
}

const takenAddress = "Another account has confirmed this address. Please sign in to that one."

// Verify confirms an address, once, for the browser that has signed up: the account and the address are
// known to be the same person's.
func (s *Store) Verify(ctx context.Context, token string) (*User, error) {
	user, err := s.VerificationOf(ctx, token)
	if err != nil {
		return nil, err
	}
	return s.confirm(ctx, user, "")
}

// VerifyAnew confirms an address, once, where it is not known who has made the account: they may have had
// another's address. Its sessions end, and its password is the one that is chosen now.
func (s *Store) VerifyAnew(ctx context.Context, token, password string) (*User, error) {
	user, err := s.VerificationOf(ctx, token)
	if err != nil {
		return nil, err
	}
	hash, err := s.newPassword(ctx, user, password)
	if err != nil {
		return nil, err
	}
	return s.confirm(ctx, user, hash)
}

// confirm writes down that an address is confirmed. Hash is that of a new password, or "".
func (s *Store) confirm(ctx context.Context, user *User, hash string) (*User, error) {
	user, err := s.Update(ctx, user.ID, nil, func(ctx context.Context, tx bun.Tx, u *User) error {
		if !u.VerifiedAt.IsZero() || u.EmailKey != user.EmailKey || u.PasswordHash != user.PasswordHash {
			return errs.New(errs.NotFound, badLink) // used a moment ago
		}
		u.VerifiedAt = store.Now()
		return takeOver(ctx, tx, u, hash)
	})
	if db.IsConflict(err) {
		return nil, errs.New(errs.Refused, takenAddress)
	}
	return user, err
}

// takeOver gives an account another password and ends its sessions, if there is another password.
func takeOver(ctx context.Context, tx bun.Tx, u *User, hash string) error {
	if hash == "" {
		return nil
	}
	u.PasswordHash, u.NewEmail = hash, ""
	_, err := tx.NewDelete().Model((*Session)(nil)).Where("user_id = ?", u.ID).Exec(ctx)
	return err
}
