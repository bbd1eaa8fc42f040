package account

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"strings"
	"time"

	"dchat/app/address"
	"dchat/app/errs"
	"dchat/app/text"

	"github.com/uptrace/bun"
)

// waitingClaims is how many unconfirmed accounts of one address a sign-in by e-mail looks at: the first ones,
// so that later sign-ups cannot displace earlier ones.
const waitingClaims = 2

// errWrongLogin does not say whether the name or the password was wrong.
func errWrongLogin() error {
	return errs.Field("", "This name and this password do not belong together.")
}

// Claimants are the accounts that a sign-in may mean: that of the username, or the one that has
// confirmed the e-mail address, and after it those that claim it, the earliest first.
func (s *Store) Claimants(ctx context.Context, login string) ([]*User, error) {
	username, emails := loginKeys(login)
	var confirmed, waiting []*User
	q := s.db.Read().NewSelect().Model(&confirmed).Where("deleted_at IS NULL")
	if username != "" {
		err := q.Where("username_key = ?", username).Scan(ctx)
		return confirmed, err
	}
	if err := q.Where("email_key IN (?)", bun.List(emails)).Where("verified_at IS NOT NULL").Order("id").Scan(ctx); err != nil {
		return nil, err
	}
	err := s.db.Read().NewSelect().Model(&waiting).Where("deleted_at IS NULL").Where("email_key IN (?)", bun.List(emails)).
		Where("verified_at IS NULL").Order("id").Limit(waitingClaims).Scan(ctx)
	return append(confirmed, waiting...), err
}

// loginKeys are what a person may have typed to sign in. An address that an earlier release took may have
// kept its spelling.
func loginKeys(login string) (username string, emails []string) {
	login, typed := text.CleanLine(login)
	if typed && usernamePattern.MatchString(login) {
		return strings.ToLower(login), nil
	}
	if !typed || login == "" {
		return "", []string{""} // matches no account: a deleted one has an empty address
	}
	return "", []string{address.Key(login), address.Bare(login)}
}

// SignIn checks the password of a person named by e-mail address or username. Whether the name or the
// password was wrong is not revealed, nor can it be measured, nor whether an address is confirmed: as many
// passwords are checked as there could be accounts.
func (s *Store) SignIn(ctx context.Context, login, password string) (*User, error) {
	users, err := s.Claimants(ctx, login)
	if err != nil {
		return nil, err
	}
	checks := max(1, len(users))
	if username, _ := loginKeys(login); username == "" && s.verifyEmail {
		hasOwner := len(users) > 0 && !users[0].VerifiedAt.IsZero()
		if !hasOwner {
			users = append([]*User{{}}, users...)
		}
		checks = max(1+waitingClaims, len(users))
	}
	var found *User
	var stale bool
	for i := range checks {
		user := &User{}
		if i < len(users) {
			user = users[i]
		}
		ok, old, err := s.hasher.Compare(ctx, password, user.PasswordHash)
		if err != nil {
			return nil, err
		}
		if ok && user.ID != 0 && found == nil {
			found, stale = user, old
		}
	}
	if found == nil {
		return nil, errWrongLogin()
	}
	if stale {
		return found, s.rehash(ctx, found, password)
	}
	return found, nil
}

// Enter checks a password and signs a browser in. It is done once more if the person has changed meanwhile:
// a password that has just been changed opens nothing any more, and one that still is right does.
func (s *Store) Enter(ctx context.Context, login, password, userAgent string) (*User, string, error) {
	for tries := 0; ; tries++ {
		user, err := s.SignIn(ctx, login, password)
		if err != nil {
			return nil, "", err
		}
		token, err := s.OpenSession(ctx, user, userAgent)
		switch code := errs.CodeOf(err); {
		case err == nil:
			return user, token, nil
		case code != errs.NotFound && code != errs.Refused:
			return nil, "", err
		case tries == 2:
			return nil, "", errWrongLogin()
		}
	}
}

// OpenSession signs a browser in and returns the token for its cookie. It is refused if the password or the
// address is another by now than when the person was found.
func (s *Store) OpenSession(ctx context.Context, user *User, userAgent string) (token string, err error) {
	raw := make([]byte, 32)
	rand.Read(raw) // never fails
	token = base64.RawURLEncoding.EncodeToString(raw)
	_, err = s.Update(ctx, user.ID, nil, func(ctx context.Context, tx bun.Tx, u *User) error {
		if u.PasswordHash != user.PasswordHash || u.EmailKey != user.EmailKey {
			return errs.New(errs.Refused, "This account has changed. Please sign in again.")
		}
		if s.Admits(u) {
			u.ConfirmBy = time.Time{} // has been here
		}
		_, err := tx.NewInsert().Model(newSession(user.ID, token, userAgent)).Exec(ctx)
		return err
	})
	return token, err
}
