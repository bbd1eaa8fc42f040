package account

import (
	"context"

	"dchat/app/account/password"
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
		return s.db.Enqueue(ctx, tx, EmailJob{Name: EmailReset, To: key})
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
		return s.Update(ctx, user.ID, nil, func(ctx context.Context, tx bun.Tx, u *User) error {
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

// ChangePassword sets a new password and ends all other sessions.
func (s *Store) ChangePassword(ctx context.Context, session *Session, current, password string) error {
	if err := s.CheckPassword(ctx, session.User, current); err != nil {
		return err
	}
	hash, err := s.newPassword(ctx, session.User, password)
	if err != nil {
		return err
	}
	_, err = s.Update(ctx, session.UserID, nil, func(ctx context.Context, tx bun.Tx, u *User) error {
		if err := stillCurrent(ctx, tx, session, u); err != nil {
			return err
		}
		u.PasswordHash = hash
		return s.passwordChanged(ctx, tx, u, session.ID)
	})
	return err
}

// passwordChanged ends all sessions but one and tells the person by email. A pending change of address may
// have been requested by another person.
func (s *Store) passwordChanged(ctx context.Context, tx bun.Tx, u *User, except int64) error {
	u.NewEmail = ""
	if _, err := tx.NewDelete().Model((*Session)(nil)).Where("user_id = ?", u.ID).Where("id <> ?", except).Exec(ctx); err != nil {
		return err
	}
	return s.db.Enqueue(ctx, tx, EmailJob{Name: EmailPasswordChanged, UserID: u.ID, To: u.Email})
}

// newPassword checks and hashes a password that a person has chosen.
func (s *Store) newPassword(ctx context.Context, u *User, chosen string) (string, error) {
	if sentence := password.Check(chosen, u.Username, u.Email); sentence != "" {
		return "", errs.Field("password", sentence)
	}
	return s.hasher.Hash(ctx, chosen)
}

// CheckPassword makes sure that the request is the person's own, and not made at their unlocked screen.
func (s *Store) CheckPassword(ctx context.Context, u *User, password string) error {
	ok, err := s.hasher.Matches(ctx, password, u.PasswordHash)
	if err == nil && !ok {
		err = WrongPassword()
	}
	return err
}

// stillCurrent looks again under the lock: since the password was checked, it may have been changed, and
// the session with it.
func stillCurrent(ctx context.Context, tx bun.Tx, session *Session, u *User) error {
	if u.PasswordHash != session.User.PasswordHash {
		return WrongPassword()
	}
	exists, err := tx.NewSelect().Model((*Session)(nil)).Where("id = ?", session.ID).Exists(ctx)
	if err == nil && !exists {
		err = errs.New(errs.NotFound, "You are signed out.")
	}
	return err
}

// WrongPassword is the error of a current password that does not match.
func WrongPassword() error { return errs.Field("current_password", "This is not your password.") }

// rehash stores the password of a person that has just been checked as it is hashed today. The links that were
// sent before are worthless then, as after any change of the hash.
func (s *Store) rehash(ctx context.Context, u *User, password string) error {
	hash, err := s.hasher.Hash(ctx, password)
	if err != nil {
		return err
	}
	_, err = s.db.Writer().NewUpdate().Model(u).Set("password_hash = ?", hash).WherePK().Where("password_hash = ?", u.PasswordHash).Exec(ctx)
	if err == nil {
		u.PasswordHash = hash
		s.Forget(u.ID)
	}
	return err
}
