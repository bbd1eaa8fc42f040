package account

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"dchat/app/address"
	"dchat/app/errs"

	"github.com/uptrace/bun"
)

// UnknownUser is the error of a person who does not exist for the viewer.
func UnknownUser() error { return errs.New(errs.NotFound, "There is nobody by this name.") }

// UserByName finds a person by username, without regard to case.
func (s *Store) UserByName(ctx context.Context, username string) (*User, error) {
	key := strings.ToLower(username)
	if id, ok := s.names.Get(key); ok {
		user, err := s.UserByID(ctx, id)
		if errs.CodeOf(err) != errs.NotFound && (err != nil || user.UsernameKey == key) {
			return user, err
		}
		s.names.Drop(key) // the sign-up was removed: the name may be another person's by now
	}
	if !usernamePattern.MatchString(username) {
		return nil, UnknownUser()
	}
	user := &User{}
	err := s.db.Read().NewSelect().Model(user).Where("username_key = ?", key).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, UnknownUser()
	}
	if err != nil {
		return nil, err
	}
	s.names.Put(key, user.ID)
	s.users.Put(user.ID, user)
	return user, nil
}

// UserByID finds a person.
func (s *Store) UserByID(ctx context.Context, id int64) (*User, error) {
	if user, ok := s.users.Get(id); ok {
		return user, nil
	}
	user := &User{}
	err := s.db.Read().NewSelect().Model(user).Where("id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, UnknownUser()
	}
	if err != nil {
		return nil, err
	}
	s.users.Put(id, user)
	return user, nil
}

// userByEmail returns the first of those who claim an address, nil if there is none.
func userByEmail(ctx context.Context, tx bun.IDB, email, order string) (*User, error) {
	user := &User{}
	err := tx.NewSelect().Model(user).Where("email_key = ?", address.Key(email)).Where("deleted_at IS NULL").
		OrderExpr(order).Limit(1).Scan(ctx)
	return foundUser(user, err)
}

// ActiveUser returns a person as they are now, nil if the account does not exist any more.
func (s *Store) ActiveUser(ctx context.Context, id int64) (*User, error) {
	user := &User{}
	return foundUser(user, s.db.Read().NewSelect().Model(user).Where("id = ?", id).Where("deleted_at IS NULL").Scan(ctx))
}

func foundUser(user *User, err error) (*User, error) {
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return user, err
}

// PublicColumns are what everyone may know of a person, and what is needed to render for them.
func PublicColumns(q *bun.SelectQuery) *bun.SelectQuery {
	return q.Column("id", "username", "display_name", "zone", "picture", "created_at", "deleted_at", "show_read", "show_typing", "show_online")
}
