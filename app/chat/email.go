package chat

import (
	"context"
	"net/mail"
	"strings"
	"unicode"

	"dchat/app/address"
	"dchat/db"

	"github.com/uptrace/bun"
)

// ChangeEmail asks the new address to confirm that it is the person's; until then the old one stays, and
// is told.
func (s *Store) ChangeEmail(ctx context.Context, user *User, email, password string) error {
	wanted, err := readEmail(email)
	if err != nil {
		return err
	}
	if err := s.checkCurrent(ctx, user, password); err != nil {
		return err
	}
	if wanted.Key() == user.EmailKey {
		return invalid("email", "This is your address already.")
	}
	_, err = s.alter(ctx, user.ID, func(ctx context.Context, tx bun.Tx, u *User) error {
		if u.PasswordHash != user.PasswordHash {
			return notYourPassword()
		}
		if err := s.claimEmail(ctx, tx, wanted.Key()); err != nil {
			return err
		}
		u.NewEmail = wanted.String()
		return s.enqueue(ctx, tx, append(s.toAddress(u, LetterEmailAsked),
			LetterJob{Letter: LetterEmailConfirm, UserID: u.ID, To: u.NewEmail})...)
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
		u.Email, u.EmailKey, u.NewEmail, u.VerifiedAt = u.NewEmail, address.Key(u.NewEmail), "", now()
		return s.enqueue(ctx, tx, s.toAddress(user, LetterEmailChanged)...)
	})
	if db.IsConflict(err) {
		return nil, refused(takenAddress)
	}
	return changed, err
}

// readEmail reads an address that somebody has typed.
func readEmail(typed string) (address.Address, error) {
	email, err := address.Parse(typed)
	if err != nil {
		err = invalid("email", err.Error())
	}
	return email, err
}

// knownKey is the key of an address that somebody has typed to be sent something. Earlier releases took
// domains that this one does not: people who have one of those can go on.
func knownKey(typed string) (string, error) {
	email, err := readEmail(typed)
	if err == nil {
		return email.Key(), nil
	}
	bare := address.Bare(typed)
	if old, errOld := mail.ParseAddress(bare); errOld != nil || old.Address != bare || !isASCII(bare) {
		return "", err
	}
	if _, host, _ := strings.Cut(bare, "@"); !strings.Contains(host, ".") {
		return "", err
	}
	return bare, nil
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
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
