package account

import (
	"context"

	"dchat/app/errs"
	"dchat/app/store"
	"dchat/db"

	"github.com/uptrace/bun"
)

// ForgotPassword sends a link to the owner of an address. Whether the address has an owner is found out when
// the email is written: here every address is treated alike.
func (s *Store) ForgotPassword(ctx context.Context, email string) error {
	key, err := knownKey(email)
	if err != nil {
		return err
	}
	return s.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		return s.db.Enqueue(ctx, tx, EmailJob{Letter: EmailReset, To: key})
	})
}

// ResetOf returns the person whose password a link resets.
func (s *Store) ResetOf(ctx context.Context, token string) (*User, error) {
	return s.openLink(ctx, resetLink, token)
}

// ResetPassword sets the password of the person a link was sent to, once, and ends all their sessions.
// The link proves that the email arrived, so the address is confirmed too.
func (s *Store) ResetPassword(ctx context.Context, token, password string) (*User, error) {
	user, err := s.openLink(ctx, resetLink, token)
	if err != nil {
		return nil, err
	}
	hash, err := s.newPassword(ctx, user, password)
	if err != nil {
		return nil, err
	}
	reset := func(verify bool) (*User, error) {
		return s.updateUser(ctx, user.ID, func(ctx context.Context, tx bun.Tx, u *User) error {
			if u.PasswordHash != user.PasswordHash || u.EmailKey != user.EmailKey {
				return errs.New(errs.NotFound, badLink) // used a moment ago
			}
			u.PasswordHash = hash
			if verify && u.VerifiedAt.IsZero() {
				u.VerifiedAt = store.Now()
			}
			return s.passwordChanged(ctx, tx, u, 0)
		})
	}
	changed, err := reset(true)
	if db.IsConflict(err) { // another account has confirmed the address by now
		changed, err = reset(false)
	}
	return changed, err
}
