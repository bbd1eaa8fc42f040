package account

import (
	"context"
	"net/mail"
	"strings"
	"unicode"

	"dchat/app/address"
	"dchat/app/errs"
	"dchat/app/store"
	"dchat/db"

	"github.com/uptrace/bun"
)

// ChangeEmail sends a link to the new address; until it is confirmed the old one stays, and gets an email
// that says so.
func (s *Store) ChangeEmail(ctx context.Context, user *User, email, password string) error {
	wanted, err := readEmail(email)
	if err != nil {
		return err
	}
	if err := s.CheckPassword(ctx, user, password); err != nil {
		return err
	}
	if wanted.Key() == user.EmailKey {
		return errs.Field("email", "This is your address already.")
	}
	_, err = s.Update(ctx, user.ID, nil, func(ctx context.Context, tx bun.Tx, u *User) error {
		if u.PasswordHash != user.PasswordHash {
			return WrongPassword()
		}
		if err := s.claimEmail(ctx, tx, wanted.Key()); err != nil {
			return err
		}
		u.NewEmail = wanted.String()
		return s.db.Enqueue(ctx, tx, append(s.emailTo(u, EmailChangeRequested),
			EmailJob{Name: EmailConfirm, UserID: u.ID, To: u.NewEmail})...)
	})
	return err
}

// emailTo is an email to the person's address, unless the address is not confirmed and may be another's.
func (s *Store) emailTo(u *User, email string) []store.Job {
	if !s.Admits(u) {
		return nil
	}
	return []store.Job{EmailJob{Name: email, UserID: u.ID, To: u.Email, Username: u.Username}}
}

// CancelEmailChange keeps the address; the link that was sent is worthless.
func (s *Store) CancelEmailChange(ctx context.Context, user *User) error {
	_, err := s.Update(ctx, user.ID, nil, func(_ context.Context, _ bun.Tx, u *User) error {
		u.NewEmail = ""
		return nil
	})
	return err
}

// EmailChangeOf returns the person whose address a link changes, to NewEmail.
func (s *Store) EmailChangeOf(ctx context.Context, token string) (*User, error) {
	return s.openLink(ctx, emailLink, token)
}

// ConfirmEmail changes an address, once, and sends an email to the old one.
func (s *Store) ConfirmEmail(ctx context.Context, token string) (*User, error) {
	user, err := s.openLink(ctx, emailLink, token)
	if err != nil {
		return nil, err
	}
	return s.confirmChange(ctx, user, "")
}

// ConfirmEmailAnew is to ConfirmEmail what VerifyAnew is to Verify: for an account that has never had a
// confirmed address.
func (s *Store) ConfirmEmailAnew(ctx context.Context, token, password string) (*User, error) {
	user, err := s.openLink(ctx, emailLink, token)
	if err != nil {
		return nil, err
	}
	known := *user
	known.Email = user.NewEmail
	hash, err := s.newPassword(ctx, &known, password)
	if err != nil {
		return nil, err
	}
	return s.confirmChange(ctx, user, hash)
}

func (s *Store) confirmChange(ctx context.Context, user *User, hash string) (*User, error) {
	changed, err := s.Update(ctx, user.ID, nil, func(ctx context.Context, tx bun.Tx, u *User) error {
		if u.NewEmail == "" || u.NewEmail != user.NewEmail || u.EmailKey != user.EmailKey {
			return errs.New(errs.NotFound, badLink) // used a moment ago
		}
		if u.PasswordHash != user.PasswordHash {
			return errs.New(errs.NotFound, badLink)
		}
		u.Email, u.EmailKey, u.NewEmail, u.VerifiedAt = u.NewEmail, address.Key(u.NewEmail), "", store.Now()
		if err := takeOver(ctx, tx, u, hash); err != nil {
			return err
		}
		return s.db.Enqueue(ctx, tx, s.emailTo(user, EmailChanged)...)
	})
	if db.IsConflict(err) {
		return nil, errs.New(errs.Refused, takenAddress)
	}
	return changed, err
}

// readEmail reads an address as it was typed.
func readEmail(typed string) (address.Address, error) {
	email, err := address.Parse(typed)
	if err != nil {
		err = errs.Field("email", err.Error())
	}
	return email, err
}

// knownKey is the key of an address that was typed to receive an email. Earlier releases took
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

// claimEmail refuses an address that is taken, where that may be said: where addresses have to be confirmed
// the answer must not tell who has an account, and the email says it.
func (s *Store) claimEmail(ctx context.Context, tx bun.Tx, key string) error {
	if s.verifyEmail {
		return nil
	}
	if err := db.Lock(ctx, tx, "email "+key); err != nil {
		return err
	}
	taken, err := tx.NewSelect().Model((*User)(nil)).Where("email_key = ?", key).Where("deleted_at IS NULL").Exists(ctx)
	if err == nil && taken {
		err = errs.Field("email", "There is an account with this address.")
	}
	return err
}
