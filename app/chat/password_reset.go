package chat

import (
	"context"

	"dchat/db"

	"github.com/uptrace/bun"
)

// ForgotPassword sends a link to whoever has this address. Whether anybody does is found out when the
// letter is written: here the same is done for all.
func (s *Store) ForgotPassword(ctx context.Context, email string) error {
	key, err := knownKey(email)
	if err != nil {
		return err
	}
	return s.transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		return s.enqueue(ctx, tx, LetterJob{Letter: LetterReset, To: key})
	})
}

// ResetOf returns whose password a link lets one choose anew.
func (s *Store) ResetOf(ctx context.Context, token string) (*User, error) {
	return s.opened(ctx, resetLink, token)
}

// ResetPassword sets the password of the person a link was sent to, once, and ends all their sessions.
// Whoever has the link has the letter, so the address is confirmed too.
func (s *Store) ResetPassword(ctx context.Context, token, password string) (*User, error) {
	user, err := s.opened(ctx, resetLink, token)
	if err != nil {
		return nil, err
	}
	hash, err := s.newPassword(ctx, user, password)
	if err != nil {
		return nil, err
	}
	reset := func(verify bool) (*User, error) {
		return s.alter(ctx, user.ID, func(ctx context.Context, tx bun.Tx, u *User) error {
			if u.PasswordHash != user.PasswordHash || u.EmailKey != user.EmailKey {
				return notFound(badLink) // somebody was faster
			}
			u.PasswordHash = hash
			if verify && u.VerifiedAt.IsZero() {
				u.VerifiedAt = now()
			}
			return s.passwordChanged(ctx, tx, u, 0)
		})
	}
	changed, err := reset(true)
	if db.IsConflict(err) { // the address is somebody else's by now
		changed, err = reset(false)
	}
	return changed, err
}

// ChangePassword sets a new password and ends all other sessions.
func (s *Store) ChangePassword(ctx context.Context, session *Session, current, password string) error {
	if err := s.checkCurrent(ctx, session.User, current); err != nil {
		return err
	}
	hash, err := s.newPassword(ctx, session.User, password)
	if err != nil {
		return err
	}
	_, err = s.alter(ctx, session.UserID, func(ctx context.Context, tx bun.Tx, u *User) error {
		if err := stillCurrent(ctx, tx, session, u); err != nil {
			return err
		}
		u.PasswordHash = hash
		return s.passwordChanged(ctx, tx, u, session.ID)
	})
	return err
}

// passwordChanged ends all sessions but one and tells the person by letter. A change of address that
// waits may have been somebody else's.
func (s *Store) passwordChanged(ctx context.Context, tx bun.Tx, u *User, except int64) error {
	u.NewEmail = ""
	if _, err := tx.NewDelete().Model((*Session)(nil)).Where("user_id = ?", u.ID).Where("id <> ?", except).Exec(ctx); err != nil {
		return err
	}
	return s.enqueue(ctx, tx, LetterJob{Letter: LetterPassword, UserID: u.ID, To: u.Email})
}

// newPassword checks and hashes a password that somebody has chosen.
func (s *Store) newPassword(ctx context.Context, u *User, password string) (string, error) {
	if sentence := checkPassword(password, u.Username, u.Email); sentence != "" {
		return "", invalid("password", sentence)
	}
	return s.hash(ctx, password)
}

// checkCurrent makes sure that it is the person who asks, and not somebody at their unlocked screen.
func (s *Store) checkCurrent(ctx context.Context, u *User, password string) error {
	if len(password) > 4*maxPassword {
		password = ""
	}
	ok, err := s.matches(ctx, password, u.PasswordHash)
	if err == nil && !ok {
		err = notYourPassword()
	}
	return err
}

// stillCurrent looks again under the lock: since the password was checked, it may have been changed, and
// the session with it.
func stillCurrent(ctx context.Context, tx bun.Tx, session *Session, u *User) error {
	if u.PasswordHash != session.User.PasswordHash {
		return notYourPassword()
	}
	stands, err := tx.NewSelect().Model((*Session)(nil)).Where("id = ?", session.ID).Exists(ctx)
	if err == nil && !stands {
		err = notFound("You are signed out.")
	}
	return err
}

func notYourPassword() error { return invalid("current_password", "This is not your password.") }
