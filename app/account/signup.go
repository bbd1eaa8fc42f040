package account

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"dchat/app/account/password"
	"dchat/app/address"
	"dchat/app/errs"
	"dchat/app/store"
	"dchat/db"

	"github.com/uptrace/bun"
)

const lookAtFields = "Please look at the marked fields."

// SignupLife is how long a sign-up waits for its address to be confirmed, where that is needed.
const SignupLife = 7 * 24 * time.Hour

// Signup is a filled-in sign-up form.
type Signup struct {
	Email, Username, Password, Zone string
}

// check returns what is wrong, by field.
func (f *Signup) check() map[string]string {
	wrong := map[string]string{}
	if _, err := address.Parse(f.Email); err != nil {
		wrong["email"] = err.Error()
	}
	switch n := utf8.RuneCountInString(f.Username); {
	case n < 4:
		wrong["username"] = "A username has at least 4 characters."
	case n > 50:
		wrong["username"] = "A username has at most 50 characters."
	case !usernamePattern.MatchString(f.Username):
		wrong["username"] = "A username is made of the letters A to Z, digits, hyphens, underscores and periods."
	case misleads(f.Username):
		wrong["username"] = "This username could be taken for something else. Please choose another one."
	}
	known := *f // a field that is wrong says nothing about the person, and may be very long
	if wrong["username"] != "" {
		known.Username = ""
	}
	if wrong["email"] != "" {
		known.Email = ""
	}
	if sentence := password.Check(f.Password, known.Username, known.Email); sentence != "" {
		wrong["password"] = sentence
	}
	return wrong
}

// SignUp creates a person, and sends the link that confirms their address. Fields that are wrong or
// taken come back as an Invalid error. Where addresses have to be confirmed, one that is taken is no
// error, and takes the same time: the email says it.
func (s *Store) SignUp(ctx context.Context, f Signup) (*User, error) {
	f.Username = strings.TrimSpace(f.Username)
	if wrong := f.check(); len(wrong) > 0 {
		return nil, &errs.Error{Code: errs.Invalid, Sentence: lookAtFields, Fields: wrong}
	}
	email, err := readEmail(f.Email)
	if err != nil {
		return nil, err
	}
	hash, err := s.hasher.Hash(ctx, f.Password)
	if err != nil {
		return nil, err
	}
	user := &User{
		Username: f.Username, UsernameKey: strings.ToLower(f.Username),
		Email: email.String(), EmailKey: email.Key(),
		PasswordHash: hash, CreatedAt: store.Now(), Notifications: DefaultNotifications,
		ShowRead: true, ShowTyping: true, ShowOnline: true,
	}
	user.setDisplayName(f.Username)
	if s.verifyEmail {
		user.ConfirmBy = user.CreatedAt.Add(SignupLife)
	}
	if ValidZone(f.Zone) {
		user.Zone = f.Zone
	}
	err = s.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := s.claimEmail(ctx, tx, user.EmailKey); err != nil {
			return err
		}
		if err := insertUsers(ctx, tx, user); err != nil {
			return err
		}
		return s.db.Enqueue(ctx, tx, EmailJob{Name: EmailVerify, UserID: user.ID, To: user.Email})
	})
	if db.IsConflict(err) {
		return nil, &errs.Error{Code: errs.Invalid, Sentence: lookAtFields, Fields: map[string]string{"username": "This username is taken."}}
	}
	return user, err
}

func insertUsers(ctx context.Context, tx bun.Tx, users ...*User) error {
	if _, err := tx.NewInsert().Model(&users).Returning("id").Exec(ctx); err != nil {
		return err
	}
	versions := make([]Version, len(users))
	for i, u := range users {
		versions[i] = Version{UserID: u.ID, Version: 1}
	}
	_, err := tx.NewInsert().Model(&versions).Exec(ctx)
	return err
}
