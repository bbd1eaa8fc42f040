package chat

import (
	"context"
	"strings"

	"dchat/db"

	"github.com/uptrace/bun"
)

// ChangeEmail asks the new address to confirm that it is the person's; until then the old one stays, and
// is told.
func (s *Store) ChangeEmail(ctx context.Context, user *User, email, password string) error {
	email = strings.TrimSpace(email)
	if sentence := checkEmail(email); sentence != "" {
		return invalid("email", sentence)
	}
	if err := s.checkCurrent(ctx, user, password); err != nil {
		return err
	}
	if strings.ToLower(email) == user.EmailKey {
		return invalid("email", "This is your address already.")
	}
	_, err := s.alter(ctx, user.ID, func(ctx context.Context, tx bun.Tx, u *User) error {
		if u.PasswordHash != user.PasswordHash {
			return notYourPassword()
		}
		if err := s.claimEmail(ctx, tx, strings.ToLower(email)); err != nil {
			return err
		}
		u.NewEmail = email
		return s.enqueue(ctx, tx, append(s.toAddress(u, LetterEmailAsked),
			LetterJob{Letter: LetterEmailConfirm, UserID: u.ID, To: email})...)
	})
	return err
}

// toAddress tells somebody at the address they have, unless it may be a stranger's.
func (s *Store) toAddress(u *User, letter string) []Job {
	if !s.Admits(u) {
		return nil
	}
	return []Job{LetterJob{Letter: letter, UserID: u.ID, To: u.Email, Username: u.Username}}
}

// CancelEmailChange keeps the address; the link that was sent is worthless.
func (s *Store) CancelEmailChange(ctx context.Context, user *User) error {
	_, err := s.alter(ctx, user.ID, func(_ context.Context, _ bun.Tx, u *User) error {
		u.NewEmail = ""
		return nil
	})
	return err
}

// EmailChangeOf returns whose address a link changes, to NewEmail.
func (s *Store) EmailChangeOf(ctx context.Context, token string) (*User, error) {
	return s.opened(ctx, emailLink, token)
}

// ConfirmEmail changes an address, once, and tells the old one.
func (s *Store) ConfirmEmail(ctx context.Context, token string) (*User, error) {
	user, err := s.opened(ctx, emailLink, token)
	if err != nil {
		return nil, err
	}
	changed, err := s.alter(ctx, user.ID, func(ctx context.Context, tx bun.Tx, u *User) error {
		if u.NewEmail == "" || u.NewEmail != user.NewEmail || u.EmailKey != user.EmailKey {
			return notFound(badLink) // somebody was faster
		}
		u.Email, u.EmailKey, u.NewEmail, u.VerifiedAt = u.NewEmail, strings.ToLower(u.NewEmail), "", now()
		return s.enqueue(ctx, tx, s.toAddress(user, LetterEmailChanged)...)
	})
	if db.IsConflict(err) {
		return nil, refused(takenAddress)
	}
	return changed, err
}

// claimEmail refuses an address that is somebody's, where that may be said: where addresses have to be
// confirmed nobody is told who is here, and the letter settles it.
func (s *Store) claimEmail(ctx context.Context, tx bun.Tx, key string) error {
	if s.verifyEmail {
		return nil
	}
	if err := db.Lock(ctx, tx, "email "+key); err != nil {
		return err
	}
	taken, err := tx.NewSelect().Model((*User)(nil)).Where("email_key = ?", key).Where("deleted_at IS NULL").Exists(ctx)
	if err == nil && taken {
		err = invalid("email", "There is an account with this address.")
	}
	return err
}
